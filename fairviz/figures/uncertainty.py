"""Where the baseline was unsure, did compression move more?"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from fairviz.figures.labels import axis, shown
from fairviz.figures.palette import COMPRESSED, QUIET, SIZE
from fairviz.quantities import Quantity
from fairviz.traces import PairTrace


def uncertainty(pair: PairTrace, quantity: Quantity, *, selected: int | None = None) -> go.Figure:
    """Entropy of the baseline against `quantity`, one point per token of the text.

    Args:
        pair: Both models on one text.
        quantity: The vertical axis.
        selected: Index of the token the reader chose; ringed.
    """
    tokens = [shown(token) for token in pair.tokens]
    x, y = pair.baseline.entropy, quantity.of(pair)
    ring = np.arange(len(pair)) == (-1 if selected is None else selected)
    figure = go.Figure(
        go.Scatter(
            x=x,
            y=y,
            mode="markers",
            marker={
                "size": np.where(ring, 14, 9),
                "color": COMPRESSED if quantity.signed else SIZE,
                "opacity": 0.75,
                "line": {"width": np.where(ring, 3, 0), "color": QUIET},
            },
            customdata=np.array(
                [[token, str(index)] for index, token in enumerate(tokens)], dtype=object
            ).reshape(-1, 2),
            hovertemplate=(
                "%{customdata[0]} (token %{customdata[1]})<br>"
                "entropy of the baseline %{x:.3f} nats<br>"
                f"{quantity.title.lower()} %{{y:.4g}} {quantity.unit}<extra></extra>"
            ),
            showlegend=False,
        )
    )
    figure.update_layout(
        height=420,
        margin={"l": 64, "r": 16, "t": 16, "b": 56},
        xaxis={"title": "Entropy of the baseline (nats)", "rangemode": "tozero"},
        yaxis={
            "title": axis(quantity.title, quantity.unit),
            "exponentformat": "power",
            "zeroline": True,
            "zerolinecolor": QUIET,
        },
    )
    return figure
