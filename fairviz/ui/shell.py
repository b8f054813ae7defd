"""The frame of every page: its title, and failures told as advice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from fairviz.errors import FairvizError
from fairviz.language import current, later, speaking, tr
from fairviz.ui import tongue
from fairviz.ui.plain import plain
from fairviz.ui.present import deck, keys, mode

PAGES = (
    ("app.py", later("Overview"), ":material/home:"),
    ("pages/1_Compare.py", later("Compare"), ":material/compare_arrows:"),
    ("pages/2_Token_shift.py", later("Token shift"), ":material/text_fields:"),
    ("pages/3_Uncertain_prompts.py", later("Uncertain prompts"), ":material/help_center:"),
    ("pages/4_Bias_tables.py", later("Bias tables"), ":material/table_view:"),
    ("pages/5_Bias_probes.py", later("Bias probes"), ":material/balance:"),
    ("pages/6_Methods.py", later("Methods"), ":material/compress:"),
    ("pages/7_Report.py", later("Report"), ":material/description:"),
    ("pages/8_Blind_review.py", later("Blind review"), ":material/visibility_off:"),
)

_ICON = Path(__file__).with_name("icon.png")
_ACCESS = Path(__file__).with_name("access.css")
_log = logging.getLogger(__name__)


@contextmanager
def page(title: str) -> Iterator[None]:
    """Open a page by its English title; failures inside are told as advice, and it stays usable."""
    st.set_page_config(
        page_title=f"{tr(title)} · fairviz",
        # A file of ours: a named icon would be fetched from a font server.
        page_icon=str(_ICON),
        layout="wide",
        initial_sidebar_state="auto",
    )
    st.html(_ACCESS)
    mode.settle()
    with st.sidebar:
        tongue.choose()
        for path, name, sign in PAGES:
            st.page_link(path, label=tr(name), icon=sign)
        mode.enter()
    try:
        # Asked once: a page of a thousand cells would look into the session for each of them.
        with speaking(current()):
            if mode.on():
                mode.look()
                keys.bar(deck.deck(usual=0 if title == "Report" else -1))
            yield
    except FairvizError as error:
        advise(error)
    except Exception as error:  # the last guard: log all of it, show calm words
        _log.exception("the page %s failed", title)
        st.error(
            tr(
                "**Something failed that fairviz did not foresee** ({kind}). "
                "Your settings are kept in the address of this page. Reload it to try again; if it "
                "fails again, report the last lines of the server's log together with this "
                "address.",
                kind=plain(type(error).__name__),
            ),
            icon=":material/sentiment_dissatisfied:",
        )


def advise(error: FairvizError) -> None:
    """What failed and the way out."""
    st.error(
        f"**{plain(error.message)}**\n\n{plain(error.fix)}",
        icon=":material/lightbulb:",
    )
