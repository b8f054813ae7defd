"""A view of the published tables: the pictures, what is known against the numbers, the sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.analyses.command import command, options
from fairviz.analyses.presentation import Facts, Presentation, Rows, Table, Warned
from fairviz.benchmarks import labels
from fairviz.benchmarks.change import REFERENCES
from fairviz.benchmarks.findings.record import SOURCE
from fairviz.benchmarks.findings.told import told as recomputed
from fairviz.benchmarks.flags import flag, weight
from fairviz.benchmarks.importers import told
from fairviz.benchmarks.schema import split
from fairviz.benchmarks.wanted import FLAGGED, VIEWS, Wanted
from fairviz.i18n import _, joined, ngettext, number
from fairviz.report.sections.table_figures import Drawn, drawn
from fairviz.report.table_view import TableView

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.report.record import Part

_ROWS = 200


def section(answer: TableView, part: Part) -> Presentation:
    """Everything about one view of the tables."""
    ask = answer.ask
    found = drawn(answer)
    return Presentation(
        kind="tables",
        title=_title(ask),
        question=_question(answer),
        figures=found.pictures,
        tables=(*found.tables, *_said(answer), *_rows(found)),
        allowed=tuple(_allowed(answer, found)),
        not_allowed=tuple(_not_allowed(answer)),
        flags=tuple(_warned(found)),
        provenance=_provenance(answer),
        command=_command(ask, found.shown),
        command_note=_(
            "It lists the published numbers, the baselines' too, each with what is known against "
            "it; the picture itself is at the address of the view."
        ),
        facts=Facts(
            published=len(found.shown),
            flagged=sum(weight(str(flags)) in ("bars", "caution") for flags in found.shown["flags"])
            if len(found.shown)
            else 0,
            item_level=bool(answer.items),
        ),
    )


def _title(ask: Wanted) -> str:
    about = [labels.word(one) for one in (ask.axis, ask.group) if one]
    what = ", ".join([_(ask.metric.title), *about])
    return _(
        "{benchmark}: {what} ({view})",
        benchmark=labels.benchmark(ask.benchmark),
        what=what,
        view=_(VIEWS[ask.view]),
    )


def _question(answer: TableView) -> Rows:
    ask = answer.ask
    rows = [
        (_("View"), _(VIEWS[ask.view])),
        (_("Dimension of harm"), _(labels.DIMENSIONS.get(ask.dimension, ask.dimension))),
        (_("Benchmark"), labels.benchmark(ask.benchmark)),
        (_("Metric"), f"{_(ask.metric.title)}. {_(ask.metric.meaning)}"),
    ]
    if ask.axis:
        rows.append((_("Axis"), labels.word(ask.axis)))
    if ask.group:
        rows.append((_("Group"), labels.word(ask.group)))
    rows += [
        (_("Base models"), joined([labels.base_model(one) for one in ask.base_models])),
        (_("Methods"), joined([labels.method(one) for one in ask.methods])),
        (_("Change from"), _(REFERENCES[ask.reference])),
        (_("Flagged numbers"), _(FLAGGED[ask.flagged])),
    ]
    if ask.ratios != (0.0, 1.0):
        ends = [number(one, ".0%") for one in ask.ratios]
        rows.append((_("Share of bits removed"), " – ".join(ends)))
    return tuple(rows)


def _allowed(answer: TableView, found: Drawn) -> list[str]:
    ask = answer.ask
    worse = {
        "higher": _("Higher is worse."),
        "lower": _("Lower is worse."),
        "away_from_0": _("Further from 0 is worse, on either side."),
    }.get(ask.metric.worse, _("No way is the worse one by itself."))
    shown = ngettext(
        "{n:,} published number is shown.", "{n:,} published numbers are shown.", len(found.shown)
    )
    hidden = ngettext(
        "{n:,} is hidden for what is known against it.",
        "{n:,} are hidden for what is known against them.",
        len(found.hidden),
    )
    return [f"{shown} {hidden}" if len(found.hidden) else shown, worse, *found.sentences]


def _not_allowed(answer: TableView) -> list[str]:
    said = [_("Each number is a single run.")]
    if not answer.items:
        said.append(
            _(
                "No question's outcome is published, so no difference has a p-value, and none is "
                "pooled over settings: they are forms of the same few models on the same prompts."
            )
        )
    said.append(
        _("What nothing is known against is not thereby right: it was only not found wrong.")
    )
    for source in answer.sources.values():
        said += [
            _("{source}: {line}", source=source.title, line=told(line))
            for line in (*source.holes, *source.caveats)
        ]
    return said


def _warned(found: Drawn) -> list[Warned]:
    on, off = _counted(found.shown), _counted(found.hidden)
    names = sorted({*on, *off}, key=lambda name: (-off.get(name, 0), -on.get(name, 0)))
    return [
        Warned(_(flag(name).title), flag(name).weight, _(flag(name).meaning),
               on.get(name, 0), off.get(name, 0))
        for name in names
    ]  # fmt: skip


def _counted(rows: pd.DataFrame) -> dict[str, int]:
    out: dict[str, int] = {}
    for flags in rows["flags"].astype(str) if "flags" in rows else ():
        for name in split(flags):
            out[name] = out.get(name, 0) + 1
    return out


def _rows(found: Drawn) -> list[Table]:
    """The rows behind the pictures, each with where it stands in its source."""
    import pandas as pd

    if not len(found.shown):
        return []
    rows = found.shown.head(_ROWS)
    columns = {
        _("Base model"): [labels.base_model(str(one)) for one in rows["base_model"]],
        _("Compressed form"): [_form(row) for row in rows.to_dict("records")],
        _("Axis"): [labels.word(str(one)) for one in rows["axis"]],
        _("Group"): [labels.word(str(one)) for one in rows["group"]],
        _("Value"): rows["value"].to_numpy(dtype=float),
        "n": rows["n"].astype("float64").to_numpy(),
        _("What is known against it"): [
            joined([_(flag(name).title) for name in split(str(flags))]) for flags in rows["flags"]
        ],
        _("File and line"): [_origin(row) for row in rows.to_dict("records")],
    }
    if "change" in rows:
        columns[_("Change")] = rows["change"].to_numpy(dtype=float)
    title = ngettext(
        "The numbers shown, {n:,} row",
        "The numbers shown, {n:,} rows",
        len(found.shown),
    )
    if len(found.shown) > _ROWS:
        title += " · " + _("the first {n}", n=_ROWS)
    return [Table(title, pd.DataFrame(columns))]


def _said(answer: TableView) -> list[Table]:
    """What is said of the study's figures of this benchmark, each statement recomputed."""
    import pandas as pd

    if SOURCE not in answer.sources:
        return []
    rows = [
        {
            _("Statement"): one.claim,
            _("Verdict"): _(one.verdict),
            _("What the published numbers say"): one.evidence,
        }
        for one in recomputed(answer.frame, answer.ask.benchmark, answer.ask.dimension)
    ]
    title = _("What is said of these figures, recomputed")
    return [Table(title, pd.DataFrame(rows))] if rows else []


def _form(row: dict[object, object]) -> str:
    bits = row["bits"]
    known = int(str(bits)) if bits is not None and bits == bits and str(bits).isdigit() else None
    ratio = float(str(row["ratio"])) if row["ratio"] == row["ratio"] else float("nan")
    return labels.setting(str(row["method"]), known, ratio, str(row["structure"]))


def _origin(row: dict[object, object]) -> str:
    if not str(row.get("file") or ""):
        return ""
    line = row.get("line")
    place = "" if line is None or line != line else f":{line}"
    return f"{row['file']}{place}"


def _provenance(answer: TableView) -> Rows:
    rows: list[tuple[str, str]] = []
    for source in answer.sources.values():
        rows.append((_("Source"), source.title))
        if source.citation:
            rows.append((_("To be cited as"), source.citation))
        rows.append(
            (
                _("Cells"),
                ngettext(
                    "{n:,} cell was read; for a setting speak: {m:,}.",
                    "{n:,} cells were read; for a setting speak: {m:,}.",
                    source.cells,
                    m=source.kept,
                ),
            )
        )
    rows.append((_("Address of the view"), answer.address))
    return tuple(rows)


def _command(ask: Wanted, shown: pd.DataFrame) -> str:
    levels = set(shown["level"].astype(str)) if len(shown) else set()
    base = ask.base_models[0] if len(ask.base_models) == 1 else ""
    method = ask.methods[0] if len(ask.methods) == 1 else ""
    return command(
        "tables",
        "query",
        *options(
            (
                ("source", ask.source),
                ("dimension", ask.dimension),
                ("benchmark", ask.benchmark),
                ("metric", ask.metric.name),
                ("axis", ask.axis),
                ("group", ask.group),
                ("base-model", base),
                ("method", method),
                ("level", levels.pop() if len(levels) == 1 else ""),
            )
        ),
        *(() if ask.flagged == "all" else ("--no-flagged",)),
    )
