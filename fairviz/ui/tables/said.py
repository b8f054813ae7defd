"""What is said of the study, each statement recomputed from the table on this page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.benchmarks.findings.record import HOLDS, NOT, PARTLY, SOURCE, Verdict
from fairviz.benchmarks.findings.registry import FINDINGS
from fairviz.ui.plain import plain

if TYPE_CHECKING:
    import pandas as pd

_BADGES = {HOLDS: "blue", PARTLY: "violet", NOT: "orange"}


def draw(frame: pd.DataFrame) -> None:
    """Every statement with its verdict, the figures behind it, and the view that shows it."""
    if not (frame["source"] == SOURCE).any():
        return
    verdicts = _verdicts(frame, id(frame))
    counts = {one: sum(said.verdict == one for said in verdicts.values()) for one in _BADGES}
    title = ", ".join(f"{number} {one}" for one, number in counts.items() if number)
    with st.expander(
        f"What is said of these figures, recomputed: {title}",
        icon=":material/fact_check:",
    ):
        for finding in FINDINGS:
            said = verdicts[finding.name]
            st.markdown(
                f":{_BADGES[said.verdict]}-badge[{said.verdict}] **{plain(finding.claim)}** "
                f"{plain(said.evidence)}"
            )
            st.page_link(
                "pages/4_Bias_tables.py",
                label="See it",
                icon=":material/arrow_forward:",
                query_params=finding.view,
            )


@st.cache_resource(show_spinner=False, max_entries=1)
def _verdicts(_frame: pd.DataFrame, stamp: int) -> dict[str, Verdict]:
    return {finding.name: finding.check(_frame) for finding in FINDINGS}
