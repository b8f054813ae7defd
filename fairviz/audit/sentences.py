"""The sentences that an audit allows, in the current language."""

from __future__ import annotations

import math

from fairviz.language import later, number, tr
from fairviz.stats import Bounded, Flips

# With fewer flips even all one way have p > 0.05 in McNemar's exact test: 2 / 2^5 = 0.0625.
FEW = 6


def flips(before: float, after: float, changed: int, n: int, tested: Flips) -> str:
    """Accuracy before and after, and how many of n answers changed behind it."""
    base, comp = (percent(float(one), 2) for one in (before, after))
    if changed == 0:
        return tr(
            "Accuracy is {base} under the baseline and {comp} under the compressed model; no "
            "answer changed in {n} items.",
            base=base,
            comp=comp,
            n=n,
        )
    others = changed - tested.lost - tested.gained
    if base != comp and others > 0:
        message = later(
            "Accuracy is {base} under the baseline and {comp} under the compressed model, but "
            "{flips} of {n} answers changed: {lost} from right to wrong, {gained} from wrong to "
            "right, {others} otherwise."
        )
    elif base != comp:
        message = later(
            "Accuracy is {base} under the baseline and {comp} under the compressed model, but "
            "{flips} of {n} answers changed: {lost} from right to wrong, {gained} from wrong to "
            "right."
        )
    elif others > 0:
        message = later(
            "Accuracy stays at {base}, and yet {flips} of {n} answers changed: {lost} from right "
            "to wrong, {gained} from wrong to right, {others} otherwise."
        )
    else:
        message = later(
            "Accuracy stays at {base}, and yet {flips} of {n} answers changed: {lost} from right "
            "to wrong, {gained} from wrong to right."
        )
    lost, gained = tested.lost, tested.gained
    said = tr(
        message, base=base, comp=comp, flips=changed, n=n, lost=lost, gained=gained, others=others
    )
    hidden = lost + gained - abs(gained - lost)
    if not hidden:
        return said
    return f"{said} " + tr("{n} of these flips cancel in the accuracy (masked).", n=hidden)


def verdict(tested: Flips) -> str:
    """Whether flips one way outnumber those the other way."""
    if tested.p_value > 0.05:
        message = later(
            "Flips one way do not outnumber the other by more than chance allows (McNemar, p = "
            "{p:.2g})."
        )
    elif tested.gained < tested.lost:
        message = later(
            "Flips to wrong outnumber the others by more than chance allows (McNemar, p = {p:.2g})."
        )
    else:
        message = later(
            "Flips to right outnumber the others by more than chance allows (McNemar, p = {p:.2g})."
        )
    said, flipped = tr(message, p=tested.p_value), tested.lost + tested.gained
    if not 0 < flipped < FEW:
        return said
    return f"{said} " + tr(
        "With fewer than {few} such flips, and here there are {n}, no outcome can be told from "
        "chance at 5 %.",
        few=FEW,
        n=flipped,
    )


def relation(found: Bounded, counted: str, shift: str) -> str:
    """Whether the baseline's uncertainty and the shift go together.

    Args:
        found: Their rank correlation.
        counted: Of how many, such as `60 prompts`.
        shift: `kl` or `js`.
    """
    if not math.isfinite(found.rho):
        return tr(
            "Whether uncertainty and shift go together cannot be told from these {counted}.",
            counted=counted,
        )
    with_interval = math.isfinite(found.low)
    numbers = tr(
        _NUMBERS[shift, with_interval],
        rho=signed(found.rho),
        low=signed(found.low),
        high=signed(found.high),
        counted=counted,
    )
    if not with_interval or found.low <= 0 <= found.high:
        message = later(
            "Whether compression moves more where the baseline was unsure is open: {numbers}."
        )
    elif found.rho > 0:
        message = later("Compression moves more where the baseline was unsure: {numbers}.")
    else:
        message = later("Compression moves more where the baseline was sure: {numbers}.")
    return tr(message, numbers=numbers)


_NUMBERS = {
    ("kl", True): later(
        "Spearman's rank correlation of the baseline's entropy and KL is {rho} (95 % bootstrap "
        "interval {low} to {high}, {counted})"
    ),
    ("kl", False): later(
        "Spearman's rank correlation of the baseline's entropy and KL is {rho} ({counted}, too "
        "few for an interval)"
    ),
    ("js", True): later(
        "Spearman's rank correlation of the baseline's entropy and Jensen-Shannon divergence is "
        "{rho} (95 % bootstrap interval {low} to {high}, {counted})"
    ),
    ("js", False): later(
        "Spearman's rank correlation of the baseline's entropy and Jensen-Shannon divergence is "
        "{rho} ({counted}, too few for an interval)"
    ),
}


def signed(value: float) -> str:
    """Two digits, with a minus sign."""
    return number(value, ".2f").replace("-", "−")


def percent(value: float, digits: int = 1) -> str:
    """A share; a dash where it is not known."""
    if not math.isfinite(value):
        return "–"
    return tr("{percent} %", percent=number(100 * value, f".{digits}f"))
