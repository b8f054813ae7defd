"""`probe` and `probes`: a bias measurement on a pair, and the list of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from fairviz.cli import text
from fairviz.cli.output import printable, progress, write_file, write_json
from fairviz.core import csv_file
from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec
from fairviz.probes.fields import files

if TYPE_CHECKING:
    from fairviz.core.setting import Setting


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
    baseline: Annotated[str, typer.Option(help="SOURCE[@REVISION][+METHOD], e.g. demo.")] = "",
    compressed: Annotated[str, typer.Option(help="Likewise, e.g. demo+nf4.")] = "",
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
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="KEY=VALUE of the probe's settings; may be repeated."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")] = "auto",
    dtype: Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")] = "auto",
    batch_rows: Annotated[
        int | None,
        typer.Option(
            help="Texts read together, to repeat others' batched figures; by default what its "
            "neighbours would disturb is read alone."
        ),
    ] = None,
    json_file: Annotated[
        str, typer.Option("--json", help="Write everything to a file; - is stdout.")
    ] = "",
    table: Annotated[
        str, typer.Option(help="Write the rows of a bias table to this CSV; tables import reads it")
    ] = "",
    unsafe_pickle: Annotated[
        bool, typer.Option(help="Also read pickled weights, which can run code when read.")
    ] = False,
    store: Annotated[
        bool, typer.Option(help="Answer from the store, and keep the answer there.")
    ] = True,
) -> None:
    """Measure whom a pair of models prefers, and whether compression changes it."""
    from fairviz.analyses import runner
    from fairviz.analyses.probe.request import probe_request
    from fairviz.analyses.probe.run import measure
    from fairviz.analyses.registry import ANALYSES
    from fairviz.analyses.store import Store
    from fairviz.probes.registry import probe_of

    which = probe_of(name)
    chosen = which.settled(_given(settings or []))
    if second is not None and not items:
        raise BadSpec("--second is given without --items.", fix="Give both, or neither.")
    read = which.items(files(items, str(second or "")), chosen)
    if which.models and not (baseline and compressed):
        raise BadSpec(
            "The models are not named.", fix="Give --baseline and --compressed, e.g. demo+nf4."
        )
    two = ModelSpec.parse(baseline or "baseline"), ModelSpec.parse(compressed or "compressed")
    request = probe_request(name, *two, read, chosen, batch_rows)
    with progress() as told:
        found = runner.answer(
            "probe",
            request,
            measure(request, read, chosen),
            machine=runner.Machine(device, dtype, unsafe_pickle),
            store=Store() if store else None,
            loading=runner.alone(lambda words: told(0, 0, words))
            if which.models
            else runner.no_pair,
            on_step=lambda step: told(step.done, step.of),
        )
    if table:
        from fairviz.analyses.probe.as_table import as_table

        write_file(table, csv_file.written(as_table(found.result)))
    if json_file:
        from fairviz.analyses.probe.document import document

        write_json(document(found.result) | {"key": found.key}, json_file)
    if json_file != "-":
        text.render(ANALYSES["probe"].present(found.result, audience="text"))
    text.kept(found)


def list_probes() -> None:
    """The probes: what each asks, what it reads, what it can be told."""
    from fairviz.probes.registry import PROBES

    for one in PROBES.values():
        typer.echo(f"{one.name}: {one.title}. {one.question}")
        typer.echo(f"  reads   {one.formats}")
        if one.second:
            typer.echo(f"  second  {one.second}")
        typer.echo(f"  items   {'its own' if one.bundled else 'none of its own: give --items'}")
        typer.echo(f"  cannot  {one.cannot}")
        if one.paper:
            typer.echo(f"  source  {one.paper}")
        for setting in one.settings:
            typer.echo(f"  {'  '.join(shown(setting))}")
    for problem in PROBES.problems:
        typer.echo(f"\nwarning: {printable(str(problem))}", err=True)


def _given(said: list[str]) -> dict[str, str]:
    """Setting -> value, as they were typed."""
    for one in said:
        if "=" not in one:
            raise BadSpec(f"--set {one} says no value.", fix="Write it as KEY=VALUE.")
    return dict(one.split("=", 1) for one in said)
