"""The words and the way in on the first page."""

from __future__ import annotations

import streamlit as st

from fairviz.language import tr, trn
from fairviz.ui import session


def head() -> None:
    """What fairviz is, in three sentences."""
    st.title("fairviz", anchor=False)
    st.markdown(
        tr(
            "Compression makes a language model smaller: fewer bits, fewer weights, a smaller "
            "student. **fairviz shows what that changes**, token by token: what the model writes, "
            "how sure it is, and whom its mistakes fall on. Every number compares two models on "
            "the same text, is measured over the whole vocabulary, and can be downloaded."
        )
    )


def way_in() -> None:
    """One big way to the Compare page, with a prompt that works at once."""
    with st.container(border=True, key="way_in"):
        st.header(tr("See two models write the same story"), anchor=False)
        st.markdown(
            tr(
                "A small bilingual model ships with fairviz. Watch it and its 4-bit version "
                "continue *Il était une fois*; nothing is downloaded, nothing leaves this machine."
            )
        )
        if st.button(
            tr("Compare: Il était une fois"),
            key="start",
            type="primary",
            icon=":material/compare_arrows:",
        ):
            st.switch_page("pages/1_Compare.py", query_params={"prompt": "Il était une fois"})

    left, right = st.columns(2)
    with left, st.container(border=True, key="way_to_shift", height="stretch"):
        st.header(tr("See what became of a text"), anchor=False)
        st.markdown(
            tr(
                "Paste any text: every token and word of it in the colour of how far compression "
                "moved it, the largest shifts first, two versions side by side."
            )
        )
        if st.button(tr("Token shift"), key="to_shift", icon=":material/text_fields:"):
            st.switch_page("pages/2_Token_shift.py")
    with right, st.container(border=True, key="way_to_prompts", height="stretch"):
        st.header(tr("Find the prompts that are uncertain"), anchor=False)
        st.markdown(
            tr(
                "A bank of prompts, your own, or a zero-shot task: where the baseline was unsure, "
                "what moved there, which answers changed while the accuracy did not."
            )
        )
        if st.button(tr("Uncertain prompts"), key="to_prompts", icon=":material/help_center:"):
            st.switch_page("pages/3_Uncertain_prompts.py")

    left, right = st.columns(2)
    with left, st.container(border=True, key="way_to_tables", height="stretch"):
        st.header(tr("See what studies have measured"), anchor=False)
        st.markdown(
            tr(
                "Harm to groups, dialects and language under seven compression methods, and which "
                "of the published numbers cannot carry a finding. No model is needed."
            )
        )
        if st.button(tr("Bias tables"), key="to_tables", icon=":material/table_view:"):
            st.switch_page("pages/4_Bias_tables.py")
    with right, st.container(border=True, key="way_to_probes", height="stretch"):
        st.header(tr("Measure whom a model prefers"), anchor=False)
        st.markdown(
            tr(
                "Minimal pairs, swapped names, many samples, BBQ and more on the pair of your "
                "choice: does compression change whom it prefers, by more than chance, and for "
                "which group?"
            )
        )
        if st.button(tr("Bias probes"), key="to_probes", icon=":material/balance:"):
            st.switch_page("pages/5_Bias_probes.py")

    with st.container(border=True, key="way_to_methods"):
        st.header(tr("Make a model smaller"), anchor=False)
        st.markdown(
            tr(
                "Quantize it, prune it, drop layers: what each method does, one made in a click, "
                "and how much compression a model bears before it changes."
            )
        )
        if st.button(tr("Methods"), key="to_methods", icon=":material/compress:"):
            st.switch_page("pages/6_Methods.py")

    with st.container(border=True, key="way_to_report"):
        st.header(tr("Take findings along"), anchor=False)
        st.markdown(
            tr(
                "Runs in order with your headings and notes: one HTML file that anyone opens, and "
                "a bundle that any fairviz opens without a model."
            )
        )
        if st.button(tr("Report"), key="to_report", icon=":material/description:"):
            st.switch_page("pages/7_Report.py")

    with st.container(border=True, key="way_to_review"):
        st.header(tr("Let people judge, blind"), anchor=False)
        st.markdown(
            tr(
                "Stored pairs of texts as A and B, model names hidden: which is worse, which is "
                "biased, towards whom, and do the judges agree?"
            )
        )
        if st.button(tr("Blind review"), key="to_review", icon=":material/visibility_off:"):
            st.switch_page("pages/8_Blind_review.py")


def damaged() -> None:
    """Runs that could not be read, if there are any."""
    aside = list(session.store().damaged())
    if aside:
        st.warning(
            trn(
                "{n} stored run could not be read and was set aside in the folder runs/damaged of "
                "the cache. Ask that question again to have the answer back.",
                "{n} stored runs could not be read and were set aside in the folder runs/damaged "
                "of the cache. Ask those questions again to have the answers back.",
                len(aside),
            ),
            icon=":material/healing:",
        )
