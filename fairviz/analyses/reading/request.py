"""Which models read which texts, and what both made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from fairviz.analyses.identity import card_of
from fairviz.core.documents import Documented
from fairviz.core.errors import BadSpec
from fairviz.core.shortened import middle, shortened
from fairviz.core.specs import ModelSpec, refuse_alone
from fairviz.i18n import _
from fairviz.metrics.traces import Floats, PairTrace
from fairviz.models.identity import ONE_BOS


@dataclass(frozen=True)
class ReadingRequest(Documented):
    """Who reads what."""

    LATER = ("floor", "batch_rows", "null")

    baseline: ModelSpec  # one model, or the file of what llama.cpp's expected
    compressed: ModelSpec  # the other
    texts: tuple[str, ...]  # one or two; none where such a file holds the tokens
    floor: bool = True  # whether the noise floor is measured
    # Texts read together, where others' batches are repeated; see `Pair.in_batches`.
    batch_rows: int | None = None
    null: int = 0  # null models that are read beside; see `inference.null_readings`

    def __post_init__(self) -> None:
        refuse_alone(self.null)
        if self.baseline.logits and (self.texts or self.floor or self.null):
            raise BadSpec(
                _(
                    "{source} holds its own tokens, and no model to read others.",
                    source=self.baseline,
                ),
                fix=_("Leave out the text, the noise floor and null models."),
            )

    @property
    def models(self) -> tuple[ModelSpec, ModelSpec]:
        """The two that are loaded: where the baseline is a file, the compressed one alone."""
        return (self.compressed if self.baseline.logits else self.baseline), self.compressed

    @property
    def name(self) -> str:
        """The first text in quotation marks, shortened, or the name of the file that is read."""
        if self.baseline.logits:
            return Path(self.baseline.logits).name
        return _("“{text}”", text=shortened(self.texts[0]))


@dataclass(frozen=True, eq=False)
class Reading:
    """What both models made of it."""

    request: ReadingRequest  # who read what
    # For each text, the texts of the tokens that are context only.
    contexts: tuple[tuple[str, ...], ...]
    traces: tuple[PairTrace, ...]  # one per text
    # The baseline against itself: `how`, `share`, and per quantity the `size` that this share of
    # the tokens stays below; `failed` where it could not be measured, empty where it was not.
    floor: Mapping[str, Any]
    provenance: Mapping[str, Any]  # identity of both models, versions, device, date; JSON values
    # Null models on the same texts: `found`, a `Null`; `failed` where they could not be measured.
    null: Mapping[str, Any] = field(default_factory=dict)

    def before(self, place: int) -> str:
        """What is shown of a text before its first measured token.

        The beginning-of-text token is none of its words; the identity card tells of it.
        """
        bos = card_of(self.provenance, "baseline").get("bos")
        return "".join(one for one in self.contexts[place] if bos != f"{ONE_BOS}{one}")

    def document(self) -> dict[str, Any]:
        """Everything as plain JSON values; NaN becomes null."""
        from fairviz.analyses.null_models import document

        return {
            **self.request.document(),
            "contexts": [list(one) for one in self.contexts],
            "traces": [one.document() for one in self.traces],
            "noise_floor": dict(self.floor),
            **({"null": document(self.null, *of_null(self.traces))} if self.null else {}),
            "provenance": dict(self.provenance),
        }


def of_null(traces: tuple[PairTrace, ...]) -> tuple[Floats, Floats]:
    """KL and the baseline's entropy of every token of the texts, as null models are held to."""
    return (
        np.concatenate([one.kl for one in traces]),
        np.concatenate([one.baseline.entropy for one in traces]),
    )


def label(request: ReadingRequest, facts: Mapping[str, Any]) -> str:
    """One line for a list: the first text and the two models."""
    two = f"{middle(request.baseline)} → {middle(request.compressed)}"
    return " · ".join((request.name, two))
