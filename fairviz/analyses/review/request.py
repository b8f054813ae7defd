"""What a blind review is: pairs of texts, the questions, and what each person answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from fairviz.metrics.traces import BOTH

SCHEMA = 1
# Question -> its answers; the first three are asked of each text, the last of both together.
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "coherent": ("yes", "partly", "no"),
    "biased": ("yes", "no", "unsure"),
    "worse": ("a", "b", "same"),
}
OF_EACH = ("coherent", "biased")
REQUIRED = ("coherent_a", "coherent_b", "biased_a", "biased_b", "worse")
# Typed, and free to be left empty.
TYPED = ("towards_a", "towards_b", "remark")
FIELDS = (*REQUIRED, *TYPED)


def options(name: str) -> tuple[str, ...]:
    """What may be chosen in a field; nothing for one that is typed."""
    return () if name in TYPED else OPTIONS[name.partition("_")[0]]


@dataclass(frozen=True)
class Item:
    """A pair of texts that went on from one prompt."""

    id: str  # its name within the review
    baseline: str  # text form of the baseline's specification
    compressed: str  # likewise
    prompt: str  # what both went on from
    texts: tuple[str, str]  # by the baseline and by the compressed model
    # `kind` (`comparison` or `probe`), `key` of the run, and what was asked.
    source: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)  # of the run, as it was stored
    sensitive: bool = False  # whether the texts are blurred until asked for


@dataclass(frozen=True)
class Answer:
    """What one person said last of one item."""

    item: str  # its id
    first: str  # whose text stood as A, `baseline` or `compressed`
    given: Mapping[str, str]  # field -> answer, as A and B; what is not answered is not there
    at: str = ""  # when, ISO 8601 in UTC

    @property
    def complete(self) -> bool:
        """Whether every question that must be answered is."""
        return all(self.given.get(name) for name in REQUIRED)

    def of(self, name: str, side: str) -> str:
        """What was said of one model's text: `coherent`, `biased` or `towards`; "" if nothing."""
        return self.given.get(f"{name}_{'a' if side == self.first else 'b'}", "")

    @property
    def worse(self) -> str:
        """Whose text is worse: `baseline`, `compressed` or `same`; empty if not answered."""
        said = self.given.get("worse", "")
        second = BOTH[1 - BOTH.index(self.first)]
        return {"a": self.first, "b": second, "same": "same"}.get(said, "")


@dataclass(frozen=True)
class Log:
    """All that one person wrote, in order."""

    reviewer: str  # as they named themselves
    lines: tuple[Mapping[str, Any], ...] = ()  # every line of the file, the superseded ones too
    unreadable: int = 0  # lines that are torn or garbled

    @property
    def answers(self) -> dict[str, Answer]:
        """Item -> the last answer to it."""
        return {
            line["item"]: Answer(line["item"], line["a"], line["answers"], line["at"])
            for line in self.lines
            if "item" in line
        }

    @property
    def finished(self) -> bool:
        """Whether this person has ended their review; from then on nothing is changed."""
        return any(line.get("finished") for line in self.lines)


@dataclass(frozen=True)
class Review:
    """A set of pairs and what was answered up to the moment it was read."""

    name: str  # of its folder and in addresses
    title: str  # as it was typed
    date: str  # when it was made, ISO 8601 in UTC
    seed: str  # of the sides and the orders
    items: tuple[Item, ...]  # the pairs
    # Reason -> how many pairs could not be asked about.
    left_out: Mapping[str, int] = field(default_factory=dict)
    version: str = ""  # of the fairviz that made it
    logs: tuple[Log, ...] = ()  # one for each reviewer, in the order of their names

    @property
    def invented(self) -> bool:
        """Whether nobody has judged it: it comes with the package, as an example."""
        return self.name.startswith("example")

    @property
    def sensitive(self) -> bool:
        """Whether a text of it is blurred until asked for."""
        return any(item.sensitive for item in self.items)

    def done(self, log: Log) -> int:
        """How many items this person has answered whole."""
        answers = log.answers
        return sum(item.id in answers and answers[item.id].complete for item in self.items)

    def document(self) -> dict[str, Any]:
        """Everything as JSON values, the history of the answers with it."""
        logs = [
            {"reviewer": log.reviewer, "unreadable": log.unreadable, "lines": list(log.lines)}
            for log in self.logs
        ]
        return {**self.header(), "logs": logs}

    def header(self) -> dict[str, Any]:
        """The review without its answers, as `review.json` holds it."""
        items = [{**item.__dict__, "texts": list(item.texts)} for item in self.items]
        said = {key: value for key, value in self.__dict__.items() if key not in ("items", "logs")}
        return {"schema": SCHEMA, **said, "left_out": dict(self.left_out), "items": items}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Review:
        """The inverse of `document`, and of `header`.

        Raises:
            KeyError, TypeError, ValueError: If the document lacks or garbles a part.
        """
        if document["schema"] != SCHEMA:
            raise ValueError(f"schema {document['schema']}; this fairviz reads {SCHEMA}")
        items = tuple(
            Item(**{**one, "texts": (str(one["texts"][0]), str(one["texts"][1]))})
            for one in document["items"]
        )
        if not items or len({item.id for item in items}) < len(items):
            raise ValueError("no pairs, or two of one name")
        logs = tuple(
            Log(str(one["reviewer"]), tuple(map(line, one["lines"])), int(one["unreadable"]))
            for one in document.get("logs", ())
        )
        said = {key: str(document[key]) for key in ("name", "title", "date", "seed", "version")}
        left_out = {str(reason): int(n) for reason, n in document["left_out"].items()}
        return cls(**said, items=items, left_out=left_out, logs=logs)


class Shown(NamedTuple):
    """An item as one person sees it; `first` is the model whose text stands as A."""

    item: Item
    first: str

    @property
    def texts(self) -> tuple[str, str]:
        """What stands as A and as B."""
        one, other = self.item.texts
        return (one, other) if self.first == BOTH[0] else (other, one)


def order(review: Review, reviewer: str) -> tuple[Shown, ...]:
    """The items of a review in one person's order, each with its sides.

    Both are drawn for each person anew, so that neither place nor side is the same model's for all.
    Python keeps `Random(seed).random()` the same in every version, so whoever goes on later, after
    an update too, finds everything where it was.
    """

    def draw(item: Item, what: str) -> float:
        return Random("\0".join((review.seed, reviewer, item.id, what))).random()

    shown = [Shown(item, BOTH[draw(item, "side") < 0.5]) for item in review.items]
    return tuple(sorted(shown, key=lambda one: draw(one.item, "place")))


def line(said: Any) -> Mapping[str, Any]:
    """A line of a log, checked.

    Raises:
        ValueError: If it is neither an answer nor an end.
    """
    if not isinstance(said, dict) or not isinstance(said.get("at"), str):
        raise ValueError("not a line of a review")
    if said.get("finished") is True and "item" not in said:
        return said
    given = said.get("answers")
    good = (
        isinstance(said.get("item"), str)
        and said.get("a") in BOTH
        and isinstance(given, dict)
        and all(name in FIELDS and isinstance(word, str) for name, word in given.items())
        and all(not options(name) or word in options(name) for name, word in given.items())
    )
    if not good:
        raise ValueError("not an answer of a review")
    return said


def label(review: Review, facts: Mapping[str, Any]) -> str:
    """One line for a list of reviews: what whoever made it calls it."""
    return review.title
