"""How sure both models were, of what they said and whether it was right."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from fairviz.figures.labels import shown
from fairviz.figures.palette import BASELINE, COMPRESSED, QUIET, SIZE
from fairviz.i18n import N_, _, number
from fairviz.metrics.traces import Floats
from fairviz.stats import Reliability

# Colour, sign, opacity: what changed stands out, and never by colour alone.
LOOKS = {
    N_("right in both"): (BASELINE, "circle", 0.5),
    N_("wrong in both"): (QUIET, "x-thin-open", 0.6),
    N_("right, then wrong"): (COMPRESSED, "diamond", 1.0),
    N_("wrong, then right"): (SIZE, "square", 1.0),
    N_("no right answer known"): (QUIET, "circle", 0.5),
    N_("same top token"): (QUIET, "circle", 0.5),
    N_("another top token"): (COMPRESSED, "diamond", 1.0),
}


def right_or_wrong(before: float, after: float) -> str:
    """The key of `LOOKS` for an item that was right (1) or wrong (0) under each model; NaN where
    no right answer is known."""
    if math.isnan(before):
        return "no right answer known"
    return {
        (1, 1): "right in both",
        (0, 0): "wrong in both",
        (1, 0): "right, then wrong",
        (0, 1): "wrong, then right",
    }[(int(before), int(after))]


def audit_before_after(
    before: Floats, after: Floats, kinds: Sequence[str], labels: Sequence[str], title: str
) -> go.Figure:
    """One point per prompt or item: a number under the baseline and under the compressed model.

    Args:
        before: (N,) in [0, 1].
        after: (N,) in [0, 1].
        kinds: N keys of `LOOKS`.
        labels: N texts for the hover.
        title: What the number is, without whose.
    """
    figure = go.Figure()
    said = np.asarray(kinds, dtype=object)
    for kind, (colour, symbol, opacity) in LOOKS.items():
        here = np.flatnonzero(said == kind)
        if not len(here):
            continue
        figure.add_trace(
            go.Scatter(
                x=before[here],
                y=after[here],
                mode="markers",
                name=f"{_(kind)} ({len(here)})",
                marker={"color": colour, "symbol": symbol, "size": 8, "opacity": opacity},
                customdata=[shown(labels[int(place)]) for place in here],
                hovertemplate="%{customdata}<br>"
                + _("baseline %{x:.3f}, compressed %{y:.3f}")
                + f"<extra>{_(kind)}</extra>",
            )
        )
    figure.add_trace(_diagonal(_("no change")))
    _square(
        figure,
        _("{what}, baseline (probability)", what=title),
        _("{what}, compressed (probability)", what=title),
    )
    return figure


def audit_reliability(baseline: Reliability, compressed: Reliability) -> go.Figure:
    """Accuracy by confidence: on the diagonal a model is as often right as it is sure.

    Args:
        baseline: Bins of the baseline.
        compressed: Bins of the compressed model.
    """
    figure = go.Figure()
    for name, said, found, colour, symbol, dash in (
        (
            _("baseline"),
            _("baseline, error {error:.3f}", error=baseline.error),
            baseline,
            BASELINE,
            "circle",
            "solid",
        ),
        (
            _("compressed"),
            _("compressed, error {error:.3f}", error=compressed.error),
            compressed,
            COMPRESSED,
            "diamond-open",
            "dot",
        ),
    ):
        figure.add_trace(
            go.Scatter(
                x=found.confidence,
                y=found.accuracy,
                mode="lines+markers",
                name=said,
                line={"color": colour, "dash": dash, "width": 2},
                marker={"symbol": symbol, "size": 10, "color": colour},
                error_y={
                    "type": "data",
                    "symmetric": False,
                    "array": found.accuracy_high - found.accuracy,
                    "arrayminus": found.accuracy - found.accuracy_low,
                    "color": colour,
                    "thickness": 1,
                },
                customdata=[
                    (n, number(float(x), ".1%"), number(float(y), ".1%"))
                    for n, x, y in zip(found.n, found.confidence, found.accuracy, strict=True)
                ],
                hovertemplate=_("said %{customdata[1]}, right %{customdata[2]} of %{customdata[0]}")
                + f"<extra>{name}</extra>",
            )
        )
    figure.add_trace(_diagonal(_("as often right as sure")))
    _square(figure, _("Confidence in its answer (probability)"), _("Share of right answers"))
    return figure


def _diagonal(name: str) -> go.Scatter:
    return go.Scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name=name,
        line={"color": QUIET, "dash": "dash", "width": 1},
        hoverinfo="skip",
    )


def _square(figure: go.Figure, across: str, up: str) -> None:
    figure.update_layout(
        height=460,
        margin={"l": 72, "r": 16, "t": 64, "b": 56},
        xaxis={"title": across, "range": [-0.02, 1.02]},
        yaxis={"title": up, "range": [-0.02, 1.02]},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    )
