"""A probe's groups under both models and the difference between them; its samples' spread."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from fairviz.core.declared import sentences_of
from fairviz.figures.labels import safe
from fairviz.figures.palette import (
    BASELINE,
    COMPRESSED,
    LEGEND,
    NAMED,
    QUIET,
    SIZE,
    bars,
    hatched,
    through,
)
from fairviz.i18n import N_, _, number
from fairviz.metrics.traces import Floats
from fairviz.probes import labels

if TYPE_CHECKING:
    import pandas as pd

_say = sentences_of(__file__)

# Half the room between the two models' signs of a group, so that equal values do not hide.
_APART = 0.17
_SIDES = (("baseline", "circle", BASELINE, _APART), ("compressed", "diamond", COMPRESSED, -_APART))
_NAME, _TITLE = 26, 44
_TITLES = {"baseline": N_("Baseline"), "compressed": N_("Compressed")}
# Groups of fewer items than this are drawn pale: their intervals say little.
FEW = 10
CHANGED = "★"
# Of samples, at most so many bars.
_BARS = 16


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
    figure.add_scatter(
        x=[value for row in rows for value in (row.baseline, row.compressed, None)],
        y=[y for place in range(len(rows)) for y in (_APART - place, -_APART - place, None)],
        mode="lines",
        line={"color": QUIET, "width": 2},
        hoverinfo="skip",
        showlegend=False,
    )
    for side, symbol, colour, by in _SIDES:
        values, low, high = (groups[f"{side}{end}"] for end in ("", "_low", "_high"))
        colours = [_shade(colour, row) for row in rows]
        figure.add_scatter(
            x=values,
            y=[by - place for place in range(len(rows))],
            mode="markers",
            name=_(_TITLES[side]),
            marker={"color": colours, "symbol": symbol, "size": 10},
            error_x=bars(values, low, high, colour, thickness=1.6, width=3),
            customdata=[_hover(row) for row in rows],
            hovertemplate="%{customdata}<extra></extra>",
        )
    if math.isfinite(neutral):
        figure.add_vline(x=neutral, line={"color": QUIET, "width": 1.5, "dash": "dash"})
    return _laid_out(figure, rows, changed, measure)


def probe_difference(
    groups: pd.DataFrame, changed: Sequence[bool], measure: str, null: pd.DataFrame | None = None
) -> go.Figure:
    """One row a group: compressed minus baseline with its interval; filled where it changed.

    Args:
        groups: As in `probe_groups`.
        measure: As there: both figures are as high, so that their rows stand side by side.
        null: Rows `group`, `null_low`, `null_high`: what 95 % of null models change, drawn behind.
    """
    rows = list(groups.itertuples())
    signs = ["square" if one else "square-open" for one in changed]
    figure = go.Figure().add_scatter(
        x=groups["difference"],
        y=[-place for place in range(len(rows))],
        mode="markers",
        marker={
            "color": [_shade(SIZE, row) for row in rows],
            "symbol": signs,
            "size": 10,
            "line": {"width": 2},
        },
        error_x=bars(
            groups["difference"], groups["low"], groups["high"], SIZE, thickness=1.6, width=3
        ),
        customdata=[_hover(row) for row in rows],
        hovertemplate="%{customdata}<extra></extra>",
        showlegend=False,
    )
    place_of = {row.group: -place for place, row in enumerate(rows)}
    for row in [] if null is None else null.itertuples():
        if row.group in place_of:
            y = place_of[row.group]
            figure.add_shape(
                type="rect",
                x0=row.null_low,
                x1=row.null_high,
                y0=y - 0.3,
                y1=y + 0.3,
                fillcolor=QUIET,
                opacity=0.25,
                line_width=0,
                layer="below",
            )
    figure.add_vline(x=0, line={"color": QUIET, "width": 1.5, "dash": "dash"})
    _laid_out(figure, rows, changed, measure)
    title = _("Change of it, compressed − baseline")
    return figure.update_layout(xaxis={"title": {"text": title}})


def _shade(colour: str, row: Any) -> str:
    """The colour, pale where few items stand behind it."""
    return colour if row.n >= FEW else through(colour, 0.45)


def _hover(row: Any) -> str:
    lines = [_("<b>{group}</b>, n = {n:,}", group=safe(labels.shown(str(row.group))), n=row.n)]
    for key, value, low, high, form in (
        ("baseline", row.baseline, row.baseline_low, row.baseline_high, ".4g"),
        ("compressed", row.compressed, row.compressed_low, row.compressed_high, ".4g"),
        ("change", row.difference, row.low, row.high, "+.3g"),
    ):
        interval = _("[{low}, {high}]", low=number(low, form), high=number(high, form))
        lines.append(_say(key, value=number(value, form), interval=interval))
    if math.isfinite(row.p) and math.isfinite(row.p_holm):
        lines.append(_("p = {p:.2g}, after Holm {p_holm:.2g}", p=row.p, p_holm=row.p_holm))
    elif math.isfinite(row.p):
        lines.append(_("p = {p:.2g}", p=row.p))
    return "<br>".join(lines)


def _laid_out(
    figure: go.Figure, rows: Sequence[Any], changed: Sequence[bool], measure: str
) -> go.Figure:
    lines = textwrap.wrap(safe(measure), _TITLE)
    title, below = "<br>".join(lines), 44 + 17 * len(lines)
    # What holds for all groups stands apart from them.
    figure.add_hline(y=-0.5, line={"color": QUIET, "width": 1}, opacity=0.4, layer="below")
    return figure.update_layout(
        height=max(28, min(44, 320 // len(rows))) * len(rows) + 40 + below,
        margin={**NAMED, "b": below},
        legend=LEGEND,
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


def _name(row: Any, changed: bool) -> str:
    words = labels.shown(str(row.group))
    name = safe(words if len(words) <= _NAME else f"{words[: _NAME - 1].rstrip()}…")
    said = _("{group} ({n:,})", group=name, n=row.n)
    return f"<b>{CHANGED} {said}</b>" if changed else said


def probe_spread(baseline: Floats, compressed: Floats, title: str) -> go.Figure:
    """Bars of what share of samples has a value, the two models side by side.

    Args:
        baseline: (N,) one value a sample; NaN where it has none, which is not drawn.
        compressed: (N,) likewise.
        title: What is measured, with its unit.
    """
    both = np.concatenate([baseline, compressed])
    known = both[np.isfinite(both)]
    yes_no = bool(np.isin(known, (0.0, 1.0)).all())
    least, most = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    size = _width(most - least, whole=bool(np.all(known == np.round(known))))
    figure = go.Figure()
    for name, values, colour, shape in (
        (_("Baseline"), baseline, BASELINE, ""),
        (_("Compressed"), compressed, COMPRESSED, "/"),
    ):
        figure.add_histogram(
            x=values[np.isfinite(values)],
            name=name,
            histnorm="percent",
            xbins={"start": -0.5, "end": 1.5, "size": 1}
            if yes_no
            else {"start": math.floor(least / size) * size, "end": most + size, "size": size},
            marker=hatched(colour, shape),
            hovertemplate=_("{model}: %{{y:.1f}} % at %{{x}}", model=name) + "<extra></extra>",
        )
    ticks = {"tickvals": [0, 1], "ticktext": [_("no"), _("yes")]} if yes_no else {}
    return figure.update_layout(
        barmode="group",
        bargap=0.12,
        height=300,
        margin={**NAMED, "b": 8},
        legend=LEGEND,
        xaxis={"title": safe(title), "automargin": True, **ticks},
        yaxis={"title": _("Samples (%)"), "automargin": True, "rangemode": "tozero"},
    )


def _width(span: float, *, whole: bool) -> float:
    """Of a bar: the next of 1, 2, 5 times a power of ten that needs few bars."""
    if span <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span / _BARS))
    width = next(step * power for step in (1, 2, 5, 10) if span / (step * power) <= _BARS)
    return max(width, 1.0) if whole else width
