"""Prompts or items by the baseline's uncertainty: how far each moved, and how often it changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from fairviz.figures.labels import axis, shown
from fairviz.figures.noise import noise
from fairviz.figures.palette import COMPRESSED, QUIET, SIZE
from fairviz.i18n import _
from fairviz.metrics.traces import Bools, Floats
from fairviz.stats import Bins


def audit_shift(
    uncertainty: Floats,
    shift: Floats,
    bins: Bins,
    *,
    titles: tuple[str, str],
    labels: Sequence[str],
    changed: Bools,
    log: bool,
    floor: float | None = None,
) -> go.Figure:
    """One point per prompt or item, with the mean of each bin and its interval.

    Args:
        uncertainty: (N,) across.
        shift: (N,) up, >= 0.
        bins: Of the shift by uncertainty; of its natural logarithm where `log`.
        titles: Of both axes, with their units.
        labels: N texts for the hover.
        changed: (N,) whether the answer or the most likely token is another one.
        log: Whether the axis is logarithmic; values of 0 are not drawn then.
        floor: Size that the baseline reaches against itself; a band.
    """
    figure = go.Figure()
    drawn = shift > 0 if log else np.isfinite(shift)
    for flipped, name, colour, symbol in (
        (False, _("unchanged"), SIZE, "circle"),
        (True, _("changed"), COMPRESSED, "diamond-open"),
    ):
        here = np.flatnonzero(drawn & (changed == flipped))
        figure.add_trace(
            go.Scatter(
                x=uncertainty[here],
                y=shift[here],
                mode="markers",
                name=name,
                marker={"color": colour, "size": 8 if flipped else 6, "symbol": symbol,
                        "opacity": 0.9 if flipped else 0.45,
                        "line": {"width": 2 if flipped else 0}},
                customdata=[shown(labels[int(place)]) for place in here],
                hovertemplate="%{customdata}<br>"
                + _("%{x:.3f} across, %{y:.3g} up")
                + f"<extra>{name}</extra>",
            )
        )  # fmt: skip
    spread = [np.exp(one) if log else one for one in (bins.mean, bins.mean_low, bins.mean_high)]
    figure.add_trace(
        go.Scatter(
            x=bins.middle,
            y=spread[0],
            mode="lines+markers",
            name=_("mean of a bin") if not log else _("geometric mean of a bin"),
            line={"color": QUIET, "width": 2},
            marker={"size": 9, "color": QUIET, "symbol": "square"},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": np.nan_to_num(spread[2] - spread[0]),
                "arrayminus": np.nan_to_num(spread[0] - spread[1]),
                "color": QUIET,
                "thickness": 2,
            },
            customdata=np.stack([bins.n, spread[1], spread[2]], axis=-1),
            hovertemplate=_("%{y:.3g} [%{customdata[1]:.3g}, %{customdata[2]:.3g}]")
            + "<br>"
            + _("%{customdata[0]} in this bin")
            + "<extra></extra>",
        )
    )
    figure.update_layout(
        height=440,
        margin={"l": 72, "r": 16, "t": 40, "b": 56},
        xaxis={"title": titles[0], "rangemode": "tozero"},
        yaxis={
            "title": titles[1],
            "type": "log" if log else "linear",
            "exponentformat": "power",
            **({"dtick": 1} if log else {"rangemode": "tozero"}),
        },
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
    )
    if floor is not None and floor > 0:
        lowest = float(shift[drawn].min()) if drawn.any() else floor
        figure.add_shape(**noise(min(lowest, floor) / 2 if log else 0.0, floor, "y"))
    return figure


def audit_rate(bins: Bins, titles: tuple[str, str]) -> go.Figure:
    """Share that changed in each bin of the baseline's uncertainty, with Wilson's interval.

    Args:
        bins: Of 0 and 1 by uncertainty.
        titles: Of both axes.
    """
    figure = go.Figure(
        go.Scatter(
            x=bins.middle,
            y=100 * bins.mean,
            mode="markers",
            marker={"size": 11, "color": COMPRESSED, "symbol": "diamond"},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": 100 * (bins.mean_high - bins.mean),
                "arrayminus": 100 * (bins.mean - bins.mean_low),
                "color": COMPRESSED,
                "thickness": 2,
            },
            customdata=np.stack([bins.n, bins.low, bins.high], axis=-1),
            hovertemplate=_("%{y:.1f}% of %{customdata[0]}")
            + "<br>"
            + _("between %{customdata[1]:.3f} and %{customdata[2]:.3f}")
            + "<extra></extra>",
            showlegend=False,
        )
    )
    figure.update_layout(
        height=340,
        margin={"l": 72, "r": 16, "t": 16, "b": 56},
        xaxis={"title": titles[0], "rangemode": "tozero"},
        yaxis={"title": axis(titles[1], "%"), "rangemode": "tozero"},
    )
    return figure
