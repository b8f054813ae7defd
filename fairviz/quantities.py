"""Every number that can be drawn per token: one record each, read by all figures and pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fairviz.traces import Floats, PairTrace


@dataclass(frozen=True)
class Quantity:
    """One drawable number per token.

    Attributes:
        name: Its key in links and files.
        title: What an axis calls it.
        unit: `nats`, `probability`, `ranks`, or `yes/no`.
        signed: Whether it is a shift (compressed - baseline, either sign) rather than
            a size (>= 0).
        meaning: One sentence for the reader.
        of: The (T,) values on a pair of readings.
    """

    name: str
    title: str
    unit: str
    signed: bool
    meaning: str
    of: Callable[[PairTrace], Floats]


def _floats(values: object) -> Floats:
    return np.asarray(values, dtype=np.float64)


QUANTITIES: tuple[Quantity, ...] = (
    Quantity(
        "probability_shift",
        "Change of probability",
        "probability",
        True,
        "How much more (+) or less (-) probable the compressed model finds the written token "
        "than the baseline does, on the same context.",
        lambda pair: _floats(pair.compressed.prob - pair.baseline.prob),
    ),
    Quantity(
        "log_prob_shift",
        "Change of log-probability",
        "nats",
        True,
        "Log-probability of the written token under the compressed model minus that under the "
        "baseline; -0.69 nats is half as likely.",
        lambda pair: _floats(pair.compressed.log_prob - pair.baseline.log_prob),
    ),
    Quantity(
        "entropy_shift",
        "Change of entropy",
        "nats",
        True,
        "How much less (-) or more (+) sure of the next token the compressed model is: its "
        "entropy minus the baseline's.",
        lambda pair: _floats(pair.compressed.entropy - pair.baseline.entropy),
    ),
    Quantity(
        "kl",
        "KL divergence",
        "nats",
        False,
        "How far the compressed model's whole next-token distribution is from the baseline's: "
        "KL(baseline || compressed).",
        lambda pair: pair.kl,
    ),
    Quantity(
        "kl_reverse",
        "Reverse KL divergence",
        "nats",
        False,
        "KL(compressed || baseline): large where the compressed model believes in tokens that "
        "the baseline rules out.",
        lambda pair: pair.kl_reverse,
    ),
    Quantity(
        "js",
        "Jensen-Shannon divergence",
        "nats",
        False,
        "A symmetric distance of both distributions, from 0 (equal) to 0.69 nats = ln 2 "
        "(nothing in common).",
        lambda pair: pair.js,
    ),
    Quantity(
        "rank_shift",
        "Change of rank",
        "ranks",
        True,
        "Rank of the written token under the compressed model minus its rank under the "
        "baseline; +3 is three places further down.",
        lambda pair: _floats(pair.compressed.rank - pair.baseline.rank),
    ),
    Quantity(
        "top_changed",
        "Most likely token changed",
        "yes/no",
        False,
        "1 where the two models' most likely next tokens differ, 0 where they agree.",
        lambda pair: _floats(~pair.same_top),
    ),
    Quantity(
        "baseline_surprisal",
        "Surprisal under the baseline",
        "nats",
        False,
        "How unexpected the written token was for the baseline: minus its log-probability.",
        lambda pair: _floats(-pair.baseline.log_prob),
    ),
    Quantity(
        "baseline_entropy",
        "Entropy of the baseline",
        "nats",
        False,
        "How uncertain the baseline was of the next token before the token was written.",
        lambda pair: pair.baseline.entropy,
    ),
)

BY_NAME: dict[str, Quantity] = {quantity.name: quantity for quantity in QUANTITIES}
