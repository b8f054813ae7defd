"""The head of the Report page, and what to do where there is no report yet."""

from __future__ import annotations

import streamlit as st

from fairviz.i18n import N_, _
from fairviz.ui.plain import plain
from fairviz.ui.report import choose, doing, place, undo

_WAYS = (
    ("pages/1_Compare.py", N_("Compare"), ":material/compare_arrows:"),
    ("pages/2_Token_shift.py", N_("Token shift"), ":material/text_fields:"),
    ("pages/3_Uncertain_prompts.py", N_("Uncertain prompts"), ":material/help_center:"),
    ("pages/4_Bias_tables.py", N_("Bias tables"), ":material/table_view:"),
    ("pages/5_Bias_probes.py", N_("Bias probes"), ":material/balance:"),
    ("pages/8_Blind_review.py", N_("Blind review"), ":material/visibility_off:"),
)


def title() -> None:
    """What is here, in two sentences, and what went wrong since."""
    st.title(_("Report"), anchor=False)
    st.markdown(
        _(
            "Put runs in order, say what they show, and take them along: as **one HTML file** that "
            "anyone opens without fairviz, or as a **bundle** that any fairviz opens without a "
            "model."
        )
    )
    doing.told()
    for line in place.shelf().damaged():
        st.warning(
            _("A report cannot be shown: {line}", line=plain(line)), icon=":material/healing:"
        )
    undo.offer()


def nothing_yet() -> None:
    """The ways to a first part."""
    with st.container(border=True, key="report_empty"):
        st.header(_("There is no report yet"), anchor=False)
        st.markdown(
            _(
                "Open or make a run on one of these pages, then press **Add to report** below it. "
                "Or open a bundle that somebody sent you."
            )
        )
        ways()
        choose.new()


def ways() -> None:
    """The pages whose runs can be added."""
    with st.container(horizontal=True, gap="medium"):
        for path, name, sign in _WAYS:
            st.page_link(path, label=_(name), icon=sign)
