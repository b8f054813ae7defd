"""What is known against the numbers on the page and what is said of the study, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.analyses.presentation import Presentation
from fairviz.analyses.tables.view import TableView
from fairviz.benchmarks.beyond_perplexity.findings import HOLDS, NOT, PARTLY
from fairviz.benchmarks.beyond_perplexity.statements import Statement, statements
from fairviz.benchmarks.flags import flag
from fairviz.i18n import LANGUAGES, N_, _, current, ngettext
from fairviz.ui import address
from fairviz.ui.markup import plain
from fairviz.ui.widgets import paragraph, widget

if TYPE_CHECKING:
    import pandas as pd


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
    if view.request.reference == "none" and suspect & {one.title for one in shown.flags}:
        st.button(**widget("to_int8"), on_click=_to_int8)


def _to_int8() -> None:
    st.session_state["reference"] = "int8"


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
    address.forget(*_FILTERS)
    st.session_state.pop("ratio_ends", None)
    st.session_state.update(view)


@st.cache_resource(show_spinner=False, max_entries=len(LANGUAGES))
def _stated(_frame: pd.DataFrame, stamp: int, language: str) -> tuple[Statement, ...]:
    return statements(_frame)
