"""What the probes find on the bundled model against what was planted in it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fairviz.demo.recovered import Recovered
from fairviz.figures.labels import shown
from fairviz.figures.palette import BASELINE, COMPRESSED, QUIET
from fairviz.i18n import N_, _

_COLUMNS = 3
_KINDS = {
    "pronoun": (N_("pronoun, read"), "circle"),
    "trait": (N_("trait of a valley, read"), "diamond"),
}


def against_truth(cells: Mapping[str, Sequence[Recovered]], baseline: str) -> go.Figure:
    """One panel a model: planted probability across, found probability up.

    Filled signs are read from the probabilities (minimal pairs, counterfactuals), open ones are
    rates of samples with their 95 % intervals. What was planted is the diagonal.

    Args:
        cells: Every compressed form's planted shares; the baseline's are those of the first.
        baseline: The baseline's name; its panel comes first.
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
        figure.add_trace(_sampled(own, side, legend=not place), **at)
        for kind in _KINDS:
            figure.add_trace(_read(own, side, kind, legend=not place), **at)
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


def _read(cells: Sequence[Recovered], side: str, kind: str, *, legend: bool) -> go.Scatter:
    own = [cell for cell in cells if cell.kind == kind and cell.probe != "samples"]
    name, symbol = _KINDS[kind]
    return go.Scatter(
        x=[cell.planted for cell in own],
        y=[getattr(cell, side) for cell in own],
        mode="markers",
        name=_(name),
        legendgroup=kind,
        showlegend=legend,
        marker={
            "symbol": symbol,
            "size": 6,
            "opacity": 0.75,
            "color": BASELINE if side == "baseline" else COMPRESSED,
        },
        customdata=[_label(cell) for cell in own],
        hovertemplate=_hover(),
    )


def _sampled(cells: Sequence[Recovered], side: str, *, legend: bool) -> go.Scatter:
    own = [cell for cell in cells if cell.probe == "samples"]
    found, low, high = (
        np.array([getattr(cell, f"{side}{end}") for cell in own]) for end in ("", "_low", "_high")
    )
    return go.Scatter(
        x=[cell.planted for cell in own],
        y=found,
        mode="markers",
        name=_("pronoun, rate of samples (95 %)"),
        legendgroup="samples",
        showlegend=legend,
        marker={"symbol": "circle-open", "size": 8, "color": QUIET, "line": {"width": 1.5}},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": high - found,
            "arrayminus": found - low,
            "color": QUIET,
            "thickness": 1,
            "width": 2,
        },
        customdata=[_label(cell) for cell in own],
        hovertemplate=_hover(),
    )


def _label(cell: Recovered) -> str:
    return f"{shown(cell.prompt)} {shown(cell.word)}"


def _hover() -> str:
    return f"%{{customdata}}<br>{_('planted %{x:.3f}, found %{y:.3f}')}<extra></extra>"
