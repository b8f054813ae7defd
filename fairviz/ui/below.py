"""What stands below every result: its files, the way into a report, and what was asked lately."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from fairviz.analyses.registry import ANALYSES
from fairviz.core import csv_file
from fairviz.core.shortened import shortened
from fairviz.i18n import _, current
from fairviz.metrics import trace_tables
from fairviz.metrics.traces import PairTrace
from fairviz.report import runs
from fairviz.report.record import Part, Report
from fairviz.report.shelf import Reports
from fairviz.ui import device_queue, links, visitors
from fairviz.ui.markup import plain
from fairviz.ui.present import deck
from fairviz.ui.report import edit
from fairviz.ui.widgets import widget


class File(NamedTuple):
    """One file: its button's title, its name, whose ending says its type, and what makes it.

    Two files of one ending have a `key` each.
    """

    title: str
    name: str
    content: Callable[[], str | bytes]
    help: str = ""
    key: str = ""


_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}


def downloads(*files: File, link: str = "", without: str = "") -> None:
    """A button for each file, and the link to the view: what is said of it, and the parameter of
    the address that is not in it."""
    if deck.on():
        return
    st.header(_("Downloads"), anchor=False)
    with st.container(horizontal=True, gap="small"):
        for file in files:
            download(file)
    st.caption(link or _("Link to this view: the address of this page, here to copy."))
    asked = st.query_params.to_dict()
    query = urlencode({name: value for name, value in asked.items() if name != without})
    address = f"{st.context.url or ''}{'?' + query if query else ''}"
    st.code(address, language=None, wrap_lines=True)


def download(file: File) -> None:
    """One file."""
    kind = file.name.rpartition(".")[2]
    st.download_button(
        file.title,
        file.content,
        file.name,
        _TYPES[kind],
        key=f"download_{file.key or kind}",
        help=file.help or None,
        on_click="ignore",
        icon=":material/download:",
    )


def of_tokens(kind: str, run: Any, tokens: Callable[[], pd.DataFrame]) -> None:
    """The files of a run that measured tokens: the whole, and its tokens as a table."""
    whole, rows = _("JSON: everything measured"), _("CSV: one row per token")
    downloads(
        File(whole, f"fairviz-{kind}.json", lambda: as_json(run.document())),
        File(rows, "fairviz-tokens.csv", lambda: csv_file.written(tokens())),
    )


def of_traces(kind: str, run: Any, traces: Mapping[Any, PairTrace]) -> None:
    """The same of a run that has traces, by their names."""
    texts = {str(name): trace for name, trace in traces.items()}
    of_tokens(kind, run, lambda: trace_tables.rows(texts))


def as_json(document: Mapping[str, Any]) -> str:
    """A document as JSON."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


def add_to_report(
    kind: str,
    *keys: str,
    options: Mapping[str, str | bool] = MappingProxyType({}),
    place: str = "",
) -> None:
    """Add runs to the report that is worked on, or say that they are in there.

    Args:
        kind: Key of `report.record.KINDS`.
        keys: Of the runs; empty for one that is not kept, which cannot be added.
        options: What is chosen of how it is shown; the report shows it so.
        place: Ends the keys of the widgets where a page has them twice.
    """
    if visitors.here() or deck.on():  # reports are their owner's
        return
    # Each form is a part, and none looks at another.
    chosen = tuple((name, value) for name, value in options.items() if name != "form")
    kept = tuple(filter(None, keys))
    known = Reports().all()
    with st.container(
        horizontal=True, key=f"add_to_report{place}", gap="small", vertical_alignment="bottom"
    ):
        report = _which(known, place)
        if report is not None and kept and all(report.has(kind, key) for key in kept):
            title = plain(shortened(report.title, 50))
            label = _("In the report “{title}”", title=title)
            links.link("Report", label, "check", report=report.name)
        else:
            st.button(
                **{**widget("add_part"), "key": f"add_part{place}"},
                disabled=not kept,
                on_click=edit.attempt(_add, report.name if report else "", kind, kept, chosen),
                help=_("Puts it into a report that you can order, comment and take along.")
                if kept
                else _("Only what is kept on this machine can be put into a report."),
            )
    edit.told()


def _which(known: list[Report], place: str) -> Report | None:
    """The report that is added to, chosen where there are several."""
    report = edit.worked_on(known)
    if report is None or len(known) < 2:
        return report
    titles = {one.name: one.title for one in known}
    look = {**widget("add_where"), "key": f"add_where{place}"}
    if st.session_state.get(look["key"]) not in titles:
        st.session_state[look["key"]] = report.name
    name = st.selectbox(**look, options=list(titles), format_func=titles.__getitem__)
    edit.use(name)
    return next(one for one in known if one.name == name)


def _add(
    name: str, kind: str, keys: tuple[str, ...], options: tuple[tuple[str, str | bool], ...]
) -> None:
    shelf = Reports()
    if not name or shelf.load(name) is None:
        name = shelf.begin(_("Report"), current()).name
    for key in keys:
        answer = runs.load(Part(kind, key))
        said = runs.title(kind, answer) if answer is not None else ""
        part = Part(kind, key, said, options=options)
        shelf.change(name, partial(Report.with_part, part=part))
    edit.use(name)


def recent(*kinds: str, limit: int = 8) -> None:
    """The runs of some kinds last stored, whoever asked; visitors do not see what others asked."""
    if visitors.here() or deck.on():
        return
    runs = [(kind, run) for kind in kinds for run in device_queue.store().recent(kind, limit)]
    runs.sort(key=lambda of_kind: of_kind[1].date, reverse=True)
    if not runs:
        return
    st.header(_("Recent runs"), anchor=False)
    for kind, run in runs[:limit]:
        label = plain(ANALYSES[kind].label(run.request, run.facts))
        links.to_run(kind, run.key, label, "history")
