"""What is asked of a pair, and both texts that it wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from fairviz.core.errors import BadSpec
from fairviz.core.shortened import middle, shortened
from fairviz.core.specs import Chat, Decoding, ModelSpec, in_chat
from fairviz.i18n import _
from fairviz.metrics.traces import PairTrace


@dataclass(frozen=True)
class Branch:
    """What of another run is given behind the prompt: a text so far, and another token instead of
    the one that was written there."""

    parent: str  # key of that run; empty where it was not kept
    side: str  # who wrote that text, `baseline` or `compressed`
    at: int  # index of the other token in it
    ids: tuple[int, ...]  # all that is given behind the prompt; the last is the other token
    tokens: tuple[str, ...]  # what each of them reads as

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Branch:
        """The inverse of `asdict`."""
        ids, tokens = tuple(map(int, document["ids"])), tuple(map(str, document["tokens"]))
        return cls(str(document["parent"]), str(document["side"]), int(document["at"]), ids, tokens)


@dataclass(frozen=True)
class ComparisonRequest:
    """What is asked of a pair: two models, a prompt, a way of decoding."""

    baseline: ModelSpec
    compressed: ModelSpec
    prompt: str
    decoding: Decoding = field(default_factory=Decoding)
    chat: Chat | None = None  # how the prompt is put to chat models; None is as it stands
    branch: Branch | None = None  # None goes on from the prompt alone

    @property
    def before(self) -> str:
        """What a reader is shown before the texts: the prompt, an answer below it, and what of that
        was given."""
        given = "".join(self.branch.tokens if self.branch else ())
        return f"{self.prompt}{given}" if self.chat is None else f"{self.prompt}\n\n{given}"

    @property
    def together(self) -> bool:
        """That both models write at once."""
        return True

    def document(self) -> dict[str, Any]:
        """The request as plain JSON values; without a branch as before there were any."""
        branch = {} if self.branch is None else {"branch": asdict(self.branch)}
        return {
            "baseline": str(self.baseline),
            "compressed": str(self.compressed),
            "prompt": self.prompt,
            "decoding": asdict(self.decoding),
            **in_chat(self.chat),
            **branch,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> ComparisonRequest:
        """The inverse of `document`."""
        decoding = document["decoding"]
        if not isinstance(decoding, dict):
            raise BadSpec(_("The question has no decoding settings."), fix=_("Ask it anew."))
        return cls(
            ModelSpec.parse(str(document["baseline"])),
            ModelSpec.parse(str(document["compressed"])),
            str(document["prompt"]),
            Decoding(**decoding),
            Chat.of(document.get("chat")),
            Branch.from_document(document["branch"]) if "branch" in document else None,
        )


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
