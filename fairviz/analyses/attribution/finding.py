"""What the numbers of an attribution let one say: the finding, and the sentences below it."""

from __future__ import annotations

import numpy as np

from fairviz.analyses import estimates
from fairviz.analyses.attribution.found import (
    Found,
    beyond,
    brings_bias,
    brought,
    held_out,
    kept,
    of_parts,
    overturns,
    rivals,
    sizes,
    weight_bytes,
)
from fairviz.analyses.attribution.request import KEEP, RESTORE, Attribution
from fairviz.analyses.presentation import Finding
from fairviz.core.declared import sentences_of
from fairviz.core.shortened import middle
from fairviz.i18n import joined
from fairviz.inference.mixed import EMBEDDING, HEAD, Unit
from fairviz.stats import FEW_UNITS, spearman
from fairviz.stats.attribution import token_labels

_say = sentences_of(__file__)
_WITH_ARTICLE = ("attn", "mlp")


def called(unit: Unit | str) -> str:
    """A part as a sentence calls it."""
    name = unit if isinstance(unit, str) else unit.name
    layer, _dot, part = name.partition(".")
    if layer in (EMBEDDING, HEAD):
        return _say(layer)
    if part in _WITH_ARTICLE:
        return _say(part, layer=layer)
    return _say("linear" if part else "layer", layer=layer, part=part)


def finding(found: Attribution) -> Finding | None:
    """The part that brings back most: of the bias where that changed beyond chance, else of KL."""
    of = of_parts(found)
    if not len(found.measured) or not np.isfinite(of.kl.value).any():
        return None
    if of.bias is not None and beyond(of.change):
        # What turns the change into its opposite does not bring it back.
        best = int(np.nanargmin(np.abs(1 - of.bias.value)))
        bias, kl = float(of.bias.value[best]), float(of.kl.value[best])
        sure = "strong" if brings_bias(found)[best] else "open"
        part = called(found.measured[best])
        return Finding(_say("found_bias", part=part, bias=bias, kl=kl), sure)
    best = int(np.nanargmax(of.kl.value))
    units = len(set(token_labels(found.seen["compressed"].kl).tolist()))
    part, kl, n = called(found.measured[best]), float(of.kl.value[best]), len(found.measured)
    if units < FEW_UNITS:
        return Finding(_say("found_few", part=part, kl=kl), "none")
    if others := rivals(found, best):
        return Finding(_say("found_among", part=part, kl=kl, n=others), "open", "parts")
    sure = "strong" if of.kl.low[best] > 0 else "open"
    return Finding(_say("found_kl", part=part, kl=kl, n=n), sure)


def allowed(found: Attribution, of: Found, direction: str) -> list[str]:
    """What else the numbers allow to say."""
    sure = ("kl", "bias") if beyond(of.change) else ("kl",)
    told = [_mix(found, what) for what in sure]  # what was asked for last
    if of.bias is not None and len(found.measured) > 2:
        size = sizes(found, direction)
        ranks = [spearman(of.kl.value, one).rho for one in (size, of.bias.value)]
        told.append(_say("ranks", n=len(found.measured), size=ranks[0], net=ranks[1]))
    if of.change is not None and not beyond(of.change):
        change = of.change
        told.append(_say("by_chance", change=estimates.signed(change.mean), p=change.p_value))
    if of.bias is not None and beyond(of.change):
        turned = overturns(found) if direction == RESTORE else ()
        over = [called(found.measured[place]) for place in turned]
        told.append(_say("over", n=len(over), parts=joined(over)) if over else "")
    if not found.screened:
        for what, one in (("rest_kl", of.kl), ("rest_bias", of.bias)):
            if one is not None and (what == "rest_kl" or beyond(of.change)):
                rest, low, high = one.remainder
                which = f"open_{what}" if low <= 0 <= high else what
                told.append(_say(which, sum=1 - rest, rest=rest, low=low, high=high))
    else:
        n = len(found.units)
        told.append(_say("screened", n=n, best=len(found.measured)))
    told += [_held(found, what) for what in sure]
    if found.forwards:
        told.append(_say("forwards", n=len(found.measured), forwards=found.forwards))
    return told


def _held(found: Attribution, what: str) -> str:
    """What the best parts bring back where they were chosen, and where they were not."""
    count, half = kept(found, what), found.choosing[what == "bias"]
    if not half.any() or half.all() or not count:
        return ""
    seen = found.seen[f"{KEEP} {what} {count}"]
    held, low, high = held_out(found, seen, what, ~half)
    return _say(
        f"held_{what}",
        n=count,
        parts=joined([called(one) for one in found.orders[what][:count]]),
        bits=found.request.bits,
        there=brought(found, seen, what, half),
        held=held,
        low=low,
        high=high,
        mb=weight_bytes(found, what, count) / 1e6,
    )


def _mix(found: Attribution, what: str) -> str:
    """By how much a made mix keeps what the choice promised, on what choosing did not see."""
    seen, half = found.seen.get("mix"), found.choosing[what == "bias"]
    if seen is None or half.all():
        return ""
    held, low, high = held_out(found, seen, what, ~half)
    said = {"mix": middle(found.request.mix), "low": low, "high": high}
    return _say(f"mix_{what}", there=brought(found, seen, what, half), held=held, **said)
