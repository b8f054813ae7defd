"""Figures: their numbers as JSON beside the place they are drawn in, and as a table."""

from __future__ import annotations

import json
from typing import Any

from fairviz.analyses.presentation import Picture
from fairviz.i18n import _, current, signs
from fairviz.report.html.markup import embedded, escaped
from fairviz.report.html.tables import table, veiled

_HEIGHT = 420


def plot(one: Picture, name: str) -> str:
    """One figure with its caption, its words for who does not see it, and its numbers.

    Args:
        one: The figure.
        name: Unique within the file.
    """
    document = figure(one)
    height = int(document["layout"].get("height") or _HEIGHT)
    numbers = table(one.table, _("Numbers of the figure: {caption}", caption=one.caption))
    if one.sensitive:
        numbers = veiled(numbers)
    return (
        f'<figure><div class="plot" id="{name}" role="img" aria-label="{escaped(one.alt)}" '
        f'style="--height:{height}px"></div>'
        f'<script type="application/json" data-plot="{name}">{embedded(document)}</script>'
        f"<figcaption>{escaped(one.caption)}</figcaption>"
        f"<details><summary>{escaped(_('Numbers of this figure'))}</summary>{numbers}</details>"
        "</figure>"
    )


def figure(one: Picture) -> dict[str, Any]:
    """What plotly draws: without a theme of its own, numbers as the language writes them."""
    document: dict[str, Any] = json.loads(one.figure.to_json())
    layout = document.setdefault("layout", {})
    layout.pop("template", None)
    decimal, group, _rest = signs(current())
    layout["separators"] = decimal + group
    return {"data": document["data"], "layout": layout}
