"""Text of models and people inside labels that streamlit reads as Markdown."""

from __future__ import annotations

import re

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&^=\"'/@])")


def plain(text: str) -> str:
    """`text` shown as typed where Markdown is read: every sign of markup is escaped."""
    return _MARKUP.sub(r"\\\1", _one_line(text))


def unmarked(text: str) -> str:
    """`text` for a pill or a button: escaped only where it could be read as markup, since the
    label stands in the page's address as well."""
    return plain(text) if re.search(r"[\\`*_\[\]<>~$]|:\w+[:\[-]", text) else text


def shortened(text: str, most: int = 60) -> str:
    """One line of at most `most` characters."""
    line = _one_line(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _one_line(text: str) -> str:
    """Without line breaks; spaces that do not break, as before a French colon, stay."""
    return re.sub(r"[^\S\u00a0\u202f]+", " ", text).strip()
