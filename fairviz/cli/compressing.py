"""`compress`: make the compressed form of a model, or all of the studies' grid."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from fairviz import api
from fairviz.analyses.called import Result
from fairviz.analyses.evenness.judge import document as of_evenness
from fairviz.analyses.evenness.request import Evenness
from fairviz.analyses.tradeoff.request import Tradeoff
from fairviz.cli import options
from fairviz.cli.output import counted, progress, say, tell, write_json
from fairviz.compression.calibration import LENGTH, SAMPLES
from fairviz.compression.registry import METHODS
from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec
from fairviz.core.stored import CannotKeep
from fairviz.models.making import Step
from fairviz.models.served_address import refuse_served
from fairviz.models.shelf import Made

_MEGABYTE = 1e6


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
    pairs: Annotated[
        str,
        typer.Option(
            help="For fairgptq: a file of pairs of sentences (CrowS-Pairs, StereoSet, any table of "
            "two sentences a row); else fairviz's own."
        ),
    ] = "",
    out: Annotated[str, typer.Option(help="A new folder for it; else the cache.")] = "",
    null: options.Null = 0,
    engine: options.Engine = "",
    workers: options.Workers = 0,
    device: options.Device = "auto",
    json_file: options.JsonFile = "",
    unsafe_pickle: options.UnsafePickle = False,
) -> None:
    """Compress a model once; it is kept, and found again wherever it is named."""
    spec = ModelSpec.parse(model)
    refuse_served(spec)
    reads: dict[str, Any] = {"calibration": calibration, "samples": samples, "length": length}
    if (text or null or engine) and not sweep:
        which = "--null is of a sweep" if null else "--engine is of a sweep"
        which = "--text is what a sweep is measured on" if text else which
        raise BadSpec(f"{which}.", fix="Add --sweep, or leave it out.")
    if sweep:
        if out or pairs:
            raise BadSpec("A sweep makes many models.", fix="Leave out --out, --pairs or --sweep.")
        with progress(f"forms of {spec}") as told:
            found = api.tradeoff(
                model,
                text=text,
                device=device,
                unsafe_pickle=unsafe_pickle,
                null=null,
                engine=engine,
                workers=workers,
                on_form=told,
                **reads,
            )
        _tell(found, json_file)
        return
    if spec.compression.method == "none":
        raise BadSpec(
            f"'{model}' names no method.",
            fix=f"Write {model}+METHOD, e.g. {model}+wanda:0.5, or add --sweep; the methods: "
            "python -m fairviz methods.",
        )
    with progress() as told:
        result = api.compress(
            model, pairs=pairs, device=device, out=out, unsafe_pickle=unsafe_pickle,
            on_step=lambda step: told(0, 0, _words(step)), **reads,
        )  # fmt: skip
    made = result.value
    if json_file:
        write_json({**made.document(), "folder": str(made.folder)}, json_file)
    if json_file != "-":
        _say(made, result.save())


def compare_forms(
    baseline: Annotated[str, typer.Argument(help="What they are compared with, e.g. a folder.")],
    forms: Annotated[list[str], typer.Argument(help="Compressed forms of it, e.g. a.gguf b.gguf.")],
    text: Annotated[
        str,
        typer.Option(
            help="What all are measured on: a UTF-8 file, hub:DATASET[:SUBSET], or bundled; may "
            "be left out for the bundled models alone."
        ),
    ] = "",
    null: options.Null = 0,
    engine: options.Engine = "",
    workers: options.Workers = 0,
    device: options.Device = "auto",
    json_file: options.JsonFile = "",
) -> None:
    """Rank compressed forms of one model: size, KL, same top token, perplexity and bias shift."""
    with progress() as told:
        found = api.compare_forms(
            baseline, forms, text=text, null=null, device=device, engine=engine,
            workers=workers, on_form=told,
        )  # fmt: skip
    _tell(found, json_file)


def evenness(
    baseline: Annotated[str, typer.Argument(help="The model before compression.")],
    forms: Annotated[
        list[str] | None,
        typer.Argument(
            help="Methods with settings, the reference first, e.g. gptq:4 fairgptq:4:0.1; none "
            "are Fair-GPTQ at three weights with its controls."
        ),
    ] = None,
    calibration: Annotated[str, typer.Option(help="As of compress.")] = "",
    pairs: Annotated[str, typer.Option(help="As of compress.")] = "",
    samples: Annotated[int, typer.Option(help="Pieces of the calibration text.")] = SAMPLES,
    length: Annotated[int, typer.Option(help="Tokens of a piece.")] = LENGTH,
    text: Annotated[str, typer.Option(help="General text, as of compress --sweep.")] = "",
    language: Annotated[
        str, typer.Option(help="fr or en, of the templates and pairs; else both.")
    ] = "",
    groups: Annotated[
        str, typer.Option(help="Of the same, such as trade or trade,gender; else all.")
    ] = "",
    device: options.Device = "auto",
    json_file: options.JsonFile = "",
    unsafe_pickle: options.UnsafePickle = False,
) -> None:
    """Whether forms stand nearer to even than the first, how faithful they are, what it costs."""
    with progress(f"forms of {baseline}") as told:
        found = api.evenness(
            baseline, *(forms or ()), calibration=calibration, samples=samples, length=length,
            pairs=pairs, text=text, language=language, groups=groups, device=device,
            unsafe_pickle=unsafe_pickle, on_form=told,
        )  # fmt: skip

    def document(run: Result[Evenness]) -> dict[str, Any]:
        return of_evenness(run.value) | {"sentences": list(run.present().allowed)}

    for form, why in found.value.refused.items():
        say(f"not made: {form}: {why}", err=True)
    tell(found, json_file, document, found.present(), most=len(found.value.request.forms))


def list_methods() -> None:
    """The compression methods, their settings and where they come from."""
    for method in METHODS.values():
        if method.name == "none":
            continue
        forms = ", ".join(method.forms or (method.name,))
        say(f"{method.name:<12} {method.title} ({method.family})")
        say(f"{'':<12} {method.meaning}")
        say(f"{'':<12} {forms}")
        say(f"{'':<12} {method.paper}")


def _words(step: Step) -> str:
    left = f", {step.seconds_left:.0f} s left" if step.seconds_left is not None else ""
    return f"{step.words}{left}"


def _say(made: Made, name: str) -> None:
    say(f"{made.spec} lies in {made.folder}")
    say(
        f"on disk {made.bytes_on_disk / _MEGABYTE:.2f} MB, "
        f"in memory {made.bytes_in_memory / _MEGABYTE:.2f} MB, "
        f"{made.bits_per_weight:.2f} bits per compressed weight, "
        f"{made.zero_share:.1%} of them zero, {counted(made.layers, 'layer')}"
    )
    if made.calibration:
        read = made.calibration
        say(
            f"read {read['samples']} x {counted(read['length'], 'token')} of {read['name']} "
            f"({read['hash']})"
        )
        if of := read.get("pairs"):
            say(f"and {of['count']} pairs of {of['name']} ({of['hash']})")
    if made.left_out:
        say(
            "its generation_config.json lacks settings of the baseline's that contradict each "
            f"other: {', '.join(made.left_out)} (fairviz decodes by its own)"
        )
    say(f"compare: python -m fairviz compare --compressed {name} --baseline …")


def _tell(found: Result[Tradeoff], json_file: str) -> None:
    """Keep a trade-off, and say what came out."""
    sweep = found.value
    try:
        kept = replace(found, key=found.save() if sweep.points else "")
    except CannotKeep as error:
        kept = replace(found, unkept=error)

    def document(run: Result[Tradeoff]) -> dict[str, Any]:
        points = [point.document() for point in sweep.points]
        return sweep.request.document() | {"points": points, "refused": dict(sweep.refused)}

    for form, why in sweep.refused.items():
        say(f"not made: {form}: {why}", err=True)
    tell(kept, json_file, document, found.present(), most=len(sweep.points))
