"""What a visitor may ask of the machine, where its owner lets visitors ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fairviz.analyses.comparison.request import ComparisonRequest
from fairviz.core.errors import PromptTooLong
from fairviz.i18n import _, ngettext
from fairviz.serving import door
from fairviz.serving.allowance import LONGEST_PROMPT, Allowance
from fairviz.ui import identity, visitors

_FORMS = ("", "+int8", "+nf4", "+fp4")


def models() -> tuple[str, ...]:
    """What a visitor may ask: the listed models, whole and in the forms that need no making."""
    shared = visitors.here()
    named = [] if shared is None else [one for one in shared.models if "*" not in one]
    return tuple(f"{one}{form}" for one in named for form in _FORMS)


@contextmanager
def asks(question: ComparisonRequest) -> Iterator[None]:
    """Let a visitor ask a question, within bounds; whoever owns the server has none.

    Raises:
        NotShown: If visitors ask nothing here, or not of these models.
        TooMuch: If it is more than this visitor may ask for now.
        PromptTooLong: If the prompt is.
    """
    shared = visitors.here()
    if shared is None:
        yield
        return
    if not shared.tokens or not {str(question.baseline), str(question.compressed)} <= {*models()}:
        raise visitors.not_shown()
    if len(question.prompt) > LONGEST_PROMPT:
        raise PromptTooLong(
            ngettext(
                "The prompt has {n:,} character.",
                "The prompt has {n:,} characters.",
                len(question.prompt),
            ),
            fix=_("Visitors may ask with at most {most:,}.", most=LONGEST_PROMPT),
        )
    with _allowance().place(_who(), question.decoding.max_new_tokens, shared.tokens):
        yield


def left() -> int:
    """Tokens that this visitor may still have written within this hour."""
    shared = visitors.here()
    return _allowance().left(_who(), shared.tokens) if shared else 0


def _who() -> str:
    """This visitor, whatever windows are open."""
    cookies = st.context.cookies
    context = get_script_run_ctx()
    return (
        cookies.get(door.COOKIE)
        or identity.who(cookies)
        or (context.session_id if context is not None else "")
    )


@st.cache_resource(show_spinner=False)
def _allowance() -> Allowance:
    return Allowance()
