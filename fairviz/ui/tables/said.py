"""What is said of the study, each statement recomputed from the table on this page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.benchmarks.beyond_perplexity.findings import HOLDS, NOT, PARTLY
from fairviz.benchmarks.beyond_perplexity.statements import Statement, statements
from fairviz.i18n import LANGUAGES, _, current
from fairviz.ui import address
from fairviz.ui.plain import plain

if TYPE_CHECKING:
    import pandas as pd

_FILTERS = (
    *("dimension", "view", "benchmark", "metric", "axis", "group", "base_model", "method"),
    *("structure", "ratio", "reference", "flagged", "base", "setting", "spread_of"),
)
_BADGES = {HOLDS: "blue", PARTLY: "violet", NOT: "orange"}


def draw(frame: pd.DataFrame) -> None:
    """Every statement with its verdict, the figures behind it, and the view that shows it."""
    found = _stated(frame, id(frame), current())
    if not found:
        return
    counts = {one: sum(said.verdict == one for said in found) for one in _BADGES}
    with st.expander(
        _(
            "What is said of these figures, recomputed: {hold} hold, {partly} hold in "
            "part, {no} not",
            hold=counts[HOLDS],
            partly=counts[PARTLY],
            no=counts[NOT],
        ),
        icon=":material/fact_check:",
    ):
        for said in found:
            st.markdown(
                f":{_BADGES[said.verdict]}-badge[{_(said.verdict)}] "
                f"**{plain(said.claim)}** "
                f"{plain(said.evidence)}"
            )
            st.button(
                _("See it"),
                key=f"see_{said.finding.name}",
                icon=":material/arrow_forward:",
                on_click=_see,
                args=(said.finding.view,),
            )


def _see(view: dict[str, str]) -> None:
    """Put the page's filters on what a statement is about, and everything else back."""
    address.forget(*_FILTERS)
    st.session_state.pop("ratio_ends", None)
    st.session_state.update(view)


@st.cache_resource(show_spinner=False, max_entries=len(LANGUAGES))
def _stated(_frame: pd.DataFrame, stamp: int, language: str) -> tuple[Statement, ...]:
    return statements(_frame)
