"""What a probe was asked of which models, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pandas as pd

from fairviz import __version__
from fairviz.core.set_files import LeftOut
from fairviz.core.specs import ModelSpec, batch
from fairviz.probes.document import document
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
    left_out: tuple[LeftOut, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Everything, as the command line's `--json` writes it."""
        asked = self.request
        rows = pd.DataFrame(index=range(asked.n))  # of the items only the number is told
        items = Items(asked.source, rows, self.left_out, self.warts, asked.content)
        two = asked.baseline, asked.compressed
        found = document(probe_of(asked.probe), items, self.outcome, asked.settings, two, None)
        return {**found, "provenance": dict(self.provenance)}


def probe_request(
    probe: str,
    baseline: ModelSpec,
    compressed: ModelSpec,
    items: Items,
    settings: Mapping[str, Any],
) -> ProbeRequest:
    """The question that a run answers; files among the settings become a name and a hash."""
    told = {
        name: f"{value[1]} ({sha256(value[0]).hexdigest()[:16]})"
        if isinstance(value, tuple)
        else value
        for name, value in settings.items()
    }
    n, content = len(items.rows), items.content
    return ProbeRequest(probe, baseline, compressed, items.source, content, n, told)


def without_models() -> dict[str, Any]:
    """The provenance of a run that read what others measured."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"versions": {"fairviz": __version__}, "date": now}
