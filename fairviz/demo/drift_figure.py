"""How far each form of the bundled model lies from what was planted, with intervals."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fairviz.demo.drift import Drift
from fairviz.figures.noise import noise
from fairviz.figures.palette import BASELINE, COMPRESSED, QUIET
from fairviz.i18n import N_, _

_PARTS = {
    ("fr", "pronoun"): N_("French pronouns"),
    ("fr", "trait"): N_("French traits"),
    ("en", "pronoun"): N_("English pronouns"),
    ("en", "trait"): N_("English traits"),
}


def truth_drift(drifts: Mapping[str, Sequence[Drift]], baseline: str, probe: str) -> go.Figure:
    """One panel a language and kind: each model's mean distance from the truth, with intervals.

    The grey band is the baseline's own distance and its interval.

    Args:
        drifts: Every compressed form's; the baseline's own is that of the first.
        baseline: The baseline's name.
        probe: Whose distances are drawn.
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
