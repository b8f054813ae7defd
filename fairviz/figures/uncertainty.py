"""Where the baseline was unsure, did compression move more?"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from fairviz.figures.labels import axis, inside, shown
from fairviz.figures.palette import COMPRESSED, QUIET, SIZE, noise
from fairviz.figures.thin import MOST, thin
from fairviz.i18n import N_, _
from fairviz.metrics.quantities import Quantity
from fairviz.metrics.traces import Floats, Ints, PairTrace

_PLACE = {
    "token": N_("%{customdata[0]} (token %{customdata[1]})"),
    "word": N_("%{customdata[0]} (word %{customdata[1]})"),
}


def uncertainty(
    pair: PairTrace,
    quantity: Quantity,
    *,
    selected: int | None = None,
    floor: float | None = None,
    unit: str = "token",
) -> go.Figure:
    """Entropy of the baseline against `quantity`, one point per token of the text.

    Args:
        pair: Both models on one text.
        quantity: The vertical axis.
        selected: Index of the token the reader chose; ringed.
        floor: Size of `quantity` that the baseline reaches against itself; a band.
        unit: What a row of the trace is, `token` or `word`.
    """
    title, its_unit = _(quantity.title), _(quantity.unit)
    x, y = pair.baseline.entropy, quantity.of(pair)
    kept = _kept(x, y, selected)
    tokens = [shown(pair.tokens[place]) for place in kept]
    ring = kept == (-1 if selected is None else selected)
    figure = go.Figure(
        go.Scatter(
            x=x[kept],
            y=y[kept],
            mode="markers",
            marker={
                "size": np.where(ring, 14, 9),
                "color": COMPRESSED if quantity.signed else SIZE,
                "opacity": 0.75,
                "line": {"width": np.where(ring, 3, 0), "color": QUIET},
            },
            customdata=np.array(
                [[token, str(place)] for place, token in zip(kept, tokens, strict=True)],
                dtype=object,
            ).reshape(-1, 2),
            hovertemplate=(
                _(_PLACE[unit])
                + f"<br>{_('entropy of the baseline %{x:.3f} nats')}<br>"
                + f"{inside(title)} %{{y:.4g}} {its_unit}<extra></extra>"
            ),
            showlegend=False,
        )
    )
    figure.update_layout(
        height=420,
        margin={"l": 64, "r": 16, "t": 16, "b": 56},
        xaxis={"title": _("Entropy of the baseline (nats)"), "rangemode": "tozero"},
        yaxis={
            "title": axis(title, its_unit),
            "exponentformat": "power",
            "zeroline": True,
            "zerolinecolor": QUIET,
        },
    )
    if floor is not None:
        figure.add_shape(**noise(-floor if quantity.signed else 0, floor, "y"))
    return figure


def _kept(x: Floats, y: Floats, selected: int | None) -> Ints:
    """Points to draw: along either axis, the extremes of the other are among them."""
    if len(x) <= MOST:
        return np.arange(len(x))
    kept = set()
    for across, up in ((x, y), (y, x)):
        order = np.argsort(across, kind="stable")
        kept |= set(order[thin([up[order]], MOST // 2)].tolist())
    return np.array(sorted(kept | ({selected} if selected is not None else set())), dtype=np.int64)
