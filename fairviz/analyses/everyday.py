"""Numbers in everyday words: chances and choices in place of nats, where that is exact."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from fairviz.analyses import estimates
from fairviz.analyses.audit.measured import Measured
from fairviz.analyses.presentation import Number, Option
from fairviz.core.declared import declared
from fairviz.i18n import N_, _, number
from fairviz.stats import Estimate

PLAIN = Option(
    "plain",
    N_("Plain words"),
    default=False,
    help=N_("Says chances and choices in place of nats, entropy and perplexity."),
)
# What an audit measures once a prompt, and a text once a token.
_SAME = {"kl_mean": "mean_kl"}
# How a value is turned into an everyday one, growing with it, and how that is written.
_WAYS: dict[str, tuple[Callable[[float], float], str]] = {
    "less": (lambda nats: -math.expm1(-nats), ".2%"),
    "of_most": (lambda nats: nats / math.log(2), ".2%"),
    "of_100": (lambda share: 100 * share, ".0f"),
    "points": (lambda share: 100 * share, "+.2f"),
    "size": (lambda share: 100 * share, ".2f"),
    "choices": (lambda times: times, ".3g"),
    "choices_of": (math.exp, ".3g"),
}


def less_chance(kl: float) -> float:
    """How much less chance the compressed model gives what the baseline would write next.

    A share of 1. KL(p || q) is the mean of ln p/q under p, so exp(-KL) is the geometric mean of
    the chances' ratio.
    """
    return _WAYS["less"][0](kl)


def numbers(found: Sequence[Estimate], plain: object) -> tuple[Number, ...]:
    """Means over a text, in plain words if asked for; what has none keeps its unit."""
    usual = estimates.numbers(found)
    return tuple(map(_everyday, found, usual)) if plain else usual


def measured(found: Sequence[Measured], plain: object) -> tuple[Number, ...]:
    """Numbers of an audit, in plain words if asked for; what has none keeps its unit."""
    usual = estimates.measured(found)
    return tuple(map(_everyday, found, usual)) if plain else usual


def _everyday(of: Estimate | Measured, usual: Number) -> Number:
    words = declared(__file__)["numbers"].get(_SAME.get(of.name, of.name))
    if words is None or not math.isfinite(of.value):
        return usual
    turned, form = _WAYS[words["way"]]

    def said(value: float) -> str:
        return number(turned(value), form)

    low, high = said(of.low), said(of.high)
    ends = _("[{low}, {high}]", low=low, high=high) if math.isfinite(of.low) else ""
    value = _(words["value"], x=said(of.value))
    return replace(
        usual, title=_(words["title"]), value=value, interval=ends, meaning=_(words["meaning"])
    )
