"""`attribute`: which parts of a compressed model bring the shift, and the change of a rate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fairviz import api
from fairviz.cli import options
from fairviz.cli.output import progress, tell
from fairviz.cli.probing import given


def attribute(
    baseline: options.Baseline,
    compressed: options.Compressed = None,
    text_file: Annotated[
        Path | None,
        typer.Option(help="A UTF-8 text; - is stdin. Without one, fairviz's own tales."),
    ] = None,
    parts: Annotated[
        str,
        typer.Option(help="layer; part, which is attention and MLP; or linear, single layers."),
    ] = "part",
    probe: Annotated[
        str,
        typer.Option(
            help="A probe that reads, such as minimal_pairs: the change of its rate as well."
        ),
    ] = "",
    items: Annotated[
        str,
        typer.Option(help="A file of its items, or hub:ID[:SUBSET]; without one its own."),
    ] = "",
    settings: options.Settings = None,
    bits: Annotated[int, typer.Option(help="What the best parts are kept in: 16 or 8.")] = 16,
    mix: Annotated[
        str,
        typer.Option(
            help="How many of the best parts to keep in a mix, which is made and measured on what "
            "it was not chosen on; or the name of such a model."
        ),
    ] = "",
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    json_file: options.JsonFile = "",
    unsafe_pickle: options.UnsafePickle = False,
    store: options.Keep = True,
) -> None:
    """Where the shift comes from: each part exchanged between the two models by itself."""
    from fairviz.prompts.bank import text_of_tales

    words = text_of_tales() if text_file is None else options.text_in(text_file)
    with progress("mixtures") as told:
        found = api.attribute(
            baseline, compressed or (), words, fineness=parts, probe=probe, items=items,
            settings=given(settings or []), bits=bits, mix=mix,
            device=device, dtype=dtype, store=store, unsafe_pickle=unsafe_pickle,
            on_step=lambda step: told(step.done, step.of, step.words),
            on_load=lambda words: told(0, 0, words),
        )  # fmt: skip
    tell(
        found,
        json_file,
        lambda run: run.value.document() | {"sentences": list(run.present().allowed)},
        found.present(),
        most=40,
    )
