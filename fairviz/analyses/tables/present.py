"""A view of the published tables: the pictures, what is known against the numbers, the sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from fairviz.analyses.identity import command
from fairviz.analyses.presentation import (
    Facts,
    Finding,
    Picture,
    Presentation,
    Rows,
    Table,
    Warned,
    chosen,
    data_frame,
)
from fairviz.analyses.tables.options import options
from fairviz.analyses.tables.pictures import drawn
from fairviz.analyses.tables.rows import Drawn, behind
from fairviz.analyses.tables.view import (
    FLAGGED,
    VIEWS,
    TableRequest,
    TableView,
    allowed,
    one_thing,
)
from fairviz.benchmarks import labels
from fairviz.benchmarks.beyond_perplexity.source import SOURCE, translated
from fairviz.benchmarks.beyond_perplexity.statements import statements
from fairviz.benchmarks.change import REFERENCES, changes
from fairviz.benchmarks.flags import flag, weight
from fairviz.benchmarks.metrics import told
from fairviz.benchmarks.schema import split
from fairviz.core.declared import sentences_of
from fairviz.figures.legend import with_legend
from fairviz.i18n import N_, _, joined, number

if TYPE_CHECKING:
    import pandas as pd

_say = sentences_of(__file__)

__all__ = ["options", "present"]

_AGAINST = ("bars", "caution")
# As many rows does a report show of a long table.
_MOST = 200
# Base models that are named with what is known against numbers of theirs.
_NAMED = 2
_WORSE = {
    "higher": N_("Higher is worse."),
    "lower": N_("Lower is worse."),
    "away_from_0": N_("Further from 0 is worse, on either side."),
}


def present(
    view: TableView, given: Mapping[str, str | bool], audience: str = "report"
) -> Presentation:
    """Everything about one view of the tables.

    Args:
        given: Values of some of its options; the others stand as the view's address says.
        audience: On the `page` all rows are listed, signs are explained above the figures, and
            sources and statements stand by themselves.
    """
    view = view.with_options(given)
    on_page = audience == "page"
    found = drawn(view, chosen(options(view), view.extras))
    finding, furthest = _found(view)
    tables = found.tables
    if len(found.shown) and (view.request.view == "table" or not on_page):
        tables = (*tables, behind(found.shown, whole=on_page))
    if not on_page:
        tables = (*_statements(view), *map(_first_rows, tables))
    return Presentation(
        kind="tables",
        title=_about(view.request) if on_page else _title(view.request),
        question=_question(view.request),
        finding=finding,
        figures=found.pictures if on_page else tuple(map(_explained, found.pictures)),
        tables=tables,
        allowed=(*((furthest,) if furthest else ()), *_allowed(view, found)),
        not_allowed=(*found.reading, *_not_allowed(view), *(() if on_page else _holes(view))),
        flags=_warned(found),
        provenance=_provenance(view),
        command=command("tables", "view", view.address),
        facts=Facts(
            published=len(found.shown),
            hidden=len(found.hidden),
            flagged=int(found.shown["flags"].astype(str).map(weight).isin(_AGAINST).sum()),
            item_level=bool(view.items),
        ),
    )


def _found(view: TableView) -> tuple[Finding | None, str]:
    """How many compressed forms do worse than what they are compared with, and how far half of
    them move; and the worst one."""
    request, measure = view.request, told(view.request.metric)
    worse = request.metric.worse
    if request.view == "items" or worse not in _WORSE:
        return None, ""
    forms = changes(one_thing(view.rows, request), request.reference)
    shown = allowed(forms, request)[0].dropna(subset=["change"])
    if shown.empty:
        return None, ""
    moved = shown["change"]
    if worse == "away_from_0":
        moved = shown["value"].abs() - shown["reference"].abs()
    harm = -moved if worse == "lower" else moved
    worst = shown.iloc[int(harm.to_numpy().argmax())]
    said = _say(
        f"found_{worse}",
        n=len(shown),
        worse=int((harm > 0).sum()),
        reference=_(REFERENCES[request.reference]),
        metric=measure.title,
    )
    usual = moved.groupby(shown["structure"] == "none").median()
    if len(usual) == 2:
        sizes = {"quantized": number(usual[True], "+.2g"), "pruned": number(usual[False], "+.2g")}
        said = f"{said} {_say('usual', **sizes)}"
    furthest = _say(
        "furthest",
        form=", ".join(
            (labels.base_model(str(worst["base_model"])), labels.method(str(worst["method"])))
        ),
        before=_written(worst["reference"]),
        after=_written(worst["value"]),
    )
    return Finding(said, "open", "published"), furthest


def _written(value: float) -> str:
    return number(value, ",.0f" if abs(value) >= 1000 else ".3g")


def rows(view: TableView) -> pd.DataFrame:
    """The published rows that a view shows, with every column of the schema."""
    return drawn(view, chosen(options(view), view.extras)).shown


def _explained(picture: Picture) -> Picture:
    """A picture that says itself what its colours and signs mean."""
    if picture.legend is None:
        return picture
    return replace(picture, figure=with_legend(picture.figure, picture.legend), legend=None)


def _first_rows(table: Table) -> Table:
    if len(table.frame) <= _MOST:
        return table
    caption = f"{table.caption} · {_('the first {n}', n=_MOST)}"
    return replace(table, caption=caption, frame=table.frame.head(_MOST))


def _about(request: TableRequest) -> str:
    """What the numbers are about: benchmark, axis, group."""
    named = [labels.word(one) for one in (request.axis, request.group) if one]
    return ", ".join([labels.benchmark(request.benchmark), *named])


def _title(request: TableRequest) -> str:
    named = [labels.word(one) for one in (request.axis, request.group) if one]
    return _say(
        "title",
        benchmark=labels.benchmark(request.benchmark),
        what=", ".join([told(request.metric).title, *named]),
        view=_(VIEWS[request.view]),
    )


def _question(request: TableRequest) -> Rows:
    measure = told(request.metric)
    rows = [
        (_("View"), _(VIEWS[request.view])),
        (_("Dimension of harm"), labels.dimension(request.dimension)),
        (_("Benchmark"), labels.benchmark(request.benchmark)),
        (_("Metric"), f"{measure.title}. {measure.meaning}"),
        (_("Axis"), labels.word(request.axis)),
        (_("Group"), labels.word(request.group)),
        (_("Base models"), joined([labels.base_model(one) for one in request.base_models])),
        (_("Methods"), joined([labels.method(one) for one in request.methods])),
        (_("Change from"), _(REFERENCES[request.reference])),
        (_("Flagged numbers"), _(FLAGGED[request.flagged])),
    ]
    if request.ratios != (0.0, 1.0):
        ends = [number(one, ".0%") for one in request.ratios]
        rows.append((_("Share of bits removed"), " – ".join(ends)))
    return tuple((name, value) for name, value in rows if value)


def _allowed(view: TableView, found: Drawn) -> tuple[str, ...]:
    if view.request.view == "items":
        return ()
    shown = _say("shown", n=len(found.shown))
    hidden = _say(
        "hidden",
        n=len(found.hidden),
    )
    worse = _(_WORSE.get(view.request.metric.worse, N_("No way is the worse one by itself.")))
    return (f"{shown} {hidden}" if len(found.hidden) else shown, worse, *found.allowed)


def _not_allowed(view: TableView) -> list[str]:
    said = [_("Each number is a single run.")]
    if not view.items:
        said.append(_say("no_p_value"))
    said.append(
        _("What nothing is known against is not thereby right: it was only not found wrong.")
    )
    return said


def _holes(view: TableView) -> list[str]:
    """What each source lacks, and what may not be concluded from it."""
    return [
        _("{source}: {line}", source=source.title, line=translated(line))
        for source in view.sources.values()
        for line in (*source.holes, *source.caveats)
    ]


def _warned(found: Drawn) -> tuple[Warned, ...]:
    on, off = _counted(found.shown), _counted(found.hidden)
    names = sorted({*on, *off}, key=lambda name: (-off[name], -on[name]))
    return tuple(
        Warned(
            " · ".join((_(flag(name).title), *_whose(found, name))),
            flag(name).weight,
            _(flag(name).meaning),
            on[name],
            off[name],
        )
        for name in names
    )


def _whose(found: Drawn, name: str) -> list[str]:
    """The base models that a flag is on, where these are few."""
    bases: set[str] = set()
    for rows in (found.shown, found.hidden):
        flagged = [name in split(flags) for flags in rows["flags"].astype(str)]
        bases |= set(rows["base_model"].astype(str)[flagged])
    few = sorted(bases, key=labels.base_order) if len(bases) <= _NAMED else []
    return list(map(labels.base_model, few))


def _counted(rows: pd.DataFrame) -> Counter[str]:
    return Counter(name for flags in rows["flags"].astype(str) for name in split(flags))


def _statements(view: TableView) -> list[Table]:
    """What is said of the study's figures of this benchmark, each statement recomputed."""
    if SOURCE not in view.sources:
        return []
    request = view.request
    rows = [
        {
            _("Statement"): one.claim,
            _("Verdict"): _(one.verdict),
            _("What the published numbers say"): one.evidence,
        }
        for one in statements(view.frame, request.benchmark, request.dimension)
    ]
    title = _("What is said of these figures, recomputed")
    return [Table(title, data_frame(rows))] if rows else []


def cells(kept: int, read: int) -> str:
    """How many cells of a source were read, and how many of them are shown anywhere."""
    return _say(
        "cells",
        n=read,
        m=kept,
    )


def _provenance(view: TableView) -> Rows:
    rows: list[tuple[str, str]] = []
    for source in view.sources.values():
        rows.append((_("Source"), source.title))
        if source.citation:
            rows.append((_("To be cited as"), source.citation))
        rows.append((_("Cells"), cells(source.kept, source.cells)))
    rows.append((_("Address of the view"), view.address))
    return tuple(rows)
