"""Size against harm for every compressed form of one baseline."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from fairviz.figures.label_places import Spot, places
from fairviz.figures.methods import LOOKS
from fairviz.figures.palette import BASELINE, QUIET
from fairviz.figures.tradeoff_axes import (
    HARMS,
    SIZES,
    drawable,
    front,
    harm_of,
    shown_name,
    size_of,
)
from fairviz.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from fairviz.analyses.tradeoff.measure import Point


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
}
_HEIGHT = 520
_MARGIN = {"l": 76, "r": 24, "t": 16, "b": 64}
# What the axes span on a page of 1280 pixels, beside the sidebar and below the legend.
_PIXELS = (800.0, 330.0)


def tradeoff(
    points: Sequence[Point], baseline: str, *, size: str, harm: str, whole: float | None = None
) -> go.Figure:
    """One sign per compressed form: its size across, what it does to the model up.

    The forms that no other beats in both are joined; as many names are drawn as have room.

    Args:
        points: The compressed forms; those without a place are left out.
        baseline: The baseline's name.
        size: A key of `SIZES`.
        harm: A key of `HARMS`.
        whole: The baseline's own size in MB; None where it is not known.
    """
    measure = HARMS[harm]
    shown = [one for one in points if drawable(one, size, harm)]
    ranges = _ranges(shown, size, harm, whole)
    figure = go.Figure()
    _front(figure, shown, size, harm)
    order = list(FAMILIES)
    methods = dict.fromkeys(
        (order.index(one.family) if one.family in order else len(order), one.family, one.method)
        for one in shown
    )
    for _rest, family, method in sorted(methods):
        part = [one for one in shown if (one.family, one.method) == (family, method)]
        figure.add_trace(_signs(part, family, method, size, harm))
    if whole is not None:
        _level(figure, "v", whole, _("{name}, {size:.3g} MB", name=_name(baseline), size=whole))
    if measure.still is not None:
        _level(figure, "h", measure.still, "")
    figure.update_layout(
        height=_HEIGHT,
        margin=_MARGIN,
        xaxis={"title": _(SIZES[size]), "range": ranges[0]},
        yaxis={
            "title": _(measure.title),
            "type": "log" if measure.log else "linear",
            "range": [math.log10(end) for end in ranges[1]] if measure.log else ranges[1],
            **({"exponentformat": "power", "dtick": _ticks(ranges[1])} if measure.log else {}),
        },
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "groupclick": "toggleitem",
        },
        annotations=[*figure.layout.annotations, *_names(shown, size, harm, ranges)],
    )
    return figure


def form(name: str, baseline: str) -> str:
    """The compressed form without the baseline's name: `wanda:0.5` of `demo+wanda:0.5`."""
    return name.removeprefix(f"{baseline}+")


def _signs(part: list[Point], family: str, method: str, size: str, harm: str) -> go.Scatter:
    colour = FAMILIES.get(family, QUIET)
    up = [harm_of(one, harm) for one in part]
    bars: dict[str, Any] = {}
    if harm == "kl":
        # An interval that reaches 0 goes down to the end of a logarithmic axis.
        low = [max(one.kl_low, one.kl / 1e3) for one in part]
        bars["error_y"] = {
            "type": "data",
            "symmetric": False,
            "array": [one.kl_high - one.kl for one in part],
            "arrayminus": [one.kl - end for one, end in zip(part, low, strict=True)],
            "color": colour,
            "thickness": 1.5,
            "width": 4,
        }
    return go.Scatter(
        x=[size_of(one, size) for one in part],
        y=up,
        mode="markers",
        name=_name(_(method)),
        legendgroup=family,
        legendgrouptitle={"text": _name(_(family).capitalize())},
        marker={
            "color": colour,
            "symbol": _SIGNS.get(method, "circle-open-dot"),
            "size": 11,
            "line": {"width": 1, "color": colour},
        },
        customdata=[_hover(one) for one in part],
        hovertemplate="%{customdata}<extra></extra>",
        **bars,
    )


def _hover(one: Point) -> str:
    lines = [
        f"<b>{_name(shown_name(one.name))}</b>",
        _(
            "{disk:.3g} MB on disk, {memory:.3g} MB in memory",
            disk=one.bytes_on_disk / 1e6,
            memory=one.bytes_in_memory / 1e6,
        ),
        _(
            "mean KL {kl:.3g} [{low:.3g}, {high:.3g}] nats per token",
            kl=one.kl,
            low=one.kl_low,
            high=one.kl_high,
        ),
        _(
            "perplexity {perplexity:.4g}, {ratio:.3g} times the baseline's",
            perplexity=one.perplexity,
            ratio=one.perplexity_ratio,
        ),
        "" if one.bias_shift is None else _("bias shift {shift:.3g}", shift=one.bias_shift),
        ngettext(
            "{n:,} token of {text}", "{n:,} tokens of {text}", one.tokens, text=_name(_(one.text))
        ),
    ]
    return "<br>".join(line for line in lines if line)


def _name(text: str) -> str:
    return html.escape(text).replace("$", "&#36;")


def _front(figure: go.Figure, shown: list[Point], size: str, harm: str) -> None:
    best = front(shown, size, harm)
    if len(best) < 2:
        return
    figure.add_trace(
        go.Scatter(
            x=[size_of(one, size) for one in best],
            y=[harm_of(one, harm) for one in best],
            mode="lines",
            line={"color": QUIET, "width": 1.5, "dash": "dot", "shape": "hv"},
            hoverinfo="skip",
            showlegend=False,
        )
    )


def _level(figure: go.Figure, way: str, value: float, words: str) -> None:
    """The baseline: a dotted line, as in the project's other figures."""
    line = {"color": BASELINE, "dash": "dot", "width": 2}
    if way == "v":
        figure.add_vline(
            x=value,
            line=line,
            annotation={
                "text": words,
                "font": {"color": BASELINE},
                "yref": "paper",
                "y": 0,
                "yanchor": "bottom",
                "xanchor": "right",
                "textangle": 0,
            },
        )
    else:
        figure.add_hline(y=value, line=line)


def _ranges(
    shown: list[Point], size: str, harm: str, whole: float | None
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Spans of both axes: sizes from 0, harms with a margin (a factor where logarithmic)."""
    widest = max([size_of(one, size) for one in shown] + [whole or 0.0], default=0.0) or 1.0
    measure = HARMS[harm]
    ups = [harm_of(one, harm) for one in shown]
    if harm == "kl":
        ups += [end for one in shown for end in (one.kl_low, one.kl_high) if end > one.kl / 30]
    if measure.still is not None:
        ups.append(measure.still)
    if not ups:
        ups = [0.1, 1.0]
    low, high = min(ups), max(ups)
    if measure.log:
        spread = max(math.log10(high / low), 0.3)
        up = (low / 10 ** (0.08 * spread), high * 10 ** (0.08 * spread))
    else:
        spread = (high - low) or 1.0
        up = (low - 0.05 * spread, high + 0.08 * spread)
    return (0.0, 1.12 * widest), up


def _ticks(span: tuple[float, float]) -> int | str:
    """Powers of ten over a wide span, their halves too over a narrow one."""
    return 1 if span[1] / span[0] > 100 else "D2" if span[1] / span[0] > 2 else "D1"


def _names(
    shown: list[Point],
    size: str,
    harm: str,
    ranges: tuple[tuple[float, float], tuple[float, float]],
) -> list[dict[str, Any]]:
    """Names beside the signs, those of the front first, as far as there is room."""
    log = HARMS[harm].log

    def up(value: float) -> float:
        return math.log10(value) if log else value

    (left, right), (low, high) = ranges[0], (up(ranges[1][0]), up(ranges[1][1]))
    best = front(shown, size, harm)
    ordered = best + [one for one in shown if one not in best]
    spots = [
        Spot(
            (size_of(one, size) - left) / (right - left) * _PIXELS[0],
            (high - up(harm_of(one, harm))) / (high - low) * _PIXELS[1],
            shown_name(one.name).rpartition("+")[2],
        )
        for one in ordered
    ]
    return [
        {
            "x": size_of(one, size),
            "y": up(harm_of(one, harm)),
            "text": _name(spot.text),
            "showarrow": False,
            "font": {"size": 12},
            "xanchor": place.x_anchor,
            "yanchor": place.y_anchor,
            "xshift": place.x_shift,
            "yshift": place.y_shift,
        }
        for one, spot, place in zip(ordered, spots, places(spots, _PIXELS), strict=True)
        if place is not None
    ]
