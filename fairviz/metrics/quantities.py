"""Every number that can be drawn per token: one record each, read by all figures and pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fairviz.core.declared import declared
from fairviz.core.registry import Registry
from fairviz.metrics.traces import Floats, PairTrace


@dataclass(frozen=True)
class Quantity:
    """One drawable number per token."""

    name: str  # its key in links and files
    title: str  # what an axis calls it; in English, as are `unit` and `meaning`
    unit: str  # `nats`, `probability`, `ranks`, or `yes/no`
    signed: bool  # a shift (compressed - baseline, either sign) rather than a size (>= 0)
    meaning: str  # one sentence for the reader
    of: Callable[[PairTrace], Floats]  # the (T,) values on a pair of readings


def _floats(values: object) -> Floats:
    return np.asarray(values, dtype=np.float64)


_OF: dict[str, Callable[[PairTrace], Floats]] = {
    "probability_shift": lambda pair: _floats(pair.compressed.prob - pair.baseline.prob),
    "log_prob_shift": lambda pair: _floats(pair.compressed.log_prob - pair.baseline.log_prob),
    "entropy_shift": lambda pair: _floats(pair.compressed.entropy - pair.baseline.entropy),
    "kl": lambda pair: pair.kl,
    "kl_reverse": lambda pair: pair.kl_reverse,
    "js": lambda pair: pair.js,
    "rank_shift": lambda pair: _floats(pair.compressed.rank - pair.baseline.rank),
    "top_changed": lambda pair: _floats(~pair.same_top),
    "baseline_surprisal": lambda pair: _floats(-pair.baseline.log_prob),
    "baseline_entropy": lambda pair: pair.baseline.entropy,
}
# In the order in which pages list them, then those of other packages.
QUANTITIES = Registry(
    "fairviz.quantities",
    Quantity,
    [
        Quantity(name, of=_OF[name], **fields)
        for name, fields in declared(__file__)["quantities"].items()
    ],
)
# The distances of the two distributions, with what a narrow axis calls them.
DISTANCES: dict[str, str] = declared(__file__)["distances"]
