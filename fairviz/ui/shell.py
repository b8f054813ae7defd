"""The frame of every page: its title, and failures told as advice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from fairviz.core.errors import BadSpec, EmptyPrompt, FairvizError, PromptTooLong
from fairviz.core.stored import advice
from fairviz.i18n import N_, _, current, speaking
from fairviz.serving import door
from fairviz.serving.allowance import TooMuch
from fairviz.serving.sharing import CannotServe, NotShown
from fairviz.ui import address, language_picker, markup, visitors
from fairviz.ui.plain import plain
from fairviz.ui.present import deck, keys, mode

PAGES = (
    ("app.py", N_("Overview"), ":material/home:"),
    ("pages/1_Compare.py", N_("Compare"), ":material/compare_arrows:"),
    ("pages/2_Token_shift.py", N_("Token shift"), ":material/text_fields:"),
    ("pages/3_Uncertain_prompts.py", N_("Uncertain prompts"), ":material/help_center:"),
    ("pages/4_Bias_tables.py", N_("Bias tables"), ":material/table_view:"),
    ("pages/5_Bias_probes.py", N_("Bias probes"), ":material/balance:"),
    ("pages/6_Methods.py", N_("Methods"), ":material/compress:"),
    ("pages/7_Report.py", N_("Report"), ":material/description:"),
    ("pages/8_Blind_review.py", N_("Blind review"), ":material/visibility_off:"),
)

_ICON = Path(__file__).with_name("icon.png")
_ACCESS = Path(__file__).with_name("access.css")
# What these say is in the visitor's own words; others may name folders of this machine.
_FOR_VISITORS = (NotShown, TooMuch, CannotServe, BadSpec, EmptyPrompt, PromptTooLong)
_REVIEW = "Blind review"
_log = logging.getLogger(__name__)


@contextmanager
def page(title: str) -> Iterator[None]:
    """Open a page by its English title; failures inside are told as advice, and it stays usable."""
    st.set_page_config(
        page_title=f"{_(title)} · fairviz",
        # A file of ours: a named icon would be fetched from a font server.
        page_icon=str(_ICON),
        layout="wide",
        initial_sidebar_state="auto",
    )
    st.html(_ACCESS)
    if st.context.headers.get("Host") and not door.stands():
        advise(_alone())
        st.stop()
    address.settle()
    with st.sidebar:
        language_picker.choose()
        for path, name, sign in PAGES:
            if name != _REVIEW or not visitors.here():
                st.page_link(path, label=_(name), icon=sign)
        mode.enter()
        if visitors.here():
            _way_out()
    if title == _REVIEW and visitors.here():  # reviews are their owner's
        advise(visitors.not_shown())
        st.stop()
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
        if isinstance(error, OSError) and (refused := advice(error)):
            advise(refused)
            return
        _log.exception("the page %s failed", title)
        st.error(
            _("**Something failed.** Tell whoever gave you this address, and reload the page.")
            if visitors.here()
            else _(
                "**Something failed that fairviz did not foresee** ({kind}). "
                "Your settings are kept in the address of this page. Reload it to try again; if it "
                "fails again, report the last lines of the server's log together with this "
                "address.",
                kind=plain(type(error).__name__),
            ),
            icon=":material/sentiment_dissatisfied:",
        )


def _alone() -> CannotServe:
    """Why nothing is drawn where a page was started by itself, so that nothing checks who asks."""
    return CannotServe(
        _("A page was started by itself, without what guards it."),
        fix=_("Start fairviz with `{command}`.", command="streamlit run app.py"),
    )


def _way_out() -> None:
    """A visitor signs out here."""
    markup.draw("sign_out", address=door.SIGN_OUT)


def advise(error: FairvizError) -> None:
    """What failed and the way out; visitors do not learn from it what lies on this machine."""
    if visitors.here() and not isinstance(error, _FOR_VISITORS):
        _log.warning("a visitor was refused: %s", error)
        error = visitors.not_shown()
    st.error(
        f"**{plain(error.message)}**\n\n{plain(error.fix)}",
        icon=":material/lightbulb:",
    )
    if isinstance(error, NotShown):
        path, name, sign = PAGES[0]
        st.page_link(path, label=_(name), icon=sign)
