"""What an attribution says in numbers: shares of the parts, and what the best bring back."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from fairviz.analyses.attribution.request import KEEP, RESTORE, Attribution, Seen
from fairviz.metrics.traces import Bools, Floats
from fairviz.stats import FEW_UNITS, paired_change
from fairviz.stats.attribution import Shares, shares, token_labels
from fairviz.stats.paired import Change

_LEVEL = 0.05


class Found(NamedTuple):
    """What the parts bring, one way or the other.

    Attributes:
        kl: Of the mean KL.
        bias: Of the net change of the probe's items; None without a probe.
        change: That change, of both whole models.
    """

    kl: Shares
    bias: Shares | None
    change: Change | None


def of_parts(found: Attribution, direction: str = RESTORE) -> Found:
    """The shares of every measured part."""
    whole, base = found.seen["compressed"], found.seen["baseline"]
    parts = [found.seen[f"{direction} {one.name}"] for one in found.measured]
    kl = np.array([one.kl for one in parts])
    kl = whole.kl - kl if direction == RESTORE else kl
    of_kl = shares(whole.kl, kl, token_labels(whole.kl))
    if not len(whole.items):
        return Found(of_kl, None, None)
    items = np.array([one.items for one in parts])
    items = whole.items - items if direction == RESTORE else items - base.items
    here = np.isfinite(items).all(axis=0) & np.isfinite(whole.items + base.items)
    clusters = np.array(found.clusters)[here]
    change = paired_change(base.items[here], whole.items[here], clusters)
    return Found(of_kl, shares((whole.items - base.items)[here], items[:, here], clusters), change)


def brought(found: Attribution, seen: Seen, what: str, here: Bools) -> float:
    """The share of the KL, or of the `bias`, that a mixture brings back on some of the units."""
    whole, base = found.seen["compressed"], found.seen["baseline"]
    if not here.any():
        return math.nan
    if what == "kl":
        left, size = seen.kl[here].mean(), whole.kl[here].mean()
    else:
        left, size = (float(np.nanmean((one.items - base.items)[here])) for one in (seen, whole))
    return float(1 - left / size) if size else math.nan


def judged(found: Attribution) -> str:
    """What the best parts are told by: `bias` where it changed beyond chance, else `kl`."""
    return "bias" if beyond(of_parts(found).change) else "kl"


def beyond(change: Change | None) -> bool:
    """Whether chance does not allow the change, on enough units."""
    return change is not None and change.p_value < _LEVEL and change.units >= FEW_UNITS


def sizes(found: Attribution, direction: str) -> Floats:
    """(U,) by how much the mean absolute change of an item shrinks with each part, or is made."""
    base, whole = (found.seen[one].items for one in ("baseline", "compressed"))
    all_ = float(np.nanmean(np.abs(whole - base)))
    left = [
        float(np.nanmean(np.abs(found.seen[f"{direction} {one.name}"].items - base)))
        for one in found.measured
    ]
    return all_ - np.array(left) if direction == RESTORE else np.array(left)


def kept(found: Attribution, what: str) -> int:
    """How many of the best parts are told of: as many as bring back half, at least one."""
    order = found.orders[what]
    half = found.choosing[what == "bias"]
    most = sum(f"{KEEP} {what} {count}" in found.seen for count in range(1, len(order) + 1))
    back = (
        brought(found, found.seen[f"{KEEP} {what} {count}"], what, half)
        for count in range(1, most + 1)
    )
    return next((count for count, one in enumerate(back, 1) if one >= 0.5), most)


def weight_bytes(found: Attribution, what: str, count: int) -> float:
    """Bytes of the kept weights in the bits that they are kept in."""
    weights = {one.name: one.weights for one in found.units}
    return sum(weights[name] for name in found.orders[what][:count]) * found.request.bits / 8


def of_token(found: Attribution, direction: str, token: int) -> Shares:
    """Of the change of one token's log-probability; one token has no interval."""
    whole, base = (found.seen[one].log_prob[token] for one in ("compressed", "baseline"))
    parts = np.array(
        [found.seen[f"{direction} {one.name}"].log_prob[token] for one in found.measured]
    )
    parts = whole - parts if direction == RESTORE else parts - base
    change = whole - base
    value = parts / change if change else np.full(len(parts), math.nan)
    nothing = np.full(len(parts), math.nan)
    return Shares(value, nothing, nothing, (math.nan,) * 3)
