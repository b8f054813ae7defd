"""Text of models and people inside figures: shown as typed, never read as markup."""

from __future__ import annotations

import html

from fairviz.i18n import _


def visible(token: str) -> str:
    """A token with its white space to be seen."""
    shown = token.replace("\n", "⏎").replace("\t", "⇥").replace(" ", "␣")
    return shown or _("(part of a character)")


def safe(text: object) -> str:
    """Text of others for a label: markup and `$` harmless.

    Plotly reads a few HTML tags in labels and hands text between dollar signs to
    MathJax where that is loaded; character references are shown as the characters.
    """
    return html.escape(str(text)).replace("$", "&#36;")


def shown(token: str) -> str:
    """A token for a hover label: whitespace visible, markup and `$` harmless."""
    return safe(visible(token))


def axis(title: str, unit: str) -> str:
    """A title with its unit, both as the reader reads them, unless the title says it already."""
    return f"{title} ({unit})" if unit and unit not in title.lower() else title


def inside(title: str) -> str:
    """A title within a sentence: a small first letter, unless its first word is a name."""
    first = title.split(" ", 1)[0]
    return title if any(sign.isupper() for sign in first[1:]) else title[:1].lower() + title[1:]
