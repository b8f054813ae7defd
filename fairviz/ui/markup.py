"""What models and people wrote, shown as typed: in Markdown, in templates of our own, in tables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from fairviz.core.templates import templates
from fairviz.i18n import _, number

if TYPE_CHECKING:
    from pandas import DataFrame
    from pandas.io.formats.style import Styler

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


_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=\"'/@])")


def plain(text: str) -> str:
    """`text` shown as typed where Markdown is read: every sign of markup is escaped.

    Line breaks become spaces; spaces that do not break, as before a French colon, stay.
    """
    return _MARKUP.sub(r"\\\1", re.sub(r"[^\S\u00a0\u202f]+", " ", text).strip())


def unmarked(text: str) -> str:
    """`text` for a pill or a button: escaped only where it could be read as markup, since the
    label stands in the page's address as well."""
    return plain(text) if re.search(r"[\\`*_\[\]<>~$]|:\w+[:\[-]", text) else text


def numerals(table: DataFrame, forms: Mapping[str, str] | str) -> Styler:
    """`table` for `st.dataframe`, some of its columns written in a form.

    A number column with a `format` of its own in `column_config` would be written by the browser,
    with a point in every language: such a column gets its form here instead.

    Args:
        table: Its columns have names that differ.
        forms: Column -> Python's format (`.3g`); names that the table lacks are passed over. Or the
            format of all columns of fractions.
    """
    if isinstance(forms, str):
        forms = {str(name): forms for name in table if table[name].dtype.kind == "f"}
    there: dict[Any, Any] = {
        name: partial(number, form=form) for name, form in forms.items() if name in table
    }
    return table.style.format(there, na_rep="–", subset=list(there))
