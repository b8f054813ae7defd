"""What studies have published of a probe's benchmark, beside what was measured here."""

from __future__ import annotations

import streamlit as st

from fairviz.benchmarks import labels
from fairviz.i18n import _
from fairviz.probes.published import published
from fairviz.probes.record import Outcome, Probe
from fairviz.ui.plain import plain
from fairviz.ui.probes.words import columns, legible
from fairviz.ui.tables import shelf


def draw(outcome: Outcome, which: Probe) -> None:
    """Published values of the same benchmark, and the way to their page."""
    if not which.benchmark:
        return
    found = published(outcome, which, shelf.table())
    name = labels.benchmark(which.benchmark)
    st.header(_("What studies have published of {benchmark}", benchmark=plain(name)), anchor=False)
    if len(found):
        config = columns(found, wide=())
        st.dataframe(legible(found), key="published", hide_index=True, column_config=config)
        st.caption(
            _(
                "These two models first, then the published ones: the value before compression, "
                "and the lowest and highest over their compressed forms. Other models, other "
                "numbers of items and another way of asking: compare directions, not digits. Some "
                "published cells carry a warning; the page of the tables says which."
            )
        )
    else:
        st.caption(
            _(
                "The tables have this benchmark under other measures than those taken here, so "
                "there is no published number to stand beside these."
            )
        )
    st.page_link(
        "pages/4_Bias_tables.py",
        label=_("{benchmark} in the bias tables", benchmark=name),
        icon=":material/table_view:",
        query_params={"dimension": which.dimension, "benchmark": which.benchmark},
    )
