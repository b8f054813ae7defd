"""Size against harm for every compressed form of one baseline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from fairviz.figures.labels import safe
from fairviz.figures.legend import LOOKS
from fairviz.figures.palette import BARE, BASELINE, LEGEND, QUIET, bars
from fairviz.i18n import N_, _

# The colour tells the family, the sign the method.
FAMILIES = {
    N_("quantization"): LOOKS["int8"].colour,
    N_("pruning"): LOOKS["sparsegpt"].colour,
    N_("structured pruning"): LOOKS["wanda"].colour,
    N_("distillation"): LOOKS["awq"].colour,
}
_SIGNS = {name: how.symbol for name, how in LOOKS.items() if name != "none"} | {
    "nf4": "star",
    "fp4": "hexagon",
    "rtn": "hourglass",
    "smoothquant": "diamond-wide",
    "drop": "triangle-down",
    "distilled": "star-triangle-up",
    "gguf": "bowtie",
}
# The baseline, as in the project's other figures.
_LEVEL = {"color": BASELINE, "dash": "dot", "width": 2}
# What the axes span on a page of 1280 pixels, beside the sidebar and below the legend.
_PIXELS = (800.0, 330.0)


class Mark(NamedTuple):
    """One compressed form."""

    name: str  # beside its sign
    method: str  # name of the method, which chooses the sign
    family: str  # a key of `FAMILIES`, which chooses the colour
    size: float  # across, in MB
    harm: float  # up
    told: tuple[str, ...]  # lines that pointing at it tells, the first in bold
    interval: tuple[float, float] | None = None  # of `harm`; None where it has none


class Axis(NamedTuple):
    """The axis of harm."""

    title: str  # with its unit
    log: bool  # whether it is logarithmic
    still: float | None  # the value of the baseline itself; None where the axis has no place for it


def tradeoff(
    marks: Sequence[Mark], baseline: str, *, across: str, up: Axis, whole: float | None = None
) -> go.Figure:
    """One sign per compressed form: its size across, what it does to the model up.

    The forms that no other beats in both are joined; as many names are drawn as have room.

    Args:
        marks: The compressed forms; on a logarithmic axis their harms are above 0.
        across: Title of the axis of sizes, with its unit.
        whole: The baseline's own size in MB; None where it is not known.
    """
    widest = max([mark.size for mark in marks] + [whole or 0.0], default=0.0) or 1.0
    span = _span(marks, up)
    figure = go.Figure()
    best = front(marks)
    if len(best) > 1:
        figure.add_scatter(
            x=[mark.size for mark in best],
            y=[mark.harm for mark in best],
            mode="lines",
            line={"color": QUIET, "width": 1.5, "dash": "dot", "shape": "hv"},
            hoverinfo="skip",
            showlegend=False,
        )
    order = list(FAMILIES)
    methods = dict.fromkeys(
        (order.index(one.family) if one.family in order else len(order), one.family, one.method)
        for one in marks
    )
    for _rest, family, method in sorted(methods):
        part = [one for one in marks if (one.family, one.method) == (family, method)]
        figure.add_trace(_signs(part, family, method))
    if whole is not None:
        words = _("{name}, {size:.3g} MB", name=safe(baseline), size=whole)
        at = {"yref": "paper", "y": 0, "yanchor": "bottom", "xanchor": "right", "textangle": 0}
        told = {"text": words, "font": {"color": BASELINE}, **at}
        figure.add_vline(x=whole, line=_LEVEL, annotation=told)
    if up.still is not None:
        figure.add_hline(y=up.still, line=_LEVEL)
    return figure.update_layout(
        height=520,
        margin=BARE,
        xaxis={"title": across, "range": (0.0, 1.12 * widest)},
        yaxis={
            "title": up.title,
            "type": "log" if up.log else "linear",
            "range": [math.log10(end) for end in span] if up.log else span,
            **({"exponentformat": "power", "dtick": _ticks(span)} if up.log else {}),
        },
        legend=LEGEND,
        annotations=[
            *figure.layout.annotations,
            *_names([*best, *(one for one in marks if one not in best)], up, 1.12 * widest, span),
        ],
    )


# As many can all be named where there is room.
_FEW = 12


def front(marks: Sequence[Mark]) -> list[Mark]:
    """The forms that none of the others beats in both, the smallest first."""
    best: list[Mark] = []
    for mark in sorted(marks, key=lambda mark: (mark.size, mark.harm)):
        if not best or mark.harm < best[-1].harm:
            best.append(mark)
    return best


def _signs(part: list[Mark], family: str, method: str) -> go.Scatter:
    colour = FAMILIES.get(family, QUIET)
    harm = np.array([mark.harm for mark in part])
    # An interval that reaches 0 goes down to the end of a logarithmic axis.
    low, high = np.array([mark.interval or (mark.harm, mark.harm) for mark in part]).T
    low = np.maximum(low, harm / 1e3)
    known = any(mark.interval for mark in part)
    return go.Scatter(
        x=[mark.size for mark in part],
        y=[mark.harm for mark in part],
        mode="markers",
        name="GGUF" if method == "gguf" else safe(_(method)),
        marker={
            "color": colour,
            "symbol": _SIGNS.get(method, "circle-open-dot"),
            "size": 11,
            "line": {"width": 1, "color": colour},
        },
        customdata=[_hover(mark) for mark in part],
        hovertemplate="%{customdata}<extra></extra>",
        error_y=bars(harm, low, high, colour, thickness=1.5, width=4) if known else None,
    )


def _hover(mark: Mark) -> str:
    first, *others = map(safe, mark.told)
    return "<br>".join((f"<b>{first}</b>", *others))


def _span(marks: Sequence[Mark], up: Axis) -> tuple[float, float]:
    """Harms with a margin (a factor where logarithmic)."""
    ups = [mark.harm for mark in marks]
    ups += [end for mark in marks for end in mark.interval or () if end > mark.harm / 30]
    if up.still is not None:
        ups.append(up.still)
    low, high = min(ups, default=0.1), max(ups, default=1.0)
    if up.log:
        spread = max(math.log10(high / low), 0.3)
        return low / 10 ** (0.08 * spread), high * 10 ** (0.08 * spread)
    spread = (high - low) or 1.0
    return low - 0.05 * spread, high + 0.08 * spread


def _ticks(span: tuple[float, float]) -> int | str:
    """Powers of ten over a wide span, their halves too over a narrow one."""
    return 1 if span[1] / span[0] > 100 else "D2" if span[1] / span[0] > 2 else "D1"


def _names(
    marks: list[Mark], up: Axis, right: float, span: tuple[float, float]
) -> list[dict[str, Any]]:
    """Names beside the signs, the first first, as far as there is room; of many the best ones and
    the one of each method that does most."""

    def height(value: float) -> float:
        return math.log10(value) if up.log else value

    low, high = height(span[0]), height(span[1])
    spots = [
        Spot(
            mark.size / right * _PIXELS[0],
            (high - height(mark.harm)) / (high - low) * _PIXELS[1],
            mark.name,
        )
        for mark in marks
    ]
    named = {
        *front(marks),
        *{one.method: one for one in sorted(marks, key=attrgetter("harm"))}.values(),
    }
    if len(marks) <= _FEW:
        named = {*marks}
    return [
        {
            "x": mark.size,
            "y": height(mark.harm),
            "text": safe(spot.text),
            "showarrow": False,
            "font": {"size": 12},
            **place._asdict(),
        }
        for mark, spot, place in zip(marks, spots, places(spots), strict=True)
        if place is not None and mark in named
    ]


# Of the pages' font at 12 pixels, a little wide so that names keep their distance.
_CHARACTER, _LINE = 7.0, 15.0
_SIGN = 7.0
_GAP = 9.0


class Spot(NamedTuple):
    """A point in pixels from the upper left corner, and its name."""

    x: float
    y: float
    text: str


class Place(NamedTuple):
    """A name's side of its point, in the terms of a plotly annotation."""

    xanchor: str
    yanchor: str
    xshift: float
    yshift: float


_SIDES = (
    Place("left", "middle", _GAP, 0.0),
    Place("right", "middle", -_GAP, 0.0),
    Place("center", "bottom", 0.0, _GAP),
    Place("center", "top", 0.0, -_GAP),
)

_Box = tuple[float, float, float, float]


def places(spots: Sequence[Spot]) -> list[Place | None]:
    """A side for each name, the first ones first; None where none is free.

    No name lies over another name, another point, or the edge.
    """
    signs = [(spot.x - _SIGN, spot.y - _SIGN, spot.x + _SIGN, spot.y + _SIGN) for spot in spots]
    taken: list[_Box] = []
    found: list[Place | None] = []
    for number, spot in enumerate(spots):
        others = taken + signs[:number] + signs[number + 1 :]
        for side in _SIDES:
            box = _box(spot, side)
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= _PIXELS[0] and box[3] <= _PIXELS[1]
            if inside and not any(_overlap(box, other) for other in others):
                taken.append(box)
                found.append(side)
                break
        else:
            found.append(None)
    return found


def _box(spot: Spot, side: Place) -> _Box:
    """Left, top, right, bottom of a name; shifts count upwards, pixels downwards."""
    wide = _CHARACTER * len(spot.text)
    left = spot.x + side.xshift - {"left": 0.0, "center": wide / 2, "right": wide}[side.xanchor]
    top = spot.y - side.yshift - {"top": 0.0, "middle": _LINE / 2, "bottom": _LINE}[side.yanchor]
    return left, top, left + wide, top + _LINE


def _overlap(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
