"""One zero-shot task: where it is from, how it is asked, how a row of its files becomes an item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fairviz.core import skips
from fairviz.core.errors import FairvizError
from fairviz.i18n import said
from fairviz.tasks.item import Item, Open

Fields = Mapping[str, Any]


class Unfit(FairvizError):
    """A row that is no question of its task.

    Args:
        reason: Why, with its values; it is kept with what was skipped.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason, fix="Mend the row, or leave it out.")


class HubSet(NamedTuple):
    """Where a task lies on the Hugging Face Hub."""

    dataset: str
    subset: str
    split: str


@dataclass(frozen=True)
class Task:
    """A task.

    Attributes:
        name: Its key in links and files, the harness's.
        title: What a reader calls it, marked `N_` where it is more than a name.
        kind: `choice` or `generation`.
        asks: What it measures, in a sentence, marked `N_`.
        format: The prompt, with its fields in braces.
        paper: Who made it, where it is described, and under which licence.
        hub: Where it lies on the Hub.
        item: A row's fields and its place in the file -> the item; what it cannot find
            raises KeyError, what cannot be asked `Unfit`.
        header: Names of the columns of its published CSV file, where that has no first line.
        length: Key of `audit.outcomes.LENGTHS` that its published accuracy uses.
        language: Of its questions; empty where the file says it.
    """

    name: str
    title: str
    kind: str
    asks: str
    format: str
    paper: str
    hub: HubSet
    item: Callable[[Fields, str], Item | Open]
    header: tuple[str, ...] = ()
    length: str = "sum"
    language: str = "en"


def given(fields: Fields, *names: str) -> Any:
    """The first of these fields that is there.

    Raises:
        KeyError: With all names, if none is.
    """
    for name in names:
        if name in fields and fields[name] is not None:
            return fields[name]
    raise KeyError(" or ".join(names))


def text(fields: Fields, *names: str) -> str:
    """The same as text.

    Raises:
        KeyError: If none is there.
        Unfit: If it is no text, or empty.
    """
    found = given(fields, *names)
    if not isinstance(found, str) or not found.strip():
        if isinstance(found, str):
            raise Unfit(said._("{field} is empty", field=names[0]))
        raise Unfit(said._("{field} is no text", field=names[0]))
    return found


def word(value: object) -> str:
    """A cell as text; what is missing is empty, and not the word `None`."""
    return "" if value is None else str(value)


def place(label: object, labels: list[str]) -> tuple[int, ...]:
    """Which of the labels the right one is; none where there is no label.

    Raises:
        Unfit: If the label is not among them.
    """
    answer = word(label).strip()
    if not answer or answer == "-1":
        return ()
    if answer not in labels:
        raise Unfit(
            said._(
                "the right answer is {answer}, the options are {options}",
                answer=repr(answer),
                options=", ".join(labels),
            )
        )
    return (labels.index(answer),)


def choices(fields: Fields) -> tuple[list[str], list[str]]:
    """Texts and labels of options, as AI2 and the Hub write them.

    Raises:
        KeyError, Unfit: If they are not there, or not of either form.
    """
    question = fields.get("question")
    found = question.get("choices") if isinstance(question, Mapping) else given(fields, "choices")
    if isinstance(found, Mapping):
        return [word(one) for one in found["text"]], [word(one) for one in found["label"]]
    if isinstance(found, list) and all(isinstance(one, Mapping) for one in found):
        return [word(one["text"]) for one in found], [word(one["label"]) for one in found]
    raise Unfit(said._("the choices are no list of texts with labels"))


def options(texts: list[str]) -> tuple[str, ...]:
    """Options as they follow a context, each after a space.

    Raises:
        Unfit: If one is empty.
    """
    empty = [number for number, one in enumerate(texts, 1) if not one.strip()]
    if empty:
        raise Unfit(said._("option {number} is empty", number=empty[0]))
    if len(texts) < 2:
        raise Unfit(skips.FEW_OPTIONS)
    return tuple(f" {one}" for one in texts)
