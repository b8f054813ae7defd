"""The chosen view of the tables: options, pictures, sentences, what is known against it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.column_types import ColumnConfig

from fairviz import figures
from fairviz.analyses.presentation import Option, Picture, Presentation, Table
from fairviz.analyses.tables.options import options as choices
from fairviz.analyses.tables.present import cells, present, rows
from fairviz.analyses.tables.rows import HEADINGS
from fairviz.analyses.tables.view import TableView, words
from fairviz.analyses.tables.view import view as opened
from fairviz.benchmarks import labels
from fairviz.benchmarks.beyond_perplexity.findings import HOLDS, NOT, PARTLY
from fairviz.benchmarks.beyond_perplexity.source import translated
from fairviz.benchmarks.beyond_perplexity.statements import Statement, statements
from fairviz.benchmarks.flags import flag
from fairviz.benchmarks.metrics import told
from fairviz.benchmarks.schema import COLUMNS
from fairviz.core import csv_file
from fairviz.i18n import LANGUAGES, N_, _, current, ngettext
from fairviz.ui import address, below, render, widgets
from fairviz.ui.below import File
from fairviz.ui.markup import numerals, plain
from fairviz.ui.present import deck
from fairviz.ui.widgets import paragraph, widget

# Cells, above which the browser writes the numbers.
_WRITTEN = 20_000
# Whether another view was asked for from further below: it is looked at from its top.
_UP = "_tables_up"
_to_top = st.components.v2.component(
    "fairviz.top",
    js="export default () => {\n document.querySelector('[data-testid=stMain]').scrollTo(0, 0)\n}",
)


def draw(view: TableView) -> None:
    """Everything about a view."""
    if st.session_state.pop(_UP, False):
        _to_top(key="tables_top")
    view = view.with_options(widgets.options([one for one in choices(view) if not one.figure]))
    closely = [one for one in choices(view) if one.figure]
    shown = present(view, widgets.options(closely), "page")
    render.finding(shown)
    if shown.figures or shown.tables:
        if deck.on():
            _presented(shown)
        _pictures(view, shown, closely)
        for table in shown.tables:
            _table(table)
        if view.request.view == "table":
            _downloads(view)
        st.caption(plain(" ".join((*shown.allowed, *shown.not_allowed))))
    else:
        _nothing(view, shown)
    if view.request.view == "overview":
        _others(view)
        statements_of(view.frame)
    if view.request.view != "items":
        flags(view, shown)
        _cited(view)


def _others(found: TableView) -> None:
    """What was found in each other dimension of harm, with its picture and the way to it."""
    names = [one for one in words(found.frame, "dimension") if one != found.request.dimension]
    if names:
        st.header(_("The other dimensions"), anchor=False)
    for name in names:
        shown = _headline(found.frame, id(found.frame), name, current())
        with st.container(key=f"other_{name}"):
            left, right = st.columns([2, 3], gap="medium")
            with left:
                render.finding(shown)
                go = widget("to_dimension", name, name=labels.dimension(name))
                st.button(**go, on_click=_see, args=({"dimension": name},))
            with right:
                for picture in shown.figures[:1]:
                    render.chart(picture.figure, key=f"picture_{name}", alt=picture.alt)


@st.cache_resource(show_spinner=False, max_entries=4 * len(LANGUAGES))
def _headline(_frame: pd.DataFrame, stamp: int, dimension: str, language: str) -> Presentation:
    """The overview of a dimension as it opens, with a smaller picture."""
    shown = present(opened(f"view=overview&dimension={dimension}", _frame), {}, "page")
    for picture in shown.figures:
        picture.figure.update_layout(height=300, yaxis_title_text=_("Change"))
    return shown


def _presented(shown: Presentation) -> None:
    """The first picture, for a room."""
    for picture in shown.figures[:1]:
        if picture.legend is not None:
            st.html(figures.legend(picture.legend))
        render.pictures(shown)
    deck.alone()


def _nothing(view: TableView, shown: Presentation) -> None:
    if view.request.view == "items":
        why = _("This source has no question-level outcomes. Choose another under “Source”.")
    elif shown.facts.hidden:
        why = paragraph("all_hidden", n=shown.facts.hidden)
    else:
        why = paragraph("no_number")
    st.header(plain(shown.title), anchor=False)
    st.info(why, icon=":material/filter_alt_off:")


def _pictures(view: TableView, shown: Presentation, closely: Sequence[Option]) -> None:
    """Each heading with its pictures: small ones two by two, one below the other on a phone; the
    first says what the metric means."""
    about = shown.title
    for first in (place for place, one in enumerate(shown.figures) if one.title):
        rest = takewhile(lambda one: not one.title, shown.figures[first + 1 :])
        group = (shown.figures[first], *rest)
        meaning = plain(told(view.request.metric).meaning) if about else ""
        title = " · ".join(filter(None, (group[0].title, about)))
        st.header(plain(title), anchor=False, help=meaning or None)
        about = ""
        if group[0].legend is not None:
            st.html(figures.legend(group[0].legend))
        if group[0].legend is None or not group[0].legend.lines:
            for picture in group:
                _chart(picture, closely)
            continue
        columns = st.columns(min(2, len(group)), gap="small")
        for place, picture in enumerate(group):
            with columns[place % len(columns)]:
                render.chart(picture.figure, key=picture.name, alt=picture.alt)


def _chart(picture: Picture, closely: Sequence[Option]) -> None:
    widgets.above(picture.name, closely)
    with st.container(key=f"{picture.name}_box"):
        render.chart(picture.figure, key=picture.name, alt=picture.alt)
    st.caption(plain(picture.caption))


def _table(table: Table) -> None:
    """A table that sorts on a click on its head, without columns in which nothing stands."""
    empty = [name for name in table.frame if table.frame[name].isin(("", None)).all()]
    frame = table.frame.drop(columns=empty) if len(table.frame) else table.frame
    meaning = {column.name: column.meaning for column in COLUMNS}
    numeric = [str(name) for name in frame if frame[name].dtype.kind == "f"]
    # Written here, in the reader's language, as far as that takes no longer than drawing it.
    written = frame.size <= _WRITTEN
    helped: dict[str, ColumnConfig] = {
        _(heading): st.column_config.Column(help=_(meaning[name]))
        for name, heading in HEADINGS.items()
        if name in meaning
    }
    plain_numbers: dict[str, ColumnConfig] = {
        name: st.column_config.NumberColumn(format="%.5g") for name in numeric
    }
    folded = table.folded and _("Question") in frame
    if not folded:
        st.header(plain(table.caption), anchor=False)
    place: DeltaGenerator = st.expander(plain(table.caption)) if folded else st.container()
    place.dataframe(
        numerals(frame, ".5g") if written else frame,
        key=f"rows_{table.caption}",
        hide_index=True,
        height=460 if len(frame) > 12 else "auto",
        column_config=helped if written else helped | plain_numbers,
        alt=ngettext("{n} row of the table.", "{n} rows of the table.", len(frame)),
    )


def _downloads(view: TableView) -> None:
    """The rows as files, with every column of the schema."""
    name = "fairviz-bias-table"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        below.download(File("CSV", f"{name}.csv", lambda: csv_file.written(rows(view))))
        below.download(
            File("Parquet", f"{name}.parquet", lambda: rows(view).to_parquet(index=False))
        )
        st.caption(_("With every column of the schema."))


def _cited(view: TableView) -> None:
    """Where the numbers are from, what is missing there, how to cite it."""
    for source in view.sources.values():
        with st.expander(
            _("Source: {title}", title=plain(source.title)), icon=":material/menu_book:"
        ):
            if source.citation:
                st.markdown(plain(source.citation))
            st.markdown(cells(source.kept, source.cells))
            for line in (*source.holes, *source.caveats):
                st.markdown(f"- {plain(translated(line))}")
            if source.bibtex:
                st.code(source.bibtex, language="bibtex", wrap_lines=True)


_BADGES = {
    "bars": ("red", N_("no finding")),
    "caution": ("orange", N_("caution")),
    "note": ("gray", N_("note")),
}
# Flags that say that a baseline's line is not of the other lines' questions or settings.
_OF_A_BASELINE = ("other_item_set", "two_batches")


def flags(view: TableView, shown: Presentation) -> None:
    """Every flag of the numbers shown and hidden, with its explanation and how many it is on."""
    if view.request.view in ("overview", "groups", "spread"):
        _suggest_int8(view, shown)
    if not shown.flags:
        st.caption(_("⚑ Nothing is known against the numbers shown."))
        return
    hidden = shown.facts.hidden
    if hidden:
        st.warning(
            paragraph("some_hidden", n=hidden, all=hidden + shown.facts.published),
            icon=":material/visibility_off:",
        )
    with st.container(border=True, key="flags"):
        st.markdown(paragraph("about_flags"))
        for one in shown.flags:
            counts = [ngettext("{n:,} shown", "{n:,} shown", one.shown)] if one.shown else []
            counts += [ngettext("{n:,} hidden", "{n:,} hidden", one.hidden)] if one.hidden else []
            badge, kind = _BADGES[one.weight]
            st.markdown(
                f":{badge}-badge[⚑ {_(kind)}] **{plain(one.title)}** ({', '.join(counts)}). "
                f"{plain(one.meaning)}"
            )


def _suggest_int8(view: TableView, shown: Presentation) -> None:
    """One press to the other reference where the baseline's own line cannot be trusted."""
    suspect = {_(flag(name).title) for name in _OF_A_BASELINE}
    if view.request.reference == "none" and suspect & {
        one.title.partition(" · ")[0] for one in shown.flags
    }:
        st.button(
            **widget("to_int8"), on_click=st.session_state.update, args=({"reference": "int8"},)
        )


_FILTERS = (
    *("dimension", "view", "benchmark", "metric", "axis", "group", "base_model", "method"),
    *("structure", "ratio", "reference", "flagged", "base", "setting", "spread_of"),
)
_VERDICTS = {HOLDS: "blue", PARTLY: "violet", NOT: "orange"}


def statements_of(frame: pd.DataFrame) -> None:
    """Every statement with its verdict, the figures behind it, and the view that shows it."""
    found = _stated(frame, id(frame), current())
    if not found:
        return
    counts = {one: sum(said.verdict == one for said in found) for one in _VERDICTS}
    with st.expander(
        paragraph("statements", hold=counts[HOLDS], partly=counts[PARTLY], no=counts[NOT]),
        icon=":material/fact_check:",
    ):
        for said in found:
            st.markdown(
                f":{_VERDICTS[said.verdict]}-badge[{_(said.verdict)}] "
                f"**{plain(said.claim)}** "
                f"{plain(said.evidence)}"
            )
            st.button(**widget("see", said.finding.name), on_click=_see, args=(said.finding.view,))


def _see(view: dict[str, str]) -> None:
    """Put the page's filters on what a statement is about, and everything else back."""
    st.session_state[_UP] = True
    address.forget(*_FILTERS)
    st.session_state.pop("ratio_ends", None)
    st.session_state.update(view)


@st.cache_resource(show_spinner=False, max_entries=len(LANGUAGES))
def _stated(_frame: pd.DataFrame, stamp: int, language: str) -> tuple[Statement, ...]:
    return statements(_frame)
