"""The two sides' colours, and how a value becomes a strength of colour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fairviz.figures.labels import inside
from fairviz.i18n import _
from fairviz.metrics.quantities import Quantity
from fairviz.metrics.traces import PairTrace

# Blue and orange keep apart under every common colour blindness, and each keeps 3:1
# against a white and against a near-black page.
BASELINE = "#2f7fc1"
COMPRESSED = "#d9730d"
SIZE = "#8f5aa8"
QUIET = "#808895"
# What the baseline is from itself.
NOISE = "rgba(128,136,149,0.28)"

# Around every figure, in pixels: room for a line of legend, for an axis with its title on the left
# and below. Without a legend it starts higher; named rows make their own room on the left.
MARGIN = {"l": 64, "r": 16, "t": 40, "b": 56}
BARE = {**MARGIN, "t": 16}
NAMED = {**MARGIN, "l": 8}
# Above the figure, left of the button that keeps it as a picture.
LEGEND = {"orientation": "h", "x": 0.95, "xanchor": "right", "y": 1.02, "yanchor": "bottom"}

SIDE = {"baseline": BASELINE, "compressed": COMPRESSED}

# Below these a full colour would dress up noise as a finding.
_LEAST_LIMIT = {"probability": 0.002, "nats": 0.01, "ranks": 2.0, "yes/no": 1.0}


@dataclass(frozen=True)
class Scale:
    """How values of one quantity are coloured."""

    quantity: Quantity  # what is coloured
    limit: float  # the value of full colour, in the quantity's unit, > 0

    def document(self) -> dict[str, object]:
        """The scale as JSON values in the reader's language, for the chips."""
        return {
            "title": _(self.quantity.title),
            "inside": inside(_(self.quantity.title)),
            "unit": _(self.quantity.unit),
            "signed": self.quantity.signed,
            "limit": self.limit,
            "low": BASELINE,
            "high": COMPRESSED if self.quantity.signed else SIZE,
        }


def scale(quantity: Quantity, *pairs: PairTrace) -> Scale:
    """One scale for all the texts shown: full colour at the largest size, rounded up.

    Values that were not measured are left out; a floor keeps tiny differences pale.
    """
    sizes = np.concatenate([np.abs(quantity.of(pair)) for pair in pairs] or [np.zeros(0)])
    sizes = sizes[np.isfinite(sizes)]
    largest = float(sizes.max()) if len(sizes) else 0.0
    if quantity.unit == "yes/no":
        return Scale(quantity, 1.0)
    return Scale(quantity, max(_rounded_up(largest), _LEAST_LIMIT.get(quantity.unit, 0.01)))


def _rounded_up(value: float) -> float:
    """The next of 1, 2, 5 times a power of ten; 0 for 0."""
    if value <= 0:
        return 0.0
    power: float = 10.0 ** math.floor(math.log10(value))
    # The tolerance keeps 0.2 / 0.1 = 2.0000000000000004 at 2.
    step = next(s for s in (1, 2, 5, 10) if value / power <= s * (1 + 1e-9))
    return round(step * power, 12)


def through(colour: str, share: float) -> str:
    """A colour of the palette through which the ground shows: `share` of it is opaque."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share:g})"


def noise(low: float, high: float, yref: str) -> dict[str, Any]:
    """What the baseline is from itself: a band over the whole width, as arguments of `add_shape`.

    Args:
        low: Its lower end, in the unit of the axis.
        high: Its upper end.
        yref: The axis, as in `y3`.
    """
    return {
        "type": "rect",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": yref,
        "y0": low,
        "y1": high,
        "fillcolor": NOISE,
        "line": {"width": 0},
        "layer": "below",
        "name": "noise floor",
    }


def hatched(colour: str, shape: str) -> dict[str, Any]:
    """How a bar is filled: no two of a figure by colour alone."""
    pattern = {"shape": shape, "size": 6, "fillmode": "overlay", "solidity": 0.2}
    return {"color": colour, "pattern": pattern}


def bars(value: Any, low: Any, high: Any, colour: str, **more: object) -> dict[str, Any]:
    """The intervals of values as `error_x` or `error_y`; where there is none, NaN, no bar.

    Args:
        value: (N,) inside of the intervals.
        low: (N,) their lower ends.
        high: (N,) their upper ends.
        more: Of plotly's options, such as `thickness` and `width`.
    """
    array, minus = (np.nan_to_num(one).clip(0) for one in (high - value, value - low))
    sizes = {"type": "data", "symmetric": False, "array": array, "arrayminus": minus}
    return {**sizes, "color": colour, **more}
