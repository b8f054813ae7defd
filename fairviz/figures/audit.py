"""What an audit shows: uncertainty against shift, confidence against truth, part by part."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from fairviz.figures.labels import axis, shown
from fairviz.figures.palette import (
    BARE,
    BASELINE,
    COMPRESSED,
    LEGEND,
    MARGIN,
    NAMED,
    QUIET,
    SIZE,
    bars,
    noise,
)
from fairviz.i18n import N_, _, number
from fairviz.metrics.traces import Bools, Floats
from fairviz.stats import Bins, Reliability

if TYPE_CHECKING:
    import pandas as pd

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
        figure.add_scatter(
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
        )  # fmt: skip
    mean, low, high = (
        np.exp(one) if log else one for one in (bins.mean, bins.mean_low, bins.mean_high)
    )
    figure.add_scatter(
        x=bins.middle,
        y=mean,
        mode="lines+markers",
        name=_("mean of a bin") if not log else _("geometric mean of a bin"),
        line={"color": QUIET, "width": 2},
        marker={"size": 9, "color": QUIET, "symbol": "square"},
        error_y=bars(mean, low, high, QUIET, thickness=2),
        customdata=np.stack([bins.n, low, high], axis=-1),
        hovertemplate=_("%{y:.3g} [%{customdata[1]:.3g}, %{customdata[2]:.3g}]")
        + "<br>"
        + _("%{customdata[0]} in this bin")
        + "<extra></extra>",
    )
    figure.update_layout(
        height=440,
        margin=MARGIN,
        xaxis={"title": titles[0], "rangemode": "tozero"},
        yaxis={
            "title": titles[1],
            "type": "log" if log else "linear",
            "exponentformat": "power",
            **({"dtick": 1} if log else {"rangemode": "tozero"}),
        },
        legend=LEGEND,
    )
    if floor is not None and floor > 0:
        lowest = float(shift[drawn].min()) if drawn.any() else floor
        figure.add_shape(**noise(min(lowest, floor) / 2 if log else 0.0, floor, "y"))
    return figure


def audit_rate(bins: Bins, titles: tuple[str, str]) -> go.Figure:
    """Share that changed in each bin of the baseline's uncertainty, with Wilson's interval."""
    mean, low, high = (100 * one for one in (bins.mean, bins.mean_low, bins.mean_high))
    figure = go.Figure().add_scatter(
        x=bins.middle,
        y=mean,
        mode="markers",
        marker={"size": 11, "color": COMPRESSED, "symbol": "diamond"},
        error_y=bars(mean, low, high, COMPRESSED, thickness=2),
        customdata=np.stack([bins.n, bins.low, bins.high], axis=-1),
        hovertemplate=_("%{y:.1f}% of %{customdata[0]}")
        + "<br>"
        + _("between %{customdata[1]:.3f} and %{customdata[2]:.3f}")
        + "<extra></extra>",
        showlegend=False,
    )
    return figure.update_layout(
        height=340,
        margin=BARE,
        xaxis={"title": titles[0], "rangemode": "tozero"},
        yaxis={"title": axis(titles[1], "%"), "rangemode": "tozero"},
    )


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
    before: Floats,
    after: Floats,
    kinds: Sequence[str] | npt.NDArray[Any],
    labels: Sequence[str],
    title: str,
    sizes: Mapping[str, int],
) -> go.Figure:
    """One point per prompt or item: a number under the baseline and under the compressed model.

    Args:
        before: (N,) in [0, 1].
        after: (N,) in [0, 1].
        kinds: N keys of `LOOKS`.
        labels: N texts for the hover.
        title: What the number is, without whose.
        sizes: How many there are of each kind, by its name for the reader.
    """
    figure = go.Figure()
    said = np.asarray(kinds, dtype=object)
    for kind, (colour, symbol, opacity) in LOOKS.items():
        here = np.flatnonzero(said == kind)
        if not len(here):
            continue
        figure.add_scatter(
            x=before[here],
            y=after[here],
            mode="markers",
            name=f"{_(kind)} ({sizes[_(kind)]})",
            marker={"color": colour, "symbol": symbol, "size": 8, "opacity": opacity},
            customdata=[shown(labels[int(place)]) for place in here],
            hovertemplate="%{customdata}<br>"
            + _("baseline %{x:.3f}, compressed %{y:.3f}")
            + f"<extra>{_(kind)}</extra>",
        )
    return _square(
        figure,
        _("no change"),
        _("{what}, baseline (probability)", what=title),
        _("{what}, compressed (probability)", what=title),
    )


def audit_reliability(baseline: Reliability, compressed: Reliability) -> go.Figure:
    """Accuracy by confidence: on the diagonal a model is as often right as it is sure."""
    figure = go.Figure()
    names = _("baseline"), _("compressed")
    legend = (
        _("baseline, error {error:.3f}", error=baseline.error),
        _("compressed, error {error:.3f}", error=compressed.error),
    )
    looks = (BASELINE, "circle", "solid"), (COMPRESSED, "diamond-open", "dot")
    sides = zip(names, legend, (baseline, compressed), looks, strict=True)
    for name, said, found, (colour, symbol, dash) in sides:
        figure.add_scatter(
            x=found.confidence,
            y=found.accuracy,
            mode="lines+markers",
            name=said,
            line={"color": colour, "dash": dash, "width": 2},
            marker={"symbol": symbol, "size": 10, "color": colour},
            error_y=bars(
                found.accuracy, found.accuracy_low, found.accuracy_high, colour, thickness=1
            ),
            customdata=[
                (n, number(float(x), ".1%"), number(float(y), ".1%"))
                for n, x, y in zip(found.n, found.confidence, found.accuracy, strict=True)
            ],
            hovertemplate=_("said %{customdata[1]}, right %{customdata[2]} of %{customdata[0]}")
            + f"<extra>{name}</extra>",
        )
    return _square(
        figure,
        _("as often right as sure"),
        _("Confidence in its answer (probability)"),
        _("Share of right answers"),
    )


def _square(figure: go.Figure, diagonal: str, across: str, up: str) -> go.Figure:
    """Two shares against each other, with what lies on the diagonal."""
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        name=diagonal,
        line={"color": QUIET, "dash": "dash", "width": 1},
        hoverinfo="skip",
    )
    return figure.update_layout(
        height=460,
        margin={**MARGIN, "t": 64},
        xaxis={"title": across, "range": [-0.02, 1.02]},
        yaxis={"title": up, "range": [-0.02, 1.02]},
        legend=LEGEND,
    )


def audit_parts(rows: pd.DataFrame, column: str, titles: tuple[str, str]) -> go.Figure:
    """Two dots with intervals per part: its mean shift, and the share that changed.

    Args:
        rows: What `audit.tables.by` returns, the largest shift first.
        titles: Of both lower axes, with their units.
    """
    names = [f"{shown(str(row[column]))} ({row['n']})" for _rest, row in rows.iterrows()]
    share = ["changed", "changed_low", "changed_high"]
    # A per cent sign of plotly's own would stand without the space that French has before it.
    rows = rows.assign(**{name: 100 * rows[name] for name in share})
    figure = go.Figure()
    shifts = _("%{y}: %{x:.3g} [%{customdata[0]:.3g}, %{customdata[1]:.3g}]")
    shares = _("%{y}: %{x:.1f}% [%{customdata[0]:.1f}%, %{customdata[1]:.1f}%]")
    for across, (value, low, high), colour, symbol, hover in (
        ("x", ("shift", "low", "high"), SIZE, "circle", shifts),
        ("x2", share, COMPRESSED, "diamond", shares),
    ):
        figure.add_scatter(
            x=rows[value],
            y=names,
            mode="markers",
            xaxis=across,
            marker={"color": colour, "size": 10, "symbol": symbol},
            error_x=bars(rows[value], rows[low], rows[high], colour, thickness=2),
            customdata=rows[[low, high]],
            hovertemplate=f"{hover}<extra></extra>",
            showlegend=False,
        )
    return figure.update_layout(
        height=110 + 30 * len(names),
        margin={**NAMED, "t": 16},
        xaxis={"title": titles[0], "domain": [0, 0.47], "rangemode": "tozero"},
        xaxis2={"title": titles[1], "domain": [0.53, 1], "anchor": "y", "rangemode": "tozero"},
        yaxis={"autorange": "reversed", "automargin": True},
    )
