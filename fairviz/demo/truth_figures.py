"""The bundled model against what was planted in it, drawn: every share, and how far they lie."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fairviz.demo.drift import Drift
from fairviz.demo.recovered import Recovered
from fairviz.figures.labels import shown
from fairviz.figures.palette import BASELINE, COMPRESSED, QUIET, noise
from fairviz.i18n import N_, _

_COLUMNS = 3
_KINDS = {
    "samples": (N_("pronoun, rate of samples (95 %)"), "circle-open"),
    "pronoun": (N_("pronoun, read"), "circle"),
    "trait": (N_("trait of a valley, read"), "diamond"),
}
_PARTS = {
    ("fr", "pronoun"): N_("French pronouns"),
    ("fr", "trait"): N_("French traits"),
    ("en", "pronoun"): N_("English pronouns"),
    ("en", "trait"): N_("English traits"),
}


def against_truth(cells: Mapping[str, Sequence[Recovered]], baseline: str) -> go.Figure:
    """One panel a model: planted probability across, found probability up.

    Filled signs are read from the probabilities (minimal pairs, counterfactuals), open ones are
    rates of samples with their 95 % intervals. What was planted is the diagonal.

    Args:
        cells: Every compressed form's planted shares; the baseline's are those of the first.
    """
    names = [baseline, *cells]
    rows = -(-len(names) // _COLUMNS)
    figure = make_subplots(
        rows,
        _COLUMNS,
        subplot_titles=[html.escape(name) for name in names],
        shared_xaxes="all",
        shared_yaxes="all",
        horizontal_spacing=0.03,
        vertical_spacing=0.09,
    )
    for place, name in enumerate(names):
        row, column = divmod(place, _COLUMNS)
        at = {"row": row + 1, "col": column + 1}
        side, own = ("compressed", cells[name]) if place else ("baseline", [*cells.values()][0])
        figure.add_trace(
            go.Scatter(
                x=[0, 1],
                y=[0, 1],
                mode="lines",
                line={"color": QUIET, "dash": "dot", "width": 1.5},
                name=_("as planted"),
                showlegend=not place,
                hoverinfo="skip",
            ),
            **at,
        )
        for kind in _KINDS:
            figure.add_trace(_points(own, side, kind, legend=not place), **at)
    figure.update_xaxes(range=[0, 1], dtick=0.25, constrain="domain")
    figure.update_yaxes(range=[0, 1], dtick=0.25)
    figure.update_xaxes(title=_("planted probability"), row=rows)
    figure.update_yaxes(title=_("found probability"), col=1)
    figure.update_layout(
        height=90 + 340 * rows,
        margin={"l": 64, "r": 16, "t": 72, "b": 56},
        legend={"orientation": "h", "x": 0, "y": 1.05, "yanchor": "bottom"},
    )
    return figure


def _points(cells: Sequence[Recovered], side: str, kind: str, *, legend: bool) -> go.Scatter:
    """Shares of a kind, or the rates of samples with their intervals, as found over planted."""
    if sampled := kind == "samples":
        own = [cell for cell in cells if cell.probe == "samples"]
    else:
        own = [cell for cell in cells if cell.kind == kind and cell.probe != "samples"]
    found, low, high = (
        np.array([getattr(cell, f"{side}{end}") for cell in own]) for end in ("", "_low", "_high")
    )
    name, symbol = _KINDS[kind]
    colour = BASELINE if side == "baseline" else COMPRESSED
    marker = {"symbol": symbol, "size": 6, "opacity": 0.75, "color": colour}
    if sampled:
        marker = {"symbol": symbol, "size": 8, "color": QUIET, "line": {"width": 1.5}}
    bars = {"array": high - found, "arrayminus": found - low, "color": QUIET, "width": 2}
    return go.Scatter(
        x=[cell.planted for cell in own],
        y=found,
        mode="markers",
        name=_(name),
        legendgroup=kind,
        showlegend=legend,
        marker=marker,
        error_y={"type": "data", "symmetric": False, "thickness": 1, **bars} if sampled else None,
        customdata=[f"{shown(cell.prompt)} {shown(cell.word)}" for cell in own],
        hovertemplate="%{customdata}<br>"
        + _("planted %{x:.3f}, found %{y:.3f}")
        + "<extra></extra>",
    )


def truth_drift(drifts: Mapping[str, Sequence[Drift]], baseline: str, probe: str) -> go.Figure:
    """One panel a language and kind: each model's mean distance from the truth, with intervals.

    The grey band is the baseline's own distance and its interval.

    Args:
        drifts: Every compressed form's; the baseline's own is that of the first.
    """
    parts = {
        part: {
            form: one
            for form, own in drifts.items()
            for one in own
            if (one.probe, one.language, one.kind) == (probe, *part)
        }
        for part in _PARTS
    }
    parts = {part: found for part, found in parts.items() if found}
    figure = make_subplots(
        1,
        max(1, len(parts)),
        subplot_titles=[_(_PARTS[part]) for part in parts],
        shared_yaxes=True,
        horizontal_spacing=0.02,
    )
    widest = 0.0
    for place, found in enumerate(parts.values(), 1):
        own = next(iter(found.values()))
        points = {baseline: (own.baseline, own.baseline_low, own.baseline_high)} | {
            form: (one.compressed, one.compressed_low, one.compressed_high)
            for form, one in found.items()
        }
        values = np.array(list(points.values()))
        widest = max(widest, float(np.nanmax(values)))
        colours = [BASELINE] + [COMPRESSED] * len(found)
        figure.add_trace(
            go.Scatter(
                x=values[:, 0],
                y=[html.escape(name) for name in points],
                mode="markers",
                marker={"color": colours, "size": 9},
                error_x={
                    "type": "data",
                    "symmetric": False,
                    "array": values[:, 2] - values[:, 0],
                    "arrayminus": values[:, 0] - values[:, 1],
                    "color": QUIET,
                    "thickness": 1.5,
                },
                customdata=values[:, 1:],
                hovertemplate=_("%{y}: %{x:.4f} (%{customdata[0]:.4f} to %{customdata[1]:.4f})")
                + "<extra></extra>",
                showlegend=False,
            ),
            row=1,
            col=place,
        )
        axis = "" if place == 1 else str(place)
        band = noise(0, 1, f"y{axis} domain")
        figure.add_shape(
            band | {"xref": f"x{axis}", "x0": own.baseline_low, "x1": own.baseline_high}
        )
    figure.update_xaxes(range=[0, 1.06 * widest], title=_("mean distance (probability)"))
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(height=330, margin={"l": 150, "r": 16, "t": 40, "b": 56})
    return figure
