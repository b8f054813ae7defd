"""Forms side by side: how far each is from even, and how far from the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from fairviz.figures.labels import safe
from fairviz.figures.palette import BASELINE, COMPRESSED, QUIET
from fairviz.i18n import N_, _, number


class Placed(NamedTuple):
    """One form."""

    name: str
    distance: float  # from even
    low: float  # ends of the interval of its change against the first; NaN for none
    high: float
    fidelity: float  # distance from the baseline
    filled: bool  # whether its sign is


def evenness(placed: Sequence[Placed], reference: str, *, baseline: float) -> go.Figure:
    """A row a form, in two panels: distance from even, and from the baseline.

    Args:
        reference: Name of the form that the others are held against, with a line of its own.
        baseline: The baseline's own distance from even.
    """
    figure = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.04)
    names = [safe(one.name) for one in placed]
    start = next((one.distance for one in placed if one.name == reference), float("nan"))
    symbols = ["diamond" if one.filled else "diamond-open" for one in placed]
    marker = {"color": COMPRESSED, "size": 10, "symbol": symbols, "line": {"width": 1.5}}
    change = {
        "type": "data",
        "symmetric": False,
        "array": [max(start + one.high - one.distance, 0) for one in placed],
        "arrayminus": [max(one.distance - start - one.low, 0) for one in placed],
        "color": COMPRESSED,
        "thickness": 1.5,
    }
    for column, values, words, bars in (
        (1, [one.distance for one in placed], N_("{form}: {distance} from even"), change),
        (2, [one.fidelity for one in placed], N_("{form}: {distance} from the baseline"), None),
    ):
        figure.add_scatter(
            x=values,
            y=names,
            mode="markers",
            marker=marker,
            error_x=bars,
            customdata=[
                _(words, form=name, distance=number(value, ".3f"))
                for name, value in zip(names, values, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
            row=1,
            col=column,
        )
    figure.add_vline(x=start, line={"color": QUIET, "width": 1.5, "dash": "dash"}, row=1, col=1)
    figure.add_vline(x=baseline, line={"color": BASELINE, "width": 2, "dash": "dot"}, row=1, col=1)
    figure.update_xaxes(title_text=_("from even"), nticks=5, row=1, col=1)
    figure.update_xaxes(
        title_text=_("from the baseline"), nticks=4, rangemode="tozero", row=1, col=2
    )
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure.update_layout(
        height=120 + 34 * len(placed), showlegend=False, margin={"l": 10, "r": 10, "t": 20, "b": 50}
    )
