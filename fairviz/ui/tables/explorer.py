"""The chosen view of the tables: its options, its pictures, its sentences, what is to be known."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import takewhile

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements.lib.column_types import ColumnConfig

from fairviz import figures
from fairviz.analyses.option import Option
from fairviz.analyses.presentation import Picture, Presentation, Table
from fairviz.analyses.tables.options import options as choices
from fairviz.analyses.tables.present import cells, present, rows
from fairviz.analyses.tables.rows import HEADINGS
from fairviz.analyses.tables.view import TableView
from fairviz.benchmarks.beyond_perplexity.source import translated
from fairviz.benchmarks.schema import COLUMNS
from fairviz.core import csv_file
from fairviz.i18n import _, ngettext
from fairviz.ui import below, render, widgets
from fairviz.ui.below import File
from fairviz.ui.markup import numerals, plain
from fairviz.ui.tables import known
from fairviz.ui.widgets import paragraph

# Cells, above which the browser writes the numbers.
_WRITTEN = 20_000


def draw(view: TableView) -> None:
    """Everything about a view."""
    # Filled last: recomputing the statements imports what the picture does without.
    above = st.container()
    view = view.with_options(widgets.options([one for one in choices(view) if not one.figure]))
    closely = [one for one in choices(view) if one.figure]
    shown = present(view, widgets.options(closely), "page")
    if shown.figures or shown.tables:
        _pictures(shown, closely)
        for table in shown.tables:
            _table(table)
        if view.request.view == "table":
            _downloads(view)
        st.caption(plain(" ".join((*shown.allowed, *shown.not_allowed))))
    else:
        _nothing(view, shown)
    if view.request.view == "overview":
        with above:
            known.statements_of(view.frame)
    if view.request.view != "items":
        known.flags(view, shown)
        _cited(view)


def _nothing(view: TableView, shown: Presentation) -> None:
    if view.request.view == "items":
        why = _("This source has no question-level outcomes. Choose another under “Source”.")
    elif shown.facts.hidden:
        why = paragraph("all_hidden", n=shown.facts.hidden)
    else:
        why = paragraph("no_number")
    st.header(plain(shown.title), anchor=False)
    st.info(why, icon=":material/filter_alt_off:")


def _pictures(shown: Presentation, closely: Sequence[Option]) -> None:
    """Each heading with its pictures: small ones two by two, one below the other on a phone."""
    about = shown.title
    for first in (place for place, one in enumerate(shown.figures) if one.title):
        rest = takewhile(lambda one: not one.title, shown.figures[first + 1 :])
        group = (shown.figures[first], *rest)
        st.header(plain(group[0].title), anchor=False)
        if about:
            st.caption(plain(about))
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
        numerals(frame, dict.fromkeys(numeric, ".5g")) if written else frame,
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
        below.download(File("Parquet", f"{name}.parquet", lambda: _parquet(view)))
        st.caption(_("With every column of the schema."))


def _parquet(view: TableView) -> bytes:
    out = io.BytesIO()
    rows(view).to_parquet(out, index=False)
    return out.getvalue()


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
