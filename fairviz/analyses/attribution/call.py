"""From Python: a compressed model is taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

from fairviz.analyses.called import Result, Where, answered, each
from fairviz.compression.registry import METHODS
from fairviz.core.declared import refusals_of
from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec

if TYPE_CHECKING:
    from fairviz.analyses.attribution.request import Attribution

_refused = refusals_of(__file__, BadSpec)


def attribute(
    baseline: str,
    compressed: str | Sequence[str],
    text: str,
    *,
    fineness: str = "part",
    probe: str = "",
    items: str = "",
    bits: int = 16,
    mix: str = "",
    settings: Mapping[str, Any] | None = None,
    **where: Unpack[Where],
) -> Result[Attribution]:
    """Which parts of a compressed model bring the shift; a row of its frame is a part.

    Args:
        baseline: A model.
        compressed: A form of it of the same shape, or up to eight.
        text: What they read.
        fineness: `layer`; `part`, attention and MLP; or `linear`, single linear layers.
        probe: One that reads, such as `minimal_pairs`: then the change of its rate as well.
        items: A file of the probe's items, or `hub:ID[:SUBSET]`; without one the project's own.
        bits: What the best parts are kept in, 16 or 8.
        mix: How many of the best parts a mix is to keep, which is made and measured on what it was
            not chosen on; or the name of such a model.
        settings: Of the probe.
        where: Fields of `Where`.
    """
    from fairviz.analyses.attribution.present import table
    from fairviz.analyses.attribution.request import AttributionRequest
    from fairviz.analyses.attribution.run import measure
    from fairviz.analyses.probe.request import probe_request
    from fairviz.probes.fields import files
    from fairviz.probes.registry import probe_of

    which = probe_of(probe) if probe else None
    chosen = which.settled(settings or {}) if which else {}
    read = which.items(files(items), chosen) if which else None

    def ask(one: ModelSpec, other: ModelSpec, where: Where) -> Result[Attribution]:
        asked = probe_request(probe, one, other, read, chosen) if read is not None else None
        request = AttributionRequest(one, other, text, fineness, asked, bits)
        found = answered("attribution", request, measure(request, read, chosen), table, **where)
        if not mix:
            return found
        request = replace(request, mix=mixed(found.value, mix))
        measuring = measure(request, read, chosen, known=found.value)
        return answered("attribution", request, measuring, table, **where)

    return each(baseline, compressed, ask, where)


def mixed(found: Attribution, mix: str) -> str:
    """The name of a mix that keeps the best parts: by the bias, where that changed beyond chance.

    Args:
        mix: How many, or a name, which stays as it is.

    Raises:
        BadSpec: If the method of the compressed model cannot keep parts, or it has no method.
    """
    if not mix.isdecimal():
        return mix
    from fairviz.analyses.attribution.found import judged

    spec, order = found.request.compressed, found.orders[judged(found)]
    if not 1 <= int(mix) <= len(order):
        raise _refused("count", count=mix, most=len(order))
    method = METHODS.get(spec.compression.method)
    keep, bits = order[: int(mix)], found.request.bits
    if method is None or not method.keeps:
        can = ", ".join(name for name, one in METHODS.items() if one.keeps)
        raise _refused("not_made", compressed=spec, keep=",".join(keep), methods=can)
    kept = replace(spec.compression, keep=keep, keep_bits=bits)
    return str(replace(spec, compression=kept))
