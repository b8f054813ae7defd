"""One look per compression method, and the legend of figures that share one."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING, NamedTuple

from fairviz.benchmarks import labels
from fairviz.core.declared import declared, records
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


class Look(NamedTuple):
    """How a method is drawn."""

    colour: str
    symbol: str
    dash: str


_DRAWN = declared(__file__)
LOOKS = {name: Look(**fields) for name, fields in _DRAWN["looks"].items()}
_OTHERS = records(Look, __file__, "others")
_SIGNS: dict[str, str] = _DRAWN["signs"]
_STROKES: dict[str, str] = _DRAWN["strokes"]
_GREY = "#808895"


def look(method: str) -> Look:
    """The look of a method; one that no study here has gets one by its name."""
    return LOOKS.get(method) or _OTHERS[sum(map(ord, method)) % len(_OTHERS)]


class Legend(NamedTuple):
    """What is explained."""

    methods: tuple[str, ...]  # names, `none` for the baseline
    lines: bool = True  # whether the figure has lines
    patterns: bool = False  # whether 2:4 and 4:8 occur
    floor: bool = False  # whether the grey area of chance is drawn


def legend_of(rows: pd.DataFrame, *, lines: bool) -> Legend:
    """The legend of a figure of these rows of a bias table, or of `benchmarks.drift`."""
    patterns = set(rows["structure"].astype(str)) & {"2:4", "4:8"}
    return Legend(
        tuple(sorted(set(rows["method"].astype(str)), key=labels.order)),
        lines,
        lines and bool(patterns),
        "floor" in rows and bool(rows["floor"].notna().any()),
    )


def legend(shown: Legend) -> str:
    """The methods' colours, signs and strokes as HTML."""
    entries = []
    for method in shown.methods:
        how = look(method)
        sign = "" if method == "none" else _sign(how.symbol, how.colour)
        stroke = _line(how.colour, how.dash) if shown.lines or method == "none" else ""
        entries.append((stroke + sign, labels.method(method)))
    if shown.patterns:
        entries += [
            (_sign("triangle-left", _GREY), _("pattern 2:4")),
            (_sign("triangle-right", _GREY), _("pattern 4:8")),
        ]
    if shown.floor:
        area = f'<rect x="-13" y="-4" width="26" height="8" fill="{_GREY}55"/>'
        entries.append((area, _("chance")))
    cells = "".join(
        '<span style="display:inline-flex;align-items:center;gap:.35rem;white-space:nowrap">'
        f'<img alt="" width="30" height="14" src="{_image(drawn)}">{html.escape(name)}</span>'
        for drawn, name in entries
    )
    return (
        '<div data-testid="fv-legend" style="display:flex;flex-wrap:wrap;gap:.2rem .9rem;'
        f'font-size:.85rem">{cells}</div>'
    )


def with_legend(figure: go.Figure, shown: Legend) -> go.Figure:
    """A figure that says itself what its signs mean, where no legend stands above it."""
    if not shown.lines:
        return figure.update_layout(showlegend=True)
    for method in shown.methods:
        how = look(method)
        figure.add_scatter(
            x=[None],
            y=[None],
            name=labels.method(method),
            mode="lines+markers",
            line={"color": how.colour, "dash": how.dash},
            showlegend=True,
            marker={"symbol": how.symbol, "color": how.colour, "size": 9},
        )
    return figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "y": -0.3, "yanchor": "top", "x": 0},
        height=420,
        margin={"b": 120},
    )


def _image(drawn: str) -> str:
    """A drawing as an image: the page's own HTML may hold no drawings."""
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-15 -7 30 14">{drawn}</svg>'
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _sign(symbol: str, colour: str) -> str:
    return f'<path d="{_SIGNS.get(symbol, _SIGNS["circle"])}" fill="{colour}"/>'


def _line(colour: str, dash: str) -> str:
    return (
        f'<path d="M-14 0H14" stroke="{colour}" stroke-width="2" '
        f'stroke-dasharray="{_STROKES.get(dash, "")}"/>'
    )
