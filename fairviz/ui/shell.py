"""The frame of every page: its language, its title, and failures told as advice."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fairviz import i18n as language
from fairviz.core import garbage
from fairviz.core.errors import BadSpec, EmptyPrompt, FairvizError, PromptTooLong
from fairviz.core.stored import advice
from fairviz.i18n import LANGUAGES, _, current, speaking
from fairviz.serving import door
from fairviz.serving.allowance import TooMuch
from fairviz.serving.sharing import CannotServe, NotShown
from fairviz.ui import address, links, markup, visitors
from fairviz.ui.markup import plain
from fairviz.ui.present import deck
from fairviz.ui.widgets import paragraph

_ICON = Path(__file__).with_name("icon.png")
_ACCESS = Path(__file__).with_name("access.css")
# What these say is in the visitor's own words; others may name folders of this machine.
_FOR_VISITORS = (NotShown, TooMuch, CannotServe, BadSpec, EmptyPrompt, PromptTooLong)
_REVIEW = "Blind review"
_log = logging.getLogger(__name__)
_LANGUAGE = "lang"
_KEPT = "_language"

# Read out, hyphenated and spelled as the language it is in, not as the English of the frame.
_tell_language = st.components.v2.component(
    "fairviz.i18n", js="export default ({ data }) => { document.documentElement.lang = data.lang }"
)


def of_the_viewer() -> str | None:
    """What was chosen, on the page or in its address; else what the browser asks for."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    held, said = st.session_state, st.query_params.get(_LANGUAGE)
    # A widget's own value is forgotten on the way to another page.
    for one in (held.get(_LANGUAGE), said, held.get(_KEPT)):
        if one in LANGUAGES:
            return str(one)
    return _of_the_browser()


def _of_the_browser() -> str:
    code = (st.context.locale or "en").split("-")[0].lower()
    return code if code in LANGUAGES else "en"


def _choose_language() -> None:
    """The choice of language; the browser is told which one the page is in."""
    usual = _of_the_browser()
    before = st.session_state.get(_KEPT, usual)
    address.follow(_LANGUAGE, list(LANGUAGES), str.upper, before)
    st.session_state.setdefault(_LANGUAGE, before)
    chosen = st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        default=st.session_state[_LANGUAGE],  # as of `widgets.one`
        key=_LANGUAGE,
        required=True,
        format_func=str.upper,
        label_visibility="collapsed",
    )
    st.session_state[_KEPT] = chosen
    address.write(_LANGUAGE, chosen, usual)
    _tell_language(key="page_language", data={"lang": current()})


language.follow(of_the_viewer)


def _way_around(title: str) -> None:
    """Above every page: the way to the others, and what concerns all of them."""
    with st.container(horizontal=True, key="top", gap="medium", vertical_alignment="center"):
        with st.container(horizontal=True, key="pages", gap=None, width="stretch"):
            for page in links.PAGES:
                if page.name != _REVIEW or not visitors.here():
                    with (
                        st.container(key="here", width="content")
                        if page.name == title
                        else nullcontext()
                    ):
                        st.page_link(page.path, label=_(page.name))
        with st.container(horizontal=True, key="for_all", gap="small", width="content"):
            deck.enter()
            _choose_language()
            if visitors.here():
                markup.draw("sign_out", address=door.SIGN_OUT)


@contextmanager
def page(title: str) -> Iterator[None]:
    """Open a page by its English title; failures inside are told as advice, and it stays usable."""
    st.set_page_config(
        page_title=f"{_(title)} · fairviz",
        # A file of ours: a named icon would be fetched from a font server.
        page_icon=str(_ICON),
        layout="wide",
        initial_sidebar_state=264,
    )
    st.html(_ACCESS)
    garbage.spare()
    if st.context.headers.get("Host") and not door.stands():
        advise(
            CannotServe(
                _("A page was started by itself, without what guards it."),
                fix=_("Start fairviz with `{command}`.", command="streamlit run app.py"),
            )
        )
        st.stop()
    address.resume(title)
    address.settle()
    _way_around(title)
    if title == _REVIEW and visitors.here():  # reviews are their owner's
        advise(visitors.not_shown())
        st.stop()
    try:
        # Asked once: a page of a thousand cells would look into the session for each of them.
        with speaking(current()):
            if deck.on():
                deck.look()
                deck.bar(deck.deck(usual=0 if title == "Report" else -1))
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
            else paragraph("unforeseen", kind=plain(type(error).__name__)),
            icon=":material/sentiment_dissatisfied:",
        )
    finally:
        address.remember(title)


def advise(error: FairvizError) -> None:
    """What failed and the way out; visitors do not learn from it what lies on this machine."""
    if visitors.here() and not isinstance(error, _FOR_VISITORS):
        _log.warning("a visitor was refused: %s", error)
        error = visitors.not_shown()
    st.error(f"**{plain(error.message)}**\n\n{plain(error.fix)}", icon=":material/lightbulb:")
    if isinstance(error, NotShown):
        links.link("Overview")
