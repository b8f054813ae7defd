"""The groups of a probe: both models' values, and the difference that compression makes."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from fairviz.figures.palette import BASELINE, COMPRESSED, QUIET, SIZE
from fairviz.figures.table_hover import safe
from fairviz.i18n import N_, _, number
from fairviz.probes import labels

if TYPE_CHECKING:
    import pandas as pd

# Half the room between the two models' signs of a group, so that equal values do not hide.
_APART = 0.17
_SIDES = (("baseline", "circle", BASELINE, _APART), ("compressed", "diamond", COMPRESSED, -_APART))
_NAME, _TITLE = 26, 44
_TITLES = {"baseline": N_("Baseline"), "compressed": N_("Compressed")}
# Groups of fewer items than this are drawn pale: their intervals say little.
FEW = 10
CHANGED = "★"


def probe_groups(
    groups: pd.DataFrame, changed: Sequence[bool], measure: str, neutral: float
) -> go.Figure:
    """One row a group: baseline and compressed value, each with its interval, joined by a line.

    Args:
        groups: Rows as `Outcome.groups` has them, from top to bottom.
        changed: Which of them changed by more than chance; these have a star before the name.
        measure: Title of the axis, with its unit.
        neutral: Where a dashed line says that nothing is preferred; NaN for none.
    """
    rows = list(groups.itertuples())
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=[value for row in rows for value in (row.baseline, row.compressed, None)],
            y=[y for place in range(len(rows)) for y in (_APART - place, -_APART - place, None)],
            mode="lines",
            line={"color": QUIET, "width": 2},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    for side, symbol, colour, by in _SIDES:
        figure.add_trace(
            go.Scatter(
                x=groups[side],
                y=[by - place for place in range(len(rows))],
                mode="markers",
                name=_(_TITLES[side]),
                marker={
                    "color": [_shade(colour, row) for row in rows],
                    "symbol": symbol,
                    "size": 10,
                },
                error_x=_interval(groups, side, f"{side}_", colour),
                customdata=[_hover(row) for row in rows],
                hovertemplate="%{customdata}<extra></extra>",
            )
        )
    if math.isfinite(neutral):
        figure.add_vline(x=neutral, line={"color": QUIET, "width": 1.5, "dash": "dash"})
    return _laid_out(figure, rows, changed, measure)


def probe_difference(groups: pd.DataFrame, changed: Sequence[bool], measure: str) -> go.Figure:
    """One row a group: compressed minus baseline with its interval; filled where it changed.

    Args:
        groups: As in `probe_groups`.
        changed: As there.
        measure: As there: both figures are as high, so that their rows stand side by side.
    """
    rows = list(groups.itertuples())
    signs = ["square" if one else "square-open" for one in changed]
    figure = go.Figure(
        go.Scatter(
            x=groups["difference"],
            y=[-place for place in range(len(rows))],
            mode="markers",
            marker={
                "color": [_shade(SIZE, row) for row in rows],
                "symbol": signs,
                "size": 10,
                "line": {"width": 2},
            },
            error_x=_interval(groups, "difference", "", SIZE),
            customdata=[_hover(row) for row in rows],
            hovertemplate="%{customdata}<extra></extra>",
            showlegend=False,
        )
    )
    figure.add_vline(x=0, line={"color": QUIET, "width": 1.5, "dash": "dash"})
    _laid_out(figure, rows, changed, measure)
    title = _("Change of it, compressed − baseline")
    return figure.update_layout(xaxis={"title": {"text": title}})


def _shade(colour: str, row: Any) -> str:
    """The colour, pale where few items stand behind it."""
    if row.n >= FEW:
        return colour
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.45)"


def _interval(groups: pd.DataFrame, value: str, stem: str, colour: str) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": (groups[f"{stem}high"] - groups[value]).fillna(0).clip(lower=0),
        "arrayminus": (groups[value] - groups[f"{stem}low"]).fillna(0).clip(lower=0),
        "color": colour,
        "thickness": 1.6,
        "width": 3,
    }


def _hover(row: Any) -> str:
    lines = [
        _("<b>{group}</b>, n = {n:,}", group=safe(labels.shown(str(row.group))), n=row.n),
        _(
            "baseline {value} {interval}",
            value=number(row.baseline, ".4g"),
            interval=_between(row.baseline_low, row.baseline_high, ".4g"),
        ),
        _(
            "compressed {value} {interval}",
            value=number(row.compressed, ".4g"),
            interval=_between(row.compressed_low, row.compressed_high, ".4g"),
        ),
        _(
            "change {value} {interval}",
            value=number(row.difference, "+.3g"),
            interval=_between(row.low, row.high, "+.3g"),
        ),
    ]
    if math.isfinite(row.p) and math.isfinite(row.p_holm):
        lines.append(_("p = {p:.2g}, after Holm {p_holm:.2g}", p=row.p, p_holm=row.p_holm))
    elif math.isfinite(row.p):
        lines.append(_("p = {p:.2g}", p=row.p))
    return "<br>".join(lines)


def _between(low: float, high: float, form: str) -> str:
    return _("[{low}, {high}]", low=number(low, form), high=number(high, form))


def _laid_out(
    figure: go.Figure, rows: Sequence[Any], changed: Sequence[bool], measure: str
) -> go.Figure:
    lines = textwrap.wrap(safe(measure), _TITLE)
    title, below = "<br>".join(lines), 44 + 17 * len(lines)
    # What holds for all groups stands apart from them.
    figure.add_hline(y=-0.5, line={"color": QUIET, "width": 1}, opacity=0.4, layer="below")
    figure.update_layout(
        height=28 * len(rows) + 40 + below,
        margin={"l": 8, "r": 16, "t": 40, "b": below},
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0},
        hoverlabel={"align": "left"},
        xaxis={"title": {"text": title, "standoff": 8}, "nticks": 6},
        yaxis={
            "automargin": True,
            "tickmode": "array",
            "tickvals": [-place for place in range(len(rows))],
            "ticktext": [_name(row, one) for row, one in zip(rows, changed, strict=True)],
            "range": [-len(rows) + 0.4, 0.6],
            "zeroline": False,
            "showgrid": False,
        },
    )
    return figure


def _name(row: Any, changed: bool) -> str:
    words = labels.shown(str(row.group))
    name = safe(words if len(words) <= _NAME else f"{words[: _NAME - 1].rstrip()}…")
    said = _("{group} ({n:,})", group=name, n=row.n)
    return f"<b>{CHANGED} {said}</b>" if changed else said
