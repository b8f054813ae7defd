"""One zero-shot task: where it is from, how it is asked; and every task, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from fairviz.core.declared import declared
from fairviz.core.errors import BadSpec
from fairviz.i18n import _
from fairviz.tasks import formats
from fairviz.tasks.formats import Fields
from fairviz.tasks.item import Item, Open


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
        title: What a reader calls it; a message where it is more than a name.
        kind: `choice` or `generation`.
        format: The prompt, with its fields in braces.
        paper: Who made it, where it is described, and under which licence.
        item: A row's fields and its place in the file -> the item; what it cannot find
            raises KeyError, what cannot be asked `Unfit`.
        header: Names of the columns of its published CSV file, where that has no first line.
        length: Key of `audit.outcomes.LENGTHS` that its published accuracy uses.
        language: Of its questions; empty where the file says it.
    """

    name: str
    title: str
    asks: str
    format: str
    paper: str
    hub: HubSet | None  # None where it is published elsewhere
    item: Callable[[Fields, str], Item | Open]
    kind: str = "choice"
    header: tuple[str, ...] = ()
    length: str = "sum"
    language: str = "en"


def _task(name: str, fields: dict[str, Any]) -> Task:
    item = getattr(formats, fields.pop("item", name))
    hub = fields.pop("hub", None)
    return Task(name, item=item, hub=HubSet(*hub) if hub else None, **fields)


TASKS = {name: _task(name, {**fields}) for name, fields in declared(__file__)["tasks"].items()}


def where_of(task: Task) -> str:
    """Where its own file is, for a reader."""
    return task.hub.dataset if task.hub else task.paper.partition("(")[2].partition(")")[0]


def task_of(name: str) -> Task:
    """The task of a name.

    Raises:
        BadSpec: With the names that there are.
    """
    if name not in TASKS:
        raise BadSpec(
            _("There is no task {name}.", name=repr(name)),
            fix=_("Name one of {names}.", names=", ".join(TASKS)),
        )
    return TASKS[name]
