"""The set that an audit is on, by the names of its files: prompts, or the questions of a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fairviz.core.errors import BadSpec
from fairviz.core.skips import Skip
from fairviz.core.text_file import content_of
from fairviz.i18n import _
from fairviz.prompts import bank, read
from fairviz.prompts.bank import Prompt
from fairviz.tasks.item import Item, Open
from fairviz.tasks.reading import from_hub
from fairviz.tasks.reading import read as read_task
from fairviz.tasks.registry import task_of


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
    if prompts == "bank":
        return NamedSet("bank", bank()[:most], ())
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
            fix=_("Give --items FILE, or --items hub: for {dataset}.", dataset=which.hub.dataset),
        )
    return NamedSet(task, asked.items[:most], asked.left_out)
