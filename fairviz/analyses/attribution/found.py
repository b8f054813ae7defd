"""What an attribution says in numbers: shares of the parts, and what the best bring back."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from fairviz.analyses.attribution.request import KEEP, RESTORE, Attribution, Seen
from fairviz.metrics.traces import Bools, Floats
from fairviz.stats import FEW_UNITS, holm, paired_change
from fairviz.stats.attribution import Shares, by_chance, shares, token_labels
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


def tells(found: Attribution, what: str, here: Bools) -> bool:
    """Whether shares on some of the units are bounded: of KL they are, and of a change of items
    where its own interval there leaves out 0 (Fieller 1954, "Some problems in interval
    estimation")."""
    if what == "kl":
        return True
    whole, base = (found.seen[one].items for one in ("compressed", "baseline"))
    here = here & np.isfinite(whole + base)
    clusters = np.array(found.clusters)[here]
    return bool(here.any()) and paired_change(base[here], whole[here], clusters).p_value < _LEVEL


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


def held_out(found: Attribution, seen: Seen, what: str, here: Bools) -> tuple[float, float, float]:
    """The share that a mixture brings back on some of the units, and the ends of its interval."""
    whole, base = found.seen["compressed"], found.seen["baseline"]
    if what == "kl":
        of, back, labels = whole.kl, whole.kl - seen.kl, token_labels(whole.kl)
    else:
        of, back = whole.items - base.items, whole.items - seen.items
        labels = np.array(found.clusters)
    here = here & np.isfinite(of + back)
    if not here.any():
        return (math.nan,) * 3
    one = shares(of[here], back[here][None], labels[here])
    return float(one.value[0]), float(one.low[0]), float(one.high[0])


def rivals(found: Attribution, best: int) -> int:
    """How many other parts are not told from the one that brings back most of the KL.

    Chosen for being first, it is first by more than chance where it is so against each of them
    (Gutmann & Maymin 1987, "Is the selected population the best?").
    """
    left = np.array([found.seen[f"{RESTORE} {one.name}"].kl for one in found.measured])
    more = np.delete(left, best, axis=0) - left[best]
    return int((by_chance(more, token_labels(found.seen["compressed"].kl)) >= _LEVEL).sum())


def brings_bias(found: Attribution) -> Bools:
    """(U,) whether restoring a part takes some of the bias away beyond chance, by Holm."""
    return _beyond_by_holm(found, 0)


def overturns(found: Attribution) -> tuple[int, ...]:
    """Parts whose restoring leaves more than the whole change, the other way round, by Holm."""
    return tuple(np.flatnonzero(_beyond_by_holm(found, 2)).tolist())


def _beyond_by_holm(found: Attribution, times: int) -> Bools:
    """(U,) whether what a part brings back of the bias is more than so many times the whole."""
    base, whole = (found.seen[one].items for one in ("baseline", "compressed"))
    left = np.array([found.seen[f"{RESTORE} {one.name}"].items for one in found.measured])
    here = np.isfinite(left).all(axis=0) & np.isfinite(whole + base)
    change = (whole - base)[here]
    sign = np.sign(change.mean())
    back, clusters = sign * (whole - left)[:, here], np.array(found.clusters)[here]
    more = back - times * sign * change
    beyond_chance: Bools = (more.mean(axis=1) > 0) & (holm(by_chance(more, clusters)) < _LEVEL)
    return beyond_chance
