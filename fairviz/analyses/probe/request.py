"""What a probe was asked of which models, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from fairviz.core.documents import Documented
from fairviz.core.errors import BadSpec
from fairviz.core.shortened import middle
from fairviz.core.skips import Skip
from fairviz.core.specs import Chat, ModelSpec, refuse_alone
from fairviz.i18n import _, ngettext
from fairviz.probes.labels import called
from fairviz.probes.record import Items, Outcome
from fairviz.probes.registry import probe_of


@dataclass(frozen=True)
class ProbeRequest(Documented):
    """What a probe was asked."""

    LATER = ("batch_rows", "chat", "null")

    probe: str  # its name
    # As a model specification; where no model is run, what the first answers are called.
    baseline: ModelSpec
    compressed: ModelSpec  # likewise
    source: str  # what the items are called
    content: str  # hash of what they hold
    n: int  # how many
    # Setting -> value, as JSON has it; an uploaded word list by name and hash.
    settings: Mapping[str, Any]
    # Texts read together, where others' batches are repeated; see `Pair.in_batches`.
    batch_rows: int | None = None
    chat: Chat | None = None  # how prompts are put to chat models; None is as they stand
    null: int = 0  # null models that are read beside; see `inference.null_readings`

    def __post_init__(self) -> None:
        refuse_alone(self.null)
        if not probe_of(self.probe).models and self.null:  # it also refuses a probe that is no more
            raise BadSpec(
                _("No model is run by {probe}, and null models are models.", probe=self.probe),
                fix=_("Leave null models out (--null 0)."),
            )

    @property
    def together(self) -> bool:
        """Whether both models write at once."""
        return probe_of(self.probe).writes


@dataclass(frozen=True, eq=False)
class ProbeResult:
    """A question, what came out, and what a reader needs to trust it."""

    request: ProbeRequest  # the question
    outcome: Outcome  # what came out
    # What was odd in the items, with how often.
    warts: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[Skip, ...] = ()  # items that could not be used
    # Both models as loaded, versions, date; without models versions and date.
    provenance: Mapping[str, Any] = field(default_factory=dict)


def probe_request(
    probe: str,
    baseline: ModelSpec,
    compressed: ModelSpec,
    items: Items,
    settings: Mapping[str, Any],
    batch_rows: int | None = None,
    chat: Chat | None = None,
    null: int = 0,
) -> ProbeRequest:
    """What a run answers; files among the settings become a name and a hash.

    Raises:
        BadSpec: If prompts are to be put to chat models, and the probe has none; or null models
            are to be read, and it runs no models.
    """
    if chat is not None and not probe_of(probe).chat:
        title = _(probe_of(probe).title)
        raise BadSpec(
            _("{probe} reads whole sentences, which are no prompts of a chat.", probe=title),
            fix=_("Leave the chat template off (--chat off)."),
        )
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
        chat=chat,
        null=null,
    )


def label(request: ProbeRequest, facts: Mapping[str, Any]) -> str:
    """One line for a list: the probe, its items, the two models."""
    return ngettext(
        "{probe}: {source}, {n:,} item · {baseline} → {compressed}",
        "{probe}: {source}, {n:,} items · {baseline} → {compressed}",
        request.n,
        probe=_(probe_of(request.probe).title),
        source=called(request.source),
        baseline=middle(request.baseline),
        compressed=middle(request.compressed),
    )
