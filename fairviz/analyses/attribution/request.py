"""What is taken apart, on which text and probe, and what every mixture of the two models gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from fairviz.analyses.probe.request import ProbeRequest
from fairviz.core.declared import declared, refusals_of
from fairviz.core.documents import Documented
from fairviz.core.errors import BadSpec
from fairviz.core.json_file import plain
from fairviz.core.shortened import middle
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.inference.mixed import FINENESS, Unit
from fairviz.metrics.traces import Bools, Floats
from fairviz.probes.registry import probe_of

_refused = refusals_of(__file__, BadSpec)
# What the curve may keep a part in.
BITS = (16, 8)
RESTORE, ONLY, KEEP = "restore", "only", "keep"


@dataclass(frozen=True)
class AttributionRequest(Documented):
    """What is taken apart."""

    LATER = ("mix",)

    baseline: ModelSpec  # one model
    compressed: ModelSpec  # the other, of the same shape
    text: str  # whose tokens' KL is brought back
    fineness: str = "part"  # `layer`, `part` or `linear`; see `inference.mixed`
    # The probe whose rate is brought back; None measures KL alone.
    probe: ProbeRequest | None = None
    bits: int = 16  # what the curve keeps the best parts in
    mix: str = ""  # a made mix that is measured beside on the held-out half; empty for none

    def __post_init__(self) -> None:
        if self.fineness not in FINENESS:
            raise _refused("fineness", fineness=self.fineness, all=", ".join(FINENESS))
        if self.bits not in BITS:
            raise _refused("bits", bits=self.bits)
        probe = self.probe and probe_of(self.probe.probe)
        if probe and (probe.writes or not probe.models):
            raise _refused("probe", probe=_(probe.title))

    # Both models are read in mixtures of both.
    together = True


class Seen(NamedTuple):
    """What one mixture of the two models gave.

    Attributes:
        kl: (T,) from the baseline, nats.
        log_prob: (T,) ln of what it gives each token of the text.
        items: (N,) the probe's measure of each item; NaN where it could not be measured.
        rate: The probe's number over all items; NaN without a probe.
    """

    kl: Floats
    log_prob: Floats
    items: Floats
    rate: float


@dataclass(frozen=True, eq=False)
class Attribution:
    """What every mixture gave.

    `seen` has `baseline`, `compressed`, `restore NAME` and `only NAME` for the parts that were
    measured, `keep kl K` and `keep bias K` for the best K of `orders`, and `mix` where one is.
    """

    request: AttributionRequest  # what was asked
    units: tuple[Unit, ...]  # all parts that differ, in the order of computing
    tokens: tuple[str, ...]  # (T,) of the text, as they are written
    clusters: tuple[str, ...]  # (N,) items of one name stand or fall together
    # `kl`, and `bias` with a probe -> names of the parts, best first, by the half of tokens and of
    # items that choosing may see.
    orders: Mapping[str, tuple[str, ...]]
    seen: Mapping[str, Seen]
    measure: str = ""  # what the probe's rate is, as its outcome tells it
    # `kl` and `bias` -> linear layer -> first-order change on restoring it; empty where all are
    # measured.
    screened: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    forwards: float = 0.0  # what restoring took on the text, in passes of the whole model
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measured(self) -> tuple[Unit, ...]:
        """The parts that were exchanged, each by itself."""
        return tuple(unit for unit in self.units if f"{RESTORE} {unit.name}" in self.seen)

    @property
    def choosing(self) -> tuple[Bools, Bools]:
        """(T,) and (N,) whether choosing may see a token and an item: the first half of the text,
        every other cluster."""
        half = np.arange(len(self.tokens)) < len(self.tokens) // 2
        names = list(dict.fromkeys(self.clusters))
        odd = set(names[::2])
        return half, np.array([one in odd for one in self.clusters], dtype=np.bool_)

    def document(self) -> dict[str, Any]:
        """Everything as plain JSON values; NaN becomes null."""
        found: dict[str, Any] = plain(
            {
                **self.request.document(),
                "units": [{"name": one.name, "weights": one.weights} for one in self.units],
                "tokens": self.tokens,
                "clusters": self.clusters,
                "orders": self.orders,
                "seen": {name: one._asdict() for name, one in self.seen.items()},
                "screened": self.screened,
                "forwards": self.forwards,
                "provenance": self.provenance,
            }
        )
        return found


def label(request: AttributionRequest, facts: Mapping[str, Any]) -> str:
    """One line for a list: the two models, and how fine; of a mix, what it keeps."""
    line = _(
        "{baseline} → {compressed}, by {fineness}",
        baseline=middle(request.baseline),
        compressed=middle(request.compressed),
        fineness=_(declared(__file__)["fineness"][request.fineness]),
    )
    return f"{line} · {middle(request.mix)}" if request.mix else line
