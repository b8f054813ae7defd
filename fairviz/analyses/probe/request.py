"""What a probe was asked of which models, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from fairviz.core.skips import Skip
from fairviz.core.specs import ModelSpec, batch
from fairviz.i18n import _, ngettext
from fairviz.probes.labels import called
from fairviz.probes.record import Items, Outcome
from fairviz.probes.registry import probe_of


@dataclass(frozen=True)
class ProbeRequest:
    """What a probe was asked.

    Attributes:
        probe: Its name.
        baseline: As a model specification; where no model is run, what the first answers are
            called.
        compressed: Likewise.
        source: What the items are called.
        content: Hash of what they hold.
        n: How many.
        settings: Setting -> value, as JSON has it; an uploaded word list by name and hash.
        batch_rows: Texts read together, where others' batches are repeated; see
            `Pair.in_batches`.
    """

    probe: str
    baseline: ModelSpec
    compressed: ModelSpec
    source: str
    content: str
    n: int
    settings: Mapping[str, Any]
    batch_rows: int | None = None

    def document(self) -> dict[str, Any]:
        """The question as JSON values."""
        models = {"baseline": str(self.baseline), "compressed": str(self.compressed)}
        found = {**self.__dict__, **models, "settings": dict(self.settings)}
        del found["batch_rows"]
        return found | batch(self.batch_rows)


@dataclass(frozen=True, eq=False)
class ProbeResult:
    """A question, what came out, and what a reader needs to trust it.

    Attributes:
        request: The question.
        outcome: What came out.
        warts: What was odd in the items, with how often.
        left_out: Items that could not be used.
        provenance: Both models as loaded, versions, date; without models versions and date.
    """

    request: ProbeRequest
    outcome: Outcome
    warts: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[Skip, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)


def probe_request(
    probe: str,
    baseline: ModelSpec,
    compressed: ModelSpec,
    items: Items,
    settings: Mapping[str, Any],
    batch_rows: int | None = None,
) -> ProbeRequest:
    """What a run answers; files among the settings become a name and a hash."""
    named = {
        name: f"{value[1]} ({sha256(value[0]).hexdigest()[:16]})"
        if isinstance(value, tuple)
        else value
        for name, value in settings.items()
    }
    return ProbeRequest(
        probe=probe,
        baseline=baseline,
        compressed=compressed,
        source=items.source,
        content=items.content,
        n=len(items.rows),
        settings=named,
        batch_rows=batch_rows,
    )


def label(request: ProbeRequest, facts: Mapping[str, Any] = MappingProxyType({})) -> str:
    """One line for a list: the probe, its items, the two models."""
    return ngettext(
        "{probe}: {source}, {n:,} item · {baseline} → {compressed}",
        "{probe}: {source}, {n:,} items · {baseline} → {compressed}",
        request.n,
        probe=_(probe_of(request.probe).title),
        source=called(request.source),
        baseline=str(request.baseline),
        compressed=str(request.compressed),
    )
