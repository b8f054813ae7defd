"""Every number that can be drawn per token: one record each, read by all figures and pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fairviz.core.registry import Registry
from fairviz.i18n import N_
from fairviz.metrics.traces import Floats, PairTrace


@dataclass(frozen=True)
class Quantity:
    """One drawable number per token.

    Attributes:
        name: Its key in links and files.
        title: What an axis calls it; in English, as are `unit` and `meaning`.
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


_OWN = (
    Quantity(
        "probability_shift",
        N_("Change of probability"),
        N_("probability"),
        True,
        N_(
            "How much more (+) or less (-) probable the compressed model finds the written token "
            "than the baseline does, on the same context."
        ),
        lambda pair: _floats(pair.compressed.prob - pair.baseline.prob),
    ),
    Quantity(
        "log_prob_shift",
        N_("Change of log-probability"),
        N_("nats"),
        True,
        N_(
            "Log-probability of the written token under the compressed model minus that under the "
            "baseline; -0.69 nats is half as likely."
        ),
        lambda pair: _floats(pair.compressed.log_prob - pair.baseline.log_prob),
    ),
    Quantity(
        "entropy_shift",
        N_("Change of entropy"),
        N_("nats"),
        True,
        N_(
            "How much less (-) or more (+) sure of the next token the compressed model is: its "
            "entropy minus the baseline's."
        ),
        lambda pair: _floats(pair.compressed.entropy - pair.baseline.entropy),
    ),
    Quantity(
        "kl",
        N_("KL divergence"),
        N_("nats"),
        False,
        N_(
            "How far the compressed model's whole next-token distribution is from the baseline's: "
            "KL(baseline || compressed)."
        ),
        lambda pair: pair.kl,
    ),
    Quantity(
        "kl_reverse",
        N_("Reverse KL divergence"),
        N_("nats"),
        False,
        N_(
            "KL(compressed || baseline): large where the compressed model believes in tokens that "
            "the baseline rules out."
        ),
        lambda pair: pair.kl_reverse,
    ),
    Quantity(
        "js",
        N_("Jensen-Shannon divergence"),
        N_("nats"),
        False,
        N_(
            "A symmetric distance of both distributions, from 0 (equal) to 0.69 nats = ln 2 "
            "(nothing in common)."
        ),
        lambda pair: pair.js,
    ),
    Quantity(
        "rank_shift",
        N_("Change of rank"),
        N_("ranks"),
        True,
        N_(
            "Rank of the written token under the compressed model minus its rank under the "
            "baseline; +3 is three places further down."
        ),
        lambda pair: _floats(pair.compressed.rank - pair.baseline.rank),
    ),
    Quantity(
        "top_changed",
        N_("Most likely token changed"),
        N_("yes/no"),
        False,
        N_(
            "1 where the two models' most likely next tokens differ, 0 where they agree or share a "
            "first place."
        ),
        lambda pair: _floats(~pair.same_top),
    ),
    Quantity(
        "baseline_surprisal",
        N_("Surprisal under the baseline"),
        N_("nats"),
        False,
        N_("How unexpected the written token was for the baseline: minus its log-probability."),
        lambda pair: _floats(-pair.baseline.log_prob),
    ),
    Quantity(
        "baseline_entropy",
        N_("Entropy of the baseline"),
        N_("nats"),
        False,
        N_("How uncertain the baseline was of the next token before the token was written."),
        lambda pair: pair.baseline.entropy,
    ),
)

# In the order in which pages list them, then those of other packages.
QUANTITIES = Registry("fairviz.quantities", Quantity, _OWN)

# The distances of the two distributions, with what a narrow axis calls them.
DISTANCES: dict[str, str] = {
    "kl": N_("KL"),
    "kl_reverse": N_("Reverse KL"),
    "js": N_("Jensen-Shannon"),
}
