"""Texts with their chips: every token as typed, its value in colour, stroke and words."""

from __future__ import annotations

from fairviz.analyses.presentation import Chip, Text
from fairviz.i18n import _, ngettext
from fairviz.report.html.markup import escaped

# Weaker colours than this cannot be seen, and stronger ones get a stroke as well.
_FAINT, _STROKED = 0.03, 0.15


def texts(found: tuple[Text, ...], *, veiled: bool) -> str:
    """Texts side by side where there is room, under one legend."""
    if not found:
        return ""
    legends = dict.fromkeys(one.legend for one in found if one.legend)
    said = "".join(f'<p class="legend">{escaped(one)}</p>' for one in legends)
    if any(chip.marked for one in found for chip in one.chips):
        words = _("Underlined: words that the other text does not have in that place.")
        said += f'<p class="legend">{escaped(words)}</p>'
    panes = "".join(map(_text, found))
    hidden = " veiled" if veiled else ""
    return f'{said}<div class="texts{hidden}">{panes}</div>'


def _text(one: Text) -> str:
    chips = "".join(
        (_parting() if place == one.parts_at else "") + _chip(chip)
        for place, chip in enumerate(one.chips)
    )
    if one.parts_at is not None and one.parts_at >= len(one.chips) and not one.left:
        chips += _parting()
    if not one.chips:
        chips = f'<span class="none">{escaped(_("(nothing was written)"))}</span>'
    left = ""
    if one.left:
        words = ngettext(
            "{n:,} further token is not shown here; numbers and figures are of all.",
            "{n:,} further tokens are not shown here; numbers and figures are of all.",
            one.left,
        )
        left = f'<p class="legend">{escaped(words)}</p>'
    valued = any(chip.said for chip in one.chips)
    reads = _("{title}: the arrow keys read token by token", title=one.title)
    group = f' tabindex="0" role="group" aria-label="{escaped(reads)}"' if valued else ""
    readout = '<output class="readout"></output>' if valued else ""
    style = f' style="--low:{escaped(one.low)};--high:{escaped(one.high)}"' if one.high else ""
    return (
        f'<article class="text {escaped(one.side)}"{style}><h4>{escaped(one.title)}</h4>'
        f'<div class="tokens" dir="auto"{group}>'
        f'<span class="prompt">{escaped(one.prompt)}</span>{chips}</div>{readout}{left}</article>'
    )


def _chip(chip: Chip) -> str:
    title = f' title="{escaped(chip.said)}"' if chip.said else ""
    if chip.marked:
        return f"<mark{title}>{escaped(chip.text)}</mark>"
    size = abs(chip.strength)
    if size < _FAINT:
        return f'<i class="c"{title}>{escaped(chip.text)}</i>'
    name = "c down" if chip.strength < 0 else "c up"
    name += " stroked" if size >= _STROKED else ""
    return f'<i class="{name}" style="--s:{size:.2f}"{title}>{escaped(chip.text)}</i>'


def _parting() -> str:
    said = escaped(_("here the two texts part"))
    return f'<b class="parts" title="{said}"><span class="unseen">({said})</span>‖</b>'
