"""`probe` and `probes`: a bias measurement on a pair, and the list of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from typer.core import TyperCommand

from fairviz import api
from fairviz.analyses.called import Several
from fairviz.cli import options
from fairviz.cli.output import progress, say, tell, write_file
from fairviz.core import csv_file
from fairviz.core.errors import BadSpec
from fairviz.core.setting import Setting
from fairviz.probes.fields import files


class WithSettings(TyperCommand):
    """A command whose help also tells the settings of the probe that is named beside `--help`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta["words"] = list(args)  # before --help ends the command
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from fairviz.probes.registry import PROBES

        super().format_help(ctx, formatter)
        for name in ctx.meta["words"]:
            if name in PROBES:
                with formatter.section(f"Settings of {name}"):
                    formatter.write_dl([shown(one) for one in PROBES[name].settings])


def shown(setting: Setting) -> tuple[str, str]:
    """A setting as `--set` takes it with its default, and what it does."""
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("at least", setting.minimum), ("at most", setting.maximum))
        if bound is not None
    ]
    return f"--set {setting.name}={setting.default}", " ".join(
        [setting.help, *([f"({', '.join(bounds)})"] if bounds else [])]
    )


def probe(
    name: Annotated[
        str,
        # Read before --help, which then tells this one's settings.
        typer.Argument(
            help="Which one; probes lists them, NAME --help its settings.", is_eager=True
        ),
    ],
    baseline: options.Baseline = "",
    compressed: options.Compressed = None,
    items: Annotated[
        str,
        typer.Option(
            help="A file of items, or hub:ID[:SUBSET], a data set of the Hub; without one the "
            "project's own."
        ),
    ] = "",
    second: Annotated[
        Path | None, typer.Option(help="A second file, for the probes that take one.")
    ] = None,
    settings: options.Settings = None,
    chat: options.Chat = "off",
    system: options.System = "",
    thinking: options.Thinking = "",
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    batch_rows: options.BatchRows = None,
    null: options.Null = 0,
    engine: options.Engine = "",
    workers: options.Workers = 0,
    json_file: options.JsonFile = "",
    table: Annotated[
        str, typer.Option(help="Write the rows of a bias table to this CSV; tables import reads it")
    ] = "",
    unsafe_pickle: options.UnsafePickle = False,
    store: options.Keep = True,
) -> None:
    """Measure whom a pair of models prefers, and whether compression changes it."""
    from fairviz.analyses.probe.document import as_table, document
    from fairviz.probes.registry import probe_of

    which = probe_of(name)
    chosen = which.settled(given(settings or []))
    if second is not None and not items:
        raise BadSpec("--second is given without --items.", fix="Give both, or neither.")
    read = which.items(files(items, str(second or "")), chosen)
    if which.models and not (baseline and compressed):
        raise BadSpec(
            "The models are not named.", fix="Give --baseline and --compressed, e.g. demo+nf4."
        )
    with progress() as told:
        found = api.probed(
            which, baseline, compressed or "", read, chosen, batch_rows=batch_rows, null=null,
            chat=chat, system=system, thinking=thinking,
            device=device, dtype=dtype, store=store, unsafe_pickle=unsafe_pickle,
            engine=engine, workers=workers,
            on_step=lambda step: told(step.done, step.of, "null models" if step.null else ""),
            on_load=lambda words: told(0, 0, words),
        )  # fmt: skip
    if table:
        each = found.forms if isinstance(found, Several) else (found,)
        rows = pd.concat([as_table(one.value) for one in each], ignore_index=True)
        write_file(table, csv_file.written(rows.drop_duplicates()))
    tell(found, json_file, lambda run: document(run.value), found.present())


def list_probes() -> None:
    """The probes: what each asks, what it reads, what it can be told."""
    from fairviz.probes.registry import PROBES

    for one in PROBES.values():
        say(f"{one.name}: {one.title}. {one.question}")
        say(f"  reads   {one.formats}")
        if one.second:
            say(f"  second  {one.second}")
        say(f"  items   {'its own' if one.bundled else 'none of its own: give --items'}")
        say(f"  cannot  {one.cannot}")
        if one.paper:
            say(f"  source  {one.paper}")
        for setting in one.settings:
            say(f"  {'  '.join(shown(setting))}")
    for problem in PROBES.problems:
        say(f"\nwarning: {problem}", err=True)


def given(said: list[str]) -> dict[str, str]:
    """Setting -> value, as they were typed."""
    for one in said:
        if "=" not in one:
            raise BadSpec(f"--set {one} says no value.", fix="Write it as KEY=VALUE.")
    return dict(one.split("=", 1) for one in said)
