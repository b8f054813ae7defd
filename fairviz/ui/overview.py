"""The words and the way in on the first page."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from fairviz.core.open_files import counted
from fairviz.core.sizes import size_in_words
from fairviz.i18n import N_, _, ngettext
from fairviz.report.cache_folder import Contents, contents
from fairviz.ui import session


class Way(NamedTuple):
    """A card that leads to a page."""

    name: str
    title: str
    says: str
    page_name: str
    page: str
    sign: str


WAYS = (
    Way(
        "shift",
        N_("See what became of a text"),
        N_(
            "Paste any text: every token and word of it in the colour of how far compression "
            "moved it, the largest shifts first, two versions side by side."
        ),
        N_("Token shift"),
        "pages/2_Token_shift.py",
        ":material/text_fields:",
    ),
    Way(
        "prompts",
        N_("Find the prompts that are uncertain"),
        N_(
            "A bank of prompts, your own, or a zero-shot task: where the baseline was unsure, "
            "what moved there, which answers changed while the accuracy did not."
        ),
        N_("Uncertain prompts"),
        "pages/3_Uncertain_prompts.py",
        ":material/help_center:",
    ),
    Way(
        "tables",
        N_("See what studies have measured"),
        N_(
            "Harm to groups, dialects and language under seven compression methods, and which "
            "of the published numbers cannot carry a finding. No model is needed."
        ),
        N_("Bias tables"),
        "pages/4_Bias_tables.py",
        ":material/table_view:",
    ),
    Way(
        "probes",
        N_("Measure whom a model prefers"),
        N_(
            "Minimal pairs, swapped names, many samples, BBQ and more on the pair of your "
            "choice: does compression change whom it prefers, by more than chance, and for "
            "which group?"
        ),
        N_("Bias probes"),
        "pages/5_Bias_probes.py",
        ":material/balance:",
    ),
    Way(
        "methods",
        N_("Make a model smaller"),
        N_(
            "Quantize it, prune it, drop layers: what each method does, one made in a click, "
            "and how much compression a model bears before it changes."
        ),
        N_("Methods"),
        "pages/6_Methods.py",
        ":material/compress:",
    ),
    Way(
        "report",
        N_("Take findings along"),
        N_(
            "Runs in order with your headings and notes: one HTML file that anyone opens, and "
            "a bundle that any fairviz opens without a model."
        ),
        N_("Report"),
        "pages/7_Report.py",
        ":material/description:",
    ),
    Way(
        "review",
        N_("Let people judge, blind"),
        N_(
            "Stored pairs of texts as A and B, model names hidden: which is worse, which is "
            "biased, towards whom, and do the judges agree?"
        ),
        N_("Blind review"),
        "pages/8_Blind_review.py",
        ":material/visibility_off:",
    ),
)


def head() -> None:
    """What fairviz is, in three sentences."""
    st.title("fairviz", anchor=False)
    st.markdown(
        _(
            "Compression makes a language model smaller: fewer bits, fewer weights, a smaller "
            "student. **fairviz shows what that changes**, token by token: what the model writes, "
            "how sure it is, and whom its mistakes fall on. Every number compares two models on "
            "the same text, is measured over the whole vocabulary, and can be downloaded."
        )
    )


def way_in() -> None:
    """One big way to the Compare page, with a prompt that works at once."""
    with st.container(border=True, key="way_in"):
        st.header(_("See two models write the same story"), anchor=False)
        st.markdown(
            _(
                "A small bilingual model ships with fairviz. Watch it and its 4-bit version "
                "continue *Il était une fois*; nothing is downloaded, nothing leaves this machine."
            )
        )
        if st.button(
            _("Compare: Il était une fois"),
            key="start",
            type="primary",
            icon=":material/compare_arrows:",
        ):
            st.switch_page("pages/1_Compare.py", query_params={"prompt": "Il était une fois"})

    # Two by two, what measures before what is done with it; the odd one takes the row.
    for row in (WAYS[0:2], WAYS[2:4], WAYS[4:5], WAYS[5:7]):
        for column, way in zip(st.columns(len(row)), row, strict=True):
            with column, st.container(border=True, key=f"way_to_{way.name}", height="stretch"):
                st.header(_(way.title), anchor=False)
                st.markdown(_(way.says))
                if st.button(_(way.page_name), key=f"to_{way.name}", icon=way.sign):
                    st.switch_page(way.page)


def damaged() -> None:
    """Runs that could not be read, if there are any."""
    aside = list(session.store().damaged("comparison"))
    if aside:
        st.warning(
            ngettext(
                "{n} stored run could not be read and was set aside in the folder runs/damaged of "
                "the cache. Ask that question again to have the answer back.",
                "{n} stored runs could not be read and were set aside in the folder runs/damaged "
                "of the cache. Ask those questions again to have the answers back.",
                len(aside),
            ),
            icon=":material/healing:",
        )


def cache_size() -> None:
    """How large the cache is and may become; a warning, with the way out, where it is larger."""
    found = _contents()
    size = size_in_words(found.bytes)
    if found.limit is None:
        said = _("The cache holds {size}; it has no limit.", size=size)
    else:
        said = _(
            "The cache holds {size} of at most {limit}.",
            size=size,
            limit=size_in_words(found.limit),
        )
    if not found.excess:
        st.caption(said)
        return
    st.warning(
        _(
            "{said} Nothing is deleted by itself: `{command}` frees the oldest runs that no "
            "report or blind review holds, after asking; `{list}` shows what is there.",
            said=said,
            command="python -m fairviz cache prune --to-limit",
            list="python -m fairviz cache list",
        ),
        icon=":material/hard_drive:",
    )


def open_files() -> None:
    """That few more visitors fit, where that is so."""
    found = counted()
    if found and found.near:
        st.warning(
            _(
                "Files that this process has open: {now:,} of at most {most:,}. Each tab that was "
                "open in the last two minutes has three. Close some, or allow more (ulimit -n).",
                now=found.now,
                most=found.most,
            ),
            icon=":material/tab_close:",
        )


# Thousands of files are looked at: once a minute is often enough.
@st.cache_data(ttl=60, show_spinner=False)
def _contents() -> Contents:
    return contents()
