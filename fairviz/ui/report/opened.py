"""From a part of a report to the page that shows its run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import parse_qs

import streamlit as st

from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.tables.view import NAMES
from fairviz.i18n import _
from fairviz.report.record import Part, Report
from fairviz.ui.present.mode import KEY


def link(
    part: Part, also: Mapping[str, str] = MappingProxyType({}), label: str | None = None
) -> None:
    """A link to the run on its page, which opens with `also` in its address; none for a text."""
    if part.kind not in ANALYSES:
        return
    analysis = ANALYSES[part.kind]
    name = analysis.parameter
    said = parse_qs(part.key)
    query: dict[str, str | list[str]] = {name: part.key}
    if not name:
        query = {one: said[one] for one in NAMES if one in said}
    st.page_link(
        f"pages/{analysis.page}.py",
        label=label or _("Open on its page"),
        icon=":material/open_in_new:",
        query_params={**query, **also},
    )


def report(one: Report) -> None:
    """The ways to a report: to read it, and to show it to a room."""
    page = "pages/7_Report.py"
    with st.container(horizontal=True, gap="medium"):
        st.page_link(
            page,
            label=_("Read the report"),
            icon=":material/description:",
            query_params={"report": one.name},
        )
        st.page_link(
            page,
            label=_("Present"),
            icon=":material/slideshow:",
            query_params={KEY: "1", "report": one.name, "slide": "0"},
        )
