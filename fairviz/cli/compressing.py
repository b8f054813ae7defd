"""`compress`: make the compressed form of a model, or all of the studies' grid."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fairviz.cli.output import counted, printable, progress, table, write_json
from fairviz.compression.calibration import (
    LENGTH,
    SAMPLES,
    Calibration,
    bundled,
    from_bytes,
    from_hub,
)
from fairviz.compression.registry import METHODS, grid
from fairviz.core.errors import BadSpec, FairvizError
from fairviz.core.specs import CompressionSpec, ModelSpec
from fairviz.core.text_file import content_of

if TYPE_CHECKING:
    from fairviz.analyses.tradeoff.evaluation_text import EvaluationText
    from fairviz.analyses.tradeoff.measure import Point
    from fairviz.models.making import Step
    from fairviz.models.shelf import Made

_MEGABYTE = 1e6
_BUNDLED = "bundled"


def compress(
    model: Annotated[str, typer.Argument(help="SOURCE[@REVISION]+METHOD, e.g. demo+wanda:2:4.")],
    sweep: Annotated[
        bool,
        typer.Option(
            help="Every form of the studies' grid, each measured against the model; goes on where "
            "an earlier sweep ended."
        ),
    ] = False,
    calibration: Annotated[
        str,
        typer.Option(
            help="A UTF-8 text that the method reads, hub:DATASET[:SUBSET], or bundled: the toy "
            "grammar that the bundled models know, which is the default for these alone."
        ),
    ] = "",
    text: Annotated[
        str,
        typer.Option(
            help="With --sweep, the text that every form is measured on: a UTF-8 file, "
            "hub:DATASET[:SUBSET], or bundled. Else what calibration does not read of its text."
        ),
    ] = "",
    samples: Annotated[int, typer.Option(help="Pieces of that text.")] = SAMPLES,
    length: Annotated[int, typer.Option(help="Tokens of a piece.")] = LENGTH,
    out: Annotated[str, typer.Option(help="A new folder for it; else the cache.")] = "",
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")] = "auto",
    json_file: Annotated[
        str, typer.Option("--json", help="Write what was made to a file; - is stdout.")
    ] = "",
    unsafe_pickle: Annotated[
        bool, typer.Option(help="Also read pickled weights, which can run code when read.")
    ] = False,
) -> None:
    """Compress a model once; it is kept, and found again wherever it is named."""
    spec = ModelSpec.parse(model)
    reads = _calibration(spec, calibration, samples, length)
    if text and not sweep:
        raise BadSpec("--text is what a sweep is measured on.", fix="Add --sweep, or leave it out.")
    if sweep:
        if out:
            raise BadSpec("A sweep makes many models.", fix="Leave out --out or --sweep.")
        points = _sweep(spec, reads, text, device, unsafe_pickle)
        if json_file:
            write_json([asdict(point) for point in points], json_file)
        return
    if spec.compression.method == "none":
        raise BadSpec(
            f"'{model}' names no method.",
            fix=f"Write {model}+METHOD, e.g. {model}+wanda:0.5, or add --sweep; the methods: "
            "python -m fairviz methods.",
        )
    from fairviz.models.making import make

    with progress() as told:
        made = make(
            spec,
            calibration=reads,
            device=device,
            out=Path(os.path.expanduser(out)) if out else None,
            unsafe_pickle=unsafe_pickle,
            progress=lambda step: told(0, 0, _words(step)),
        )
    if json_file:
        write_json({**made.document(), "folder": str(made.folder)}, json_file)
    if json_file != "-":
        _say(made, str(made.folder) if out else str(made.model))


def list_methods() -> None:
    """The compression methods, their settings and where they come from."""
    for method in METHODS.values():
        if method.name == "none":
            continue
        forms = ", ".join(method.forms or (method.name,))
        typer.echo(f"{method.name:<12} {method.title} ({method.family})")
        typer.echo(f"{'':<12} {method.meaning}")
        typer.echo(f"{'':<12} {forms}")
        typer.echo(f"{'':<12} {method.paper}")


def _calibration(spec: ModelSpec, named: str, samples: int, length: int) -> Calibration | None:
    """The text that was named; None where none was, and for the bundled one as it is."""
    from fairviz.analyses.tradeoff.evaluation_text import ours

    if named:
        return _text(named, samples, length)
    if ours(spec) and (samples, length) != (SAMPLES, LENGTH):
        return bundled(samples, length)
    return None


def _text(named: str, samples: int, length: int) -> Calibration:
    """A text of the Hub, the toy grammar's, or that of a file."""
    if named.startswith("hub:"):
        dataset, _, subset = named.removeprefix("hub:").partition(":")
        return from_hub(dataset, subset, samples=samples, length=length)
    if named == _BUNDLED:
        return bundled(samples, length)
    path = Path(named)
    return from_bytes(content_of(path), path.name, samples, length)


def _words(step: Step) -> str:
    left = f", {step.seconds_left:.0f} s left" if step.seconds_left is not None else ""
    return f"{step.words}{left}"


def _say(made: Made, name: str) -> None:
    typer.echo(printable(f"{made.spec} lies in {made.folder}"))
    typer.echo(
        f"on disk {made.bytes_on_disk / _MEGABYTE:.2f} MB, "
        f"in memory {made.bytes_in_memory / _MEGABYTE:.2f} MB, "
        f"{made.bits_per_weight:.2f} bits per compressed weight, "
        f"{made.zero_share:.1%} of them zero, {counted(made.layers, 'layer')}"
    )
    if made.calibration:
        read = made.calibration
        typer.echo(
            printable(
                f"read {read['samples']} x {counted(read['length'], 'token')} of {read['name']} "
                f"({read['hash']})"
            )
        )
    if made.left_out:
        typer.echo(
            printable(
                "its generation_config.json lacks settings of the baseline's that contradict each "
                f"other: {', '.join(made.left_out)} (fairviz decodes by its own)"
            )
        )
    typer.echo(printable(f"compare: python -m fairviz compare --compressed {name} --baseline …"))


def _measured_on(spec: ModelSpec, named: str, reads: Calibration | None) -> EvaluationText:
    """The text of `--text`, else for a model not ours what calibration leaves of its text."""
    from fairviz.analyses.tradeoff import evaluation_text
    from fairviz.analyses.tradeoff import measure as tradeoff

    if named == _BUNDLED:
        return evaluation_text.bundled(tradeoff.DOCUMENTS)
    if named:
        return evaluation_text.of_file(_text(named, SAMPLES, LENGTH))
    own = reads is not None and reads.name != bundled().name
    if reads is not None and own and not evaluation_text.ours(spec):
        return evaluation_text.rest_of(reads)
    return evaluation_text.default(spec, tradeoff.DOCUMENTS)


def _sweep(
    spec: ModelSpec, reads: Calibration | None, text: str, device: str, unsafe_pickle: bool
) -> list[Point]:
    """Make and measure every form of the grid; what the model cannot take is told and left out."""
    from fairviz.analyses.tradeoff.measure import measure
    from fairviz.models.making import check_text, make

    if spec.compression.method != "none":
        raise BadSpec(
            f"A sweep is of a baseline, and {spec} is compressed.",
            fix=f"Write compress {spec.source} --sweep.",
        )
    if reads is None:
        check_text(spec)
    measured_on = _measured_on(spec, text, reads)
    forms, points, refused = grid(), [], []
    with progress(f"forms of {spec}") as told:
        for number, form in enumerate(forms):
            told(number, len(forms), str(form))
            wanted: Any = ModelSpec(spec.source, spec.revision, CompressionSpec.parse(str(form)))
            try:
                if reads is not None and METHODS[form.method].made:
                    made = make(
                        wanted, calibration=reads, device=device, unsafe_pickle=unsafe_pickle
                    )
                    wanted = made.model
                points.append(measure(spec, wanted, text=measured_on, device=device))
            except FairvizError as error:
                refused.append(f"{form}: {error}")
    _table(points)
    for words in refused:
        typer.echo(printable(f"not made: {words}"), err=True)
    return points


def _table(points: list[Point]) -> None:
    for text in dict.fromkeys((one.text, one.text_hash, one.tokens) for one in points):
        typer.echo(printable("measured on {} ({}), {:,} tokens".format(*text)))
    table(
        ("model", "disk MB", "memory MB", "mean KL", "perplexity x", "planted, most"),
        [
            (
                one.name,
                f"{one.bytes_on_disk / _MEGABYTE:.2f}",
                f"{one.bytes_in_memory / _MEGABYTE:.2f}",
                f"{one.kl:.5f}",
                f"{one.perplexity_ratio:.4f}",
                "–" if one.bias_shift is None else f"{one.bias_shift:.3f}",
            )
            for one in sorted(points, key=lambda point: point.kl)
        ],
    )
