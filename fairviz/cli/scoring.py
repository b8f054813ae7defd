"""`score`: both models on a text that is there already."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from fairviz.cli import text
from fairviz.cli.options import (
    Baseline,
    BatchRows,
    Compressed,
    Device,
    Dtype,
    Floor,
    JsonFile,
    Keep,
    UnsafePickle,
)
from fairviz.cli.output import progress, write_json
from fairviz.core.specs import ModelSpec
from fairviz.core.text_file import content_of, text_of


def score(
    baseline: Baseline,
    compressed: Compressed,
    text_file: Annotated[Path, typer.Option(help="A UTF-8 text; - is stdin.")],
    device: Device = "auto",
    dtype: Dtype = "auto",
    batch_rows: BatchRows = None,
    floor: Floor = True,
    json_file: JsonFile = "",
    unsafe_pickle: UnsafePickle = False,
    store: Keep = True,
) -> None:
    """Both models read a text: every token under both, and llama.cpp's statistics of it."""
    content = sys.stdin.buffer.read() if str(text_file) == "-" else content_of(text_file)
    words = text_of(content, str(text_file))
    from fairviz.analyses import runner
    from fairviz.analyses.reading.request import Reading, ReadingRequest
    from fairviz.analyses.reading.run import measure
    from fairviz.analyses.registry import ANALYSES
    from fairviz.analyses.store import Store
    from fairviz.stats import corpus

    two = ModelSpec.parse(baseline), ModelSpec.parse(compressed)
    request = ReadingRequest(*two, (words,), floor, batch_rows)
    with progress("tokens") as told:
        answer = runner.answer(
            "reading",
            request,
            measure(request),
            machine=runner.Machine(device, dtype, unsafe_pickle),
            store=Store() if store else None,
            loading=runner.alone(lambda words: told(0, 0, words)),
            on_step=lambda step: told(step.done, step.of, "the noise floor" if step.floor else ""),
        )
    reading: Reading = answer.result
    shown = ANALYSES["reading"].present(reading, audience="text")
    if json_file:
        statistics = corpus(reading.traces) if len(reading.traces[0]) > 1 else ()
        numbers = {one.name: one.document() for one in statistics}
        more = {"statistics": numbers, "sentences": list(shown.allowed), "key": answer.key}
        write_json({**reading.document(), **more}, json_file)
    if json_file != "-":
        text.render(shown, most=50)  # llama.cpp's block is whole
    text.kept(answer)
