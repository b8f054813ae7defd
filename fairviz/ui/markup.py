"""Markup of our own on a page: templates that escape every text of a model or a person."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from fairviz.core.templates import templates
from fairviz.i18n import _

_TEMPLATES = Path(__file__).with_name("templates")


def draw(template: str, **values: object) -> None:
    """A template of `ui/templates` with these values."""
    st.html(of(template, **values))


def of(template: str, **values: object) -> str:
    """What `draw` shows, for a place that is there already."""
    return templates(_TEMPLATES).get_template(f"{template}.jinja").render(values)


def quotes() -> tuple[str, str]:
    """The language's quotation marks."""
    before, after = _("“{text}”", text="\0").split("\0")
    return before, after
