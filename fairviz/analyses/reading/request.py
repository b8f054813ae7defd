"""Which models read which texts, and what both made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairviz.analyses.comparison.request import shortened
from fairviz.core.specs import ModelSpec, batch
from fairviz.metrics.traces import PairTrace


@dataclass(frozen=True)
class ReadingRequest:
    """Who reads what.

    Attributes:
        baseline: One model.
        compressed: The other.
        texts: One or two.
        floor: Whether the noise floor is measured.
        batch_rows: Texts read together, where others' batches are repeated; see
            `Pair.in_batches`.
    """

    baseline: ModelSpec
    compressed: ModelSpec
    texts: tuple[str, ...]
    floor: bool = True
    batch_rows: int | None = None

    def document(self) -> dict[str, object]:
        """Plain JSON values; those of questions asked before there was a choice are unchanged."""
        return {
            "baseline": str(self.baseline),
            "compressed": str(self.compressed),
            "texts": list(self.texts),
            **({} if self.floor else {"floor": False}),
            **batch(self.batch_rows),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> ReadingRequest:
        """The inverse of `document`."""
        return cls(
            ModelSpec.parse(str(document["baseline"])),
            ModelSpec.parse(str(document["compressed"])),
            tuple(str(text) for text in document["texts"]),
            bool(document.get("floor", True)),
            document.get("batch_rows"),
        )


@dataclass(frozen=True, eq=False)
class Reading:
    """What both models made of it.

    Attributes:
        request: Who read what.
        contexts: For each text, the texts of the tokens that are context only.
        traces: One per text.
        floor: The baseline against itself: `how`, `share`, and per quantity the `size` that
            this share of the tokens stays below; `failed` where it could not be measured, empty
            where it was not.
        provenance: Identity of both models, versions, device, date; JSON values.
    """

    request: ReadingRequest
    contexts: tuple[tuple[str, ...], ...]
    traces: tuple[PairTrace, ...]
    floor: Mapping[str, Any]
    provenance: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """Everything as plain JSON values; NaN becomes null."""
        return {
            **self.request.document(),
            "contexts": [list(one) for one in self.contexts],
            "traces": [one.document() for one in self.traces],
            "noise_floor": dict(self.floor),
            "provenance": dict(self.provenance),
        }


def label(request: ReadingRequest, facts: Mapping[str, Any]) -> str:
    """One line for a list: the first text and the two models."""
    return f"“{shortened(request.texts[0])}” · {request.baseline} → {request.compressed}"
