"""`score`: both models on a text that is there already."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fairviz.cli.output import counted, estimates, progress, table, write_json
from fairviz.core.specs import ModelSpec
from fairviz.core.text_file import content_of, text_of
from fairviz.inference import noise_floor as noise
from fairviz.metrics.quantities import BY_NAME

if TYPE_CHECKING:
    from fairviz.analyses.reading.request import Reading
    from fairviz.stats import Estimate


def score(
    baseline: Annotated[str, typer.Option(help="SOURCE[@REVISION][+METHOD], e.g. demo.")],
    compressed: Annotated[str, typer.Option(help="Likewise, e.g. demo+nf4.")],
    text_file: Annotated[Path, typer.Option(help="A UTF-8 text; - is stdin.")],
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")] = "auto",
    dtype: Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")] = "auto",
    batch_rows: Annotated[
        int | None,
        typer.Option(
            help="Texts read together, to repeat others' batched figures; by default what its "
            "neighbours would disturb is read alone."
        ),
    ] = None,
    floor: Annotated[
        bool, typer.Option(help="Also the baseline against itself in another number type.")
    ] = True,
    json_file: Annotated[
        str, typer.Option("--json", help="Write everything to a file; - is stdout.")
    ] = "",
    unsafe_pickle: Annotated[
        bool, typer.Option(help="Also read pickled weights, which can run code when read.")
    ] = False,
) -> None:
    """Both models read a text: every token under both, and llama.cpp's statistics of it."""
    text = _text(text_file)
    from fairviz.analyses.reading.request import ReadingRequest
    from fairviz.analyses.reading.run import read, with_floor
    from fairviz.models.pair import load_pair
    from fairviz.stats import corpus

    two = ModelSpec.parse(baseline), ModelSpec.parse(compressed)
    wanted = ReadingRequest(*two, (text,), floor, batch_rows)
    pair = load_pair(
        wanted.baseline,
        wanted.compressed,
        device=device,
        dtype=dtype,
        unsafe_pickle=unsafe_pickle,
    )
    with progress("tokens") as told:
        found = read(pair, wanted, on_batch=told)
        if floor:
            found = with_floor(pair, found)
    statistics = corpus(found.traces) if len(found.traces[0]) > 1 else ()
    if json_file:
        numbers = {one.name: _numbers(one) for one in statistics}
        write_json({**found.document(), "statistics": numbers}, json_file)
    if json_file != "-":
        _print(len(found.traces[0]), statistics, found)


def _text(path: Path) -> str:
    content = sys.stdin.buffer.read() if str(path) == "-" else content_of(path)
    return text_of(content, str(path))


def _numbers(one: Estimate) -> dict[str, float | None]:
    def number(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "value": number(one.value),
        "standard_error": number(one.standard_error),
        "low": number(one.low),
        "high": number(one.high),
    }


def _print(tokens: int, statistics: tuple[Estimate, ...], found: Reading) -> None:
    typer.echo(
        f"{counted(tokens, 'token')}, by the definitions of llama-perplexity --kl-divergence: ± "
        "its standard error, of independent tokens; the 95 % interval is by blocks of "
        "neighbours:\n"
    )
    table(*estimates(statistics))
    typer.echo("")
    typer.echo(noise.told(found.floor, BY_NAME["kl"], found.request.floor))
