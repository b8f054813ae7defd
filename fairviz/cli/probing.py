"""`probe` and `probes`: a bias measurement on a pair, and the list of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fairviz.cli import text
from fairviz.cli.output import progress, write_file, write_json
from fairviz.core import csv_file
from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec
from fairviz.core.text_file import content_of
from fairviz.probes.hub import PREFIX, fetched

if TYPE_CHECKING:
    from fairviz.probes.record import Items, Probe


def probe(
    name: Annotated[str, typer.Argument(help="Which one; probes lists them.")],
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
    chosen = _settings(which, settings or [])
    read = _items(which, items, second, chosen)
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
            loading=runner.loaded if which.models else runner.no_pair,
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
        for key, (default, meaning) in one.settings.items():
            typer.echo(f"  --set {key}={default}  {meaning}")


def _settings(which: Probe, said: list[str]) -> dict[str, Any]:
    """All settings of a probe, those that are named in the type of their default."""
    chosen = {key: default for key, (default, _) in which.settings.items()}
    for one in said:
        key, equals, value = one.partition("=")
        if not equals or key not in chosen:
            known = ", ".join(chosen) or "none"
            raise BadSpec(
                f"--set {one}: {which.name} has the settings {known}.", fix="Write it as KEY=VALUE."
            )
        chosen[key] = _typed(key, value, which.settings[key][0])
    return chosen


def _typed(key: str, value: str, default: Any) -> Any:
    if isinstance(default, bool):
        if value.lower() not in ("true", "false"):
            raise BadSpec(f"{key} is '{value}'.", fix="Say true or false.")
        return value.lower() == "true"
    for kind, words in ((int, "a whole number"), (float, "a number")):
        if isinstance(default, kind):
            try:
                return kind(value)
            except ValueError:
                raise BadSpec(f"{key} is '{value}'.", fix=f"Give {words}.") from None
    return value


def _items(which: Probe, given_items: str, second: Path | None, chosen: Mapping[str, Any]) -> Items:
    if second is not None and not which.second:
        raise BadSpec(f"{which.name} takes one file.", fix="Leave --second out.")
    if not given_items:
        if which.bundled is None:
            raise BadSpec(f"{which.name} has no items of its own.", fix=f"Give {which.formats}.")
        return which.bundled(**chosen)
    if which.second_needed and second is None:
        raise BadSpec(f"{which.name} needs two files.", fix=f"Give --second: {which.second}.")
    given = {} if second is None else {"second": (content_of(second), second.name)}
    if given_items.startswith(PREFIX):
        content, name = fetched(given_items)
    else:
        path = Path(given_items)
        content, name = content_of(path), path.name
    return which.read(content, name, **given, **chosen)
