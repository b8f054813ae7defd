"""What is audited, by the names of its files; what was asked, and what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.core.documents import Documented
from fairviz.core.errors import BadSpec
from fairviz.core.shortened import middle
from fairviz.core.skips import Skip
from fairviz.core.specs import Chat, ModelSpec, digest, refuse_alone
from fairviz.core.text_file import content_of
from fairviz.i18n import _, ngettext
from fairviz.metrics.traces import BOTH
from fairviz.prompts import bank, read
from fairviz.prompts.bank import Prompt
from fairviz.tasks.item import Item, Open
from fairviz.tasks.reading import from_hub
from fairviz.tasks.reading import read as read_task
from fairviz.tasks.registry import task_of, where_of

if TYPE_CHECKING:
    import pandas as pd

# The name of the set that fairviz brings.
BANK = "bank"


@dataclass(frozen=True)
class AuditRequest(Documented):
    """Which models on which set."""

    LATER = ("floor", "batch_rows", "chat", "null")

    baseline: ModelSpec  # one model
    compressed: ModelSpec  # the other
    source: str  # what a reader calls the set, such as `arc_easy` or a file's name
    content: str  # hash of what the set holds, so that a changed file is another question
    kind: str  # `prompts`, `items` (of multiple choice) or `answers` (in own words)
    max_new_tokens: int = 0  # the most that an answer in own words has; 0 for the other kinds
    floor: bool = True  # whether the noise floor is measured too
    # Texts read together, where others' batches are repeated; see `Pair.in_batches`.
    batch_rows: int | None = None
    chat: Chat | None = None  # how prompts are put to chat models; None is as they stand
    null: int = 0  # null models that are read beside; see `inference.null_readings`

    # What the models are asked depends on none of their answers.
    foreseen = True

    def __post_init__(self) -> None:
        refuse_alone(self.null)
        if self.null and self.kind == "answers":
            raise BadSpec(
                _("Null models read a set, and answers in own words are written."),
                fix=_("Leave them out (--null 0), or choose prompts or multiple choice."),
            )

    @property
    def together(self) -> bool:
        """Whether both models write at once."""
        return self.kind == "answers"


class NamedSet(NamedTuple):
    """Prompts or items, and where they are from."""

    source: str  # what a reader calls the set
    units: Sequence[Prompt | Item | Open]  # all of one kind
    skipped: Sequence[Skip]  # what of it could not be used


def named(
    prompts: str = "",
    *,
    columns: Mapping[str, str] | None = None,
    task: str = "",
    items: str = "",
    labels: str = "",
    preamble: str = "",
    limit: int = 0,
) -> NamedSet:
    """The set that is named.

    Args:
        prompts: `bank`, or a file of prompts.
        task: A zero-shot task, instead of prompts.
        items: The task's file, or `hub:DATASET[:SUBSET]`; `hub:` alone is the task's own.
        preamble: File of a text put before every question.

    Raises:
        BadSpec: If it is not said which set.
        FairvizError: If a file cannot be read as what it should be.
    """
    most = limit or None
    if bool(prompts) == bool(task):
        raise BadSpec(
            _("Say what to audit on: one of --prompts and --task."),
            fix=_("For instance --prompts bank, or --task arc_easy --items FILE."),
        )
    if prompts == BANK:
        return NamedSet(BANK, bank()[:most], ())
    if prompts:
        path = Path(prompts)
        found = read(content_of(path), path.name, columns)
        return NamedSet(path.name, found.prompts[:most], found.left_out)
    which = task_of(task)
    before = content_of(Path(preamble)).decode("utf-8", errors="replace") if preamble else ""
    if items.startswith("hub:"):
        dataset, _colon, subset = items.removeprefix("hub:").partition(":")
        asked = from_hub(which, dataset, subset, preamble=before, limit=limit)
    elif items:
        given = content_of(Path(labels)) if labels else None
        path = Path(items)
        asked = read_task(which, content_of(path), path.name, labels=given, preamble=before)
    else:
        raise BadSpec(
            _("The task’s questions are not named."),
            fix=_("Give --items FILE, or --items hub: for {dataset}.", dataset=which.hub.dataset)
            if which.hub
            else _("Give --items FILE, from {address}.", address=where_of(which)),
        )
    return NamedSet(task, asked.items[:most], asked.left_out)


def audit_request(
    baseline: ModelSpec,
    compressed: ModelSpec,
    source: str,
    units: Sequence[Prompt | Item | Open],
    max_new_tokens: int = 0,
    *,
    floor: bool = True,
    batch_rows: int | None = None,
    chat: Chat | None = None,
    null: int = 0,
) -> AuditRequest:
    """The question that a set of prompts or items asks of a pair.

    Args:
        units: All of one kind.
        batch_rows: Texts read together; None reads alone what its neighbours would disturb.
        chat: How they are put to chat models; None is as they stand.
        null: So many null models beside.

    Raises:
        BadSpec: If null models cannot be told apart, or cannot be read beside such a set.
    """
    kinds = {Prompt: "prompts", Item: "items", Open: "answers"}
    kind = kinds[type(units[0])] if units else "prompts"
    # A prompt of no template hashes as it did before there were templates.
    content: list[object] = [
        list(one[:-1] if isinstance(one, Prompt) and not one.template else one) for one in units
    ]
    if kind == "answers":
        content.append(max_new_tokens)
    return AuditRequest(
        baseline,
        compressed,
        source,
        digest(content),
        kind,
        max_new_tokens if kind == "answers" else 0,
        # Answers in own words have none.
        floor or kind == "answers",
        batch_rows,
        chat,
        null,
    )


@dataclass(frozen=True, eq=False)
class Audit:
    """A set under both models."""

    request: AuditRequest  # which models on which set
    table: pd.DataFrame  # one row per prompt or item; see `measure`
    left_out: tuple[Skip, ...]  # what was not measured
    provenance: Mapping[str, Any]  # identity of both models, versions, device, date; JSON values
    # The baseline against itself in another number type: `how` and, per measure, the size that 95 %
    # of the prompts stay below, `_per_character` for options compared so; `failed` where it could
    # not be measured, empty where it was not. `shown.floor` reads it.
    floor: Mapping[str, Any]
    # Null models on the same rows: `found`, a `Null`; `failed` where they could not be measured.
    null: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measured(self) -> str:
        """A hash of all rows, which tells apart what others measured of models they call alike."""
        return digest(self.table.to_json(orient="split", double_precision=15))


def item_row(
    item: Item, log_probs: Sequence[Sequence[float]], greedy: Sequence[Sequence[bool]]
) -> dict[str, Any]:
    """A row of an item that others measured, as `set_rows.item_rows` gives one.

    Args:
        log_probs, greedy: Of both models, of each option.
    """
    row = {**item._asdict(), "options": list(item.options), "right": list(item.right), "tokens": []}
    for side, own, likeliest in zip(BOTH, log_probs, greedy, strict=True):
        row |= {f"{side}_log_prob": list(own), f"{side}_greedy": list(likeliest)}
    return row


def of_others(
    cards: Sequence[Mapping[str, Any]],
    source: str,
    content: object,
    table: pd.DataFrame,
    left_out: Sequence[Skip],
) -> Audit:
    """An audit of items that others measured.

    Args:
        cards: What is known of both models; `source` is what they are called.
        content: What the set holds, as JSON values.
        table: Rows of `item_row`.
    """
    first, second = (ModelSpec(str(card["source"])) for card in cards)
    request = AuditRequest(first, second, source, digest(content), "items")
    return Audit(request, table, tuple(left_out), dict(zip(BOTH, cards, strict=True)), {})


def called(source: str) -> str:
    """A set as a reader says it: the bank in words, a task or a file by its name."""
    return _("fairviz's prompts, French and English") if source == BANK else source


def label(request: AuditRequest, facts: Mapping[str, Any]) -> str:
    """One line for a list: the set, how many rows it has, the two models."""
    two = f"{middle(request.baseline)} → {middle(request.compressed)}"
    if "rows" not in facts:
        return f"{called(request.source)} · {two}"
    rows = ngettext("{n:,} row", "{n:,} rows", int(facts["rows"]))
    return f"{called(request.source)} · {rows} · {two}"
