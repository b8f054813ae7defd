"""Sources with every question's outcome: what flipped, and the tests that such pairs allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.benchmarks import shelf as disk
from fairviz.benchmarks.paired import paired
from fairviz.i18n import N_, _, ngettext
from fairviz.ui.numerals import numerals
from fairviz.ui.plain import plain
from fairviz.ui.tables import shelf

if TYPE_CHECKING:
    import pandas as pd


_WORDS = {"task": N_("Task"), "metric": N_("Metric"), "group": N_("Group"), "n": "n"}
_NUMBERS = {
    "baseline": N_("Baseline"),
    "compressed": N_("Compressed"),
    "change": N_("Change"),
    "low": N_("Low"),
    "high": N_("High"),
}


def draw(source: str) -> None:
    """Per task and metric: flips, their test, the paired change with its interval."""
    known = {name: one for name, one in shelf.sources().items() if one.item_level}
    for name, one in known.items():
        if source and name != source:
            continue
        found = disk.items(name)
        if found is None:
            continue
        st.header(plain(one.title), anchor=False)
        st.dataframe(
            numerals(
                paired(found),
                {**dict.fromkeys(_NUMBERS, ".3f"), "p": ".3g", "p_holm": ".3g"},
            ),
            key=f"paired_{name}",
            hide_index=True,
            column_config={
                **{name: st.column_config.Column(_(title)) for name, title in _WORDS.items()},
                **{name: st.column_config.Column(_(title)) for name, title in _NUMBERS.items()},
                "lost": st.column_config.Column(_("Lost"), help=_("Right before, wrong after.")),
                "gained": st.column_config.Column(
                    _("Gained"), help=_("Wrong before, right after.")
                ),
                "p": st.column_config.Column(_("p")),
                "p_holm": st.column_config.Column(_("p (Holm)")),
            },
        )
        st.caption(
            _(
                "One row per task, metric and group. Lost and gained count the questions whose "
                "answer changed sides; p asks whether one side won more (McNemar's exact test; of "
                "graded outcomes, the models exchanged at random). Change is the mean of "
                "compressed minus baseline over the questions, with a 95 % interval that leaves "
                "out 0 where p is below 5 %. Holm's correction is over the rows of this table."
            )
        )
        _flipped(found, name)
    if source and source not in known:
        st.info(
            _("This source has no question-level outcomes. Choose another under “Source”."),
            icon=":material/list_alt:",
        )


def _flipped(found: pd.DataFrame, name: str) -> None:
    changed = found[found["baseline"] != found["compressed"]]
    title = ngettext(
        "The {n:,} question whose outcome changed",
        "The {n:,} questions whose outcome changed",
        len(changed),
    )
    with st.expander(title):
        columns = {**_WORDS, **_NUMBERS, "doc_id": N_("Question")}
        st.dataframe(
            numerals(changed, {"baseline": ".4g", "compressed": ".4g"}),
            key=f"flipped_{name}",
            hide_index=True,
            column_config={
                name: st.column_config.Column(_(title)) for name, title in columns.items()
            },
        )
