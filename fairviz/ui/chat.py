"""How prompts are put to chat models: a switch that says what they are, and what they are given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from fairviz.analyses.identity import rendered
from fairviz.core.specs import Chat, ModelSpec
from fairviz.i18n import _, listed, ngettext
from fairviz.models.chat import template_here
from fairviz.ui.markup import plain
from fairviz.ui.widgets import choice, paragraph, widget


def chosen(*models: ModelSpec) -> Chat | None:
    """The switch, with the system's message and the thinking switch below it."""
    templates = {str(one.uncompressed): template_here(one) for one in models}
    on = st.toggle(**widget("chat"))
    st.caption(_told(templates, on=on))
    if not on:
        return None
    system = st.text_area(**widget("system"))
    knows = any("thinking" in (template or "") for template in templates.values())
    thinking = choice("thinking") if knows else ""
    return Chat(system.strip(), thinking)


def _told(templates: Mapping[str, str | None], *, on: bool) -> str:
    """What the models are, as far as their files are here."""
    known = {plain(name): template for name, template in templates.items() if template is not None}
    having, lacking = (
        listed([name for name, template in known.items() if bool(template) is has])
        for has in (True, False)
    )
    said = []
    if having and on:
        said.append(_("With a chat template: {models}. Prompts are put in it.", models=having))
    elif having:
        said.append(paragraph("read_as_base", models=having))
    if lacking:
        said.append(_("Without a chat template: {models}, a base model.", models=lacking))
    if None in templates.values():
        said.append(_("What is not on this machine is known once it is fetched."))
    return " ".join(said)


def values(chat: Chat | None) -> dict[str, Any]:
    """What fills the widgets, or the address of a link that does."""
    return {} if chat is None else {"chat": True, "system": chat.system, "thinking": chat.thinking}


def query(chat: Chat | None) -> dict[str, str]:
    """The same as a page's address has it."""
    said = values(chat)
    return {name: "true" if value is True else value for name, value in said.items() if value}


def given(known: Mapping[str, Any]) -> None:
    """The first prompt as the models were given it, for who asks; nothing without a template."""
    if text := rendered(known):
        n = len(known["rendered"]["ids"])
        label = ngettext(
            "What the models are given: {n:,} token", "What the models are given: {n:,} tokens", n
        )
        with st.expander(label):
            st.code(text, language=None, wrap_lines=True)
            st.caption(paragraph("as_given"))
