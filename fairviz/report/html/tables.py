"""Tables with a caption and scoped headings, numbers as the language writes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.analyses.estimates import minus
from fairviz.analyses.presentation import Card, Table
from fairviz.i18n import _, number
from fairviz.report.html.markup import escaped

if TYPE_CHECKING:
    import pandas as pd


def table(frame: pd.DataFrame, caption: str) -> str:
    """A table that scrolls sideways by itself where the page is narrow."""
    heads = "".join(f'<th scope="col">{escaped(name)}</th>' for name in frame.columns)
    numeric = [frame[name].dtype.kind in "fiu" for name in frame.columns]
    body = "".join(
        "<tr>"
        + "".join(_cell(value, one) for value, one in zip(row, numeric, strict=True))
        + "</tr>"
        for row in frame.itertuples(index=False, name=None)
    )
    return (
        f'<div class="wide" tabindex="0" role="group" aria-label="{escaped(caption)}"><table>'
        f"<caption>{escaped(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(value: Any, numeric: bool) -> str:
    return f"<td{' class=n' if numeric else ' dir=auto'}>{escaped(written(value))}</td>"


def written(value: Any) -> str:
    """A cell's value as a reader reads it; what is missing is a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool | np.bool_):
        return _("yes") if value else _("no")
    if isinstance(value, int | np.integer):
        return minus(number(int(value), ",d"))
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            return "–"
        size = float(value)
        whole = size.is_integer() and abs(size) < 1e12
        return minus(number(size, ",.0f" if whole else ".4g"))
    said = str(value)
    return "–" if said in ("<NA>", "NaT") else said


def veiled(markup: str) -> str:
    """Markup that is blurred until the reader asks for it."""
    return f'<div class="veiled">{markup}</div>'


def section_table(one: Table) -> str:
    """A table of an item, folded where it is long."""
    drawn = table(one.frame, one.caption)
    if one.sensitive:
        drawn = veiled(drawn)
    if one.folded:
        return f"<details><summary>{escaped(one.caption)}</summary>{drawn}</details>"
    return drawn


def cards(found: tuple[Card, ...]) -> str:
    """Both identity cards side by side, one fact a row."""
    names = list(dict.fromkeys(name for card in found for name, _rest in card.rows))
    facts = [dict(card.rows) for card in found]
    titles = {"baseline": _("Baseline"), "compressed": _("Compressed model")}
    heads = "".join(
        f'<th scope="col" class="{card.side}">{escaped(titles[card.side])}<br>'
        f"<code>{escaped(card.name)}</code></th>"
        for card in found
    )
    rows = "".join(
        f'<tr><th scope="row">{escaped(name)}</th>'
        + "".join(f"<td>{escaped(known.get(name, '–'))}</td>" for known in facts)
        + "</tr>"
        for name in names
    )
    caption = _("Measured on the weights in memory when the numbers were made.")
    return (
        f'<div class="wide" tabindex="0" role="group" aria-label="{escaped(caption)}">'
        f'<table class="cards"><caption>{escaped(caption)}</caption>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
