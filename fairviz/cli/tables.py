"""`tables`: published and own bias tables, imported, asked and counted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from fairviz.analyses.registry import ANALYSES
from fairviz.cli.options import Document
from fairviz.cli.output import counted, frame, render, say, table, write_json
from fairviz.core.errors import BadSpec
from fairviz.core.json_file import plain

tables = typer.Typer(
    no_args_is_help=True, help="Bias tables: published results, a harness's, or your own."
)

_FILTER = "Only rows with this {}; any spelling of the studies is understood."


@tables.command(name="import")
def import_(
    path: Annotated[
        Path,
        typer.Argument(
            help="A folder with the eight files of Beyond Perplexity, a tidy CSV or Parquet, or "
            "modeldiffr's report.json (with --method)."
        ),
    ],
    name: Annotated[str, typer.Option(help="The source's name; by default the file's.")] = "",
    baseline: Annotated[
        Path | None,
        typer.Option(
            help="With lm-evaluation-harness output in PATH (run with --log_samples): the "
            "baseline's output folder; PATH is then the compressed model's."
        ),
    ] = None,
    base_model: Annotated[
        str, typer.Option(help="With --baseline or a report: the model's name.")
    ] = "",
    method: Annotated[str, typer.Option(help="With them: how it was compressed.")] = "",
    bits: Annotated[int | None, typer.Option(help="With them: bits per weight.")] = None,
    ratio: Annotated[float | None, typer.Option(help="With them: share removed.")] = None,
    structure: Annotated[str, typer.Option(help="With them: unstructured, 2:4, 4:8.")] = "",
) -> None:
    """Read a source into the cache; what is malformed is refused, and nothing is changed."""
    from fairviz.benchmarks import importers, modeldiffr
    from fairviz.benchmarks.lm_eval import Compression

    report = modeldiffr.report_in(path) if baseline is None else None
    if (report or baseline) is None and (
        base_model or method or structure or bits or ratio is not None
    ):
        raise BadSpec(
            "A method was named without a baseline folder.",
            fix="Add --baseline FOLDER, or leave these options out.",
        )
    told = Compression(base_model, method, bits, ratio, structure)
    if report is not None:
        source = importers.report_of_modeldiffr(report, told, name)
    elif baseline is not None:
        source = importers.lm_eval(path, baseline, told, name)
    else:
        source = importers.published_or_own(path, name)
    say(f"{source.title}: {counted(source.cells, 'cell')} read, {source.kept:,} of them canonical.")
    for line in source.holes:
        say(f"  {line}")


@tables.command()
def query(
    source: Annotated[str, typer.Option(help=_FILTER.format("source"))] = "",
    dimension: Annotated[str, typer.Option(help=_FILTER.format("dimension"))] = "",
    benchmark: Annotated[str, typer.Option(help=_FILTER.format("benchmark"))] = "",
    base_model: Annotated[str, typer.Option(help=_FILTER.format("base model"))] = "",
    method: Annotated[str, typer.Option(help=_FILTER.format("method"))] = "",
    ratio: Annotated[float | None, typer.Option(help="Only rows with this ratio.")] = None,
    structure: Annotated[str, typer.Option(help=_FILTER.format("structure"))] = "",
    metric: Annotated[str, typer.Option(help=_FILTER.format("metric"))] = "",
    axis: Annotated[str, typer.Option(help=_FILTER.format("axis"))] = "",
    group: Annotated[str, typer.Option(help=_FILTER.format("group"))] = "",
    level: Annotated[str, typer.Option(help="aggregate, axis, group, control or rank.")] = "",
    flagged: Annotated[bool, typer.Option(help="Also rows that can carry no finding.")] = True,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Also cells that speak for no setting (after an import)."),
    ] = False,
    json_file: Document = "",
) -> None:
    """The rows of the tables, with their value and what is known against it."""
    from fairviz.benchmarks import select, store
    from fairviz.benchmarks.flags import weight

    wanted = {
        "source": source, "dimension": dimension, "benchmark": benchmark, "base_model": base_model,
        "method": method, "structure": structure, "metric": metric, "axis": axis, "group": group,
        "level": level,
    }  # fmt: skip
    wanted = {name: word for name, word in wanted.items() if word}
    found = select.rows(store.table(everything=everything), wanted, ratio)
    if not flagged:
        found = found[[weight(str(flags)) != "bars" for flags in found["flags"]]]
    if json_file:
        write_json(_documents(found), json_file)
    if json_file != "-":
        _print(found)


@tables.command()
def view(
    address: Annotated[
        str,
        typer.Argument(
            help="Of the page Bias tables, as it stands in a browser, such as "
            '"view=groups&benchmark=bbq"; what it leaves out is as on the page.'
        ),
    ] = "",
    json_file: Document = "",
) -> None:
    """What the page or a report shows at an address: its sentences, numbers and limits."""
    from fairviz.analyses.tables.present import rows
    from fairviz.analyses.tables.view import view as at

    found = at(address)
    shown = ANALYSES["tables"].present(found, audience="text")
    if json_file:
        document = {
            "address": found.address,
            "title": shown.title,
            "allowed": shown.allowed,
            "not_allowed": shown.not_allowed,
            "rows": _documents(rows(found)),
        }
        write_json(document, json_file)
    if json_file != "-":
        render(shown)


@tables.command()
def count(json_file: Document = "") -> None:
    """How many cells each source has, how many are canonical, how many are flagged."""
    from fairviz.benchmarks import store

    document = store.counts()
    if json_file:
        write_json(document, json_file)
    if json_file != "-":
        for source, numbers in document["sources"].items():
            say(
                f"{source}: {counted(numbers['cells'], 'cell')}, {numbers['canonical']:,} canonical"
            )
            names = ("canonical", "flagged", "settings")
            table(
                ("benchmark", *names),
                [
                    (benchmark, *(f"{ones[name]:,}" for name in names))
                    for benchmark, ones in numbers["benchmarks"].items()
                ],
            )


def _documents(found: pd.DataFrame) -> list[dict[str, Any]]:
    from fairviz.benchmarks.flags import flag
    from fairviz.benchmarks.schema import split

    documents: list[dict[str, Any]] = plain(found.astype("object").to_dict("records"))
    for document in documents:
        flags = split(str(document["flags"]))
        document["flags"] = list(flags)
        document["explanations"] = {name: flag(name).meaning for name in flags}
    return documents


def _print(found: pd.DataFrame) -> None:
    if found.empty:
        say("No row has all of these at once.")
        return
    frame(
        found[
            ["benchmark", "base_model", "method", "ratio", "structure", "metric", "axis", "group"]
            + ["level", "value", "n", "flags"]
        ]
    )
    say(counted(len(found), "row"))
