"""Token text inside figures: shown as typed, never read as markup."""

from __future__ import annotations

import html


def shown(token: str) -> str:
    """A token for a hover label: whitespace visible, markup and `$` harmless.

    Plotly reads a few HTML tags in labels and hands text between dollar signs to
    MathJax where that is loaded; character references are shown as the characters.
    """
    visible = token.replace("\n", "⏎").replace("\t", "⇥").replace(" ", "␣")
    return html.escape(visible).replace("$", "&#36;") or "(part of a character)"


def axis(title: str, unit: str) -> str:
    """A title with its unit, unless the title says it already."""
    return f"{title} ({unit})" if unit and unit not in title.lower() else title
