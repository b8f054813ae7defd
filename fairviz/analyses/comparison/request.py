"""What is asked of a pair, and both texts that it wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from fairviz.core.documents import Documented
from fairviz.core.errors import BadSpec
from fairviz.core.shortened import middle, shortened
from fairviz.core.specs import Chat, Decoding, ModelSpec
from fairviz.i18n import _
from fairviz.metrics.traces import PairTrace


@dataclass(frozen=True)
class Branch(Documented):
    """What of another run is given behind the prompt: a text so far, and another token instead of
    the one that was written there."""

    parent: str  # key of that run; empty where it was not kept
    side: str  # who wrote that text, `baseline` or `compressed`
    at: int  # index of the other token in it
    ids: tuple[int, ...]  # all that is given behind the prompt; the last is the other token
    tokens: tuple[str, ...]  # what each of them reads as


@dataclass(frozen=True)
class ComparisonRequest(Documented):
    """What is asked of a pair: two models, a prompt, a way of decoding."""

    LATER = ("chat", "branch")

    baseline: ModelSpec
    compressed: ModelSpec
    prompt: str
    decoding: Decoding = field(default_factory=Decoding)
    chat: Chat | None = None  # how the prompt is put to chat models; None is as it stands
    branch: Branch | None = None  # None goes on from the prompt alone

    # Both models write at once.
    together = True

    @property
    def before(self) -> str:
        """What a reader is shown before the texts: the prompt, an answer below it, and what of that
        was given."""
        given = "".join(self.branch.tokens if self.branch else ())
        return f"{self.prompt}{given}" if self.chat is None else f"{self.prompt}\n\n{given}"

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The inverse of `document`."""
        if not isinstance(document["decoding"], dict):
            raise BadSpec(_("The question has no decoding settings."), fix=_("Ask it anew."))
        return super().from_document(document)


@dataclass(frozen=True, eq=False)
class Comparison:
    """A request and its answer."""

    request: ComparisonRequest  # what was asked
    context: tuple[str, ...]  # texts of the prompt's tokens, the beginning-of-text token included
    on_baseline: PairTrace  # both models on the text the baseline wrote
    on_compressed: PairTrace  # both models on the text the compressed model wrote
    # Index of the first token where the texts differ (also where one has ended and the other goes
    # on); None when they are the same.
    first_divergence: int | None
    provenance: Mapping[str, Any]  # identity of both models, versions, device, date; JSON values

    @property
    def texts(self) -> dict[str, PairTrace]:
        """Who wrote a text, `baseline` or `compressed` -> both models on it."""
        return {"baseline": self.on_baseline, "compressed": self.on_compressed}

    def document(self) -> dict[str, Any]:
        """The whole comparison as plain JSON values; NaN becomes null."""
        return {
            "question": self.request.document(),
            "context": list(self.context),
            "texts": {"baseline": self.on_baseline.text, "compressed": self.on_compressed.text},
            "first_divergence": self.first_divergence,
            "on_baseline": self.on_baseline.document(),
            "on_compressed": self.on_compressed.document(),
            "provenance": dict(self.provenance),
        }


def label(request: ComparisonRequest, facts: Mapping[str, Any]) -> str:
    """One line for a list: the prompt, the two models, and whether their texts part."""
    two = f"{middle(request.baseline)} → {middle(request.compressed)}"
    line = " · ".join((_("“{text}”", text=shortened(request.before)), two))
    line = line if request.branch is None else _("{line} · branch", line=line)
    if "first_divergence" not in facts:
        return line
    place = facts["first_divergence"]
    parts = _("same text") if place is None else _("part at {place}", place=place)
    return f"{line} · {parts}"
