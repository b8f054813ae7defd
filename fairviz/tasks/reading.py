"""A task's questions out of a file in one of its public formats, or from the Hub."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fairviz.core import hub_data, skips
from fairviz.core.csv_file import records
from fairviz.core.errors import FairvizError, Unreadable
from fairviz.core.json_file import spelled
from fairviz.core.set_files import Row, Rows, kind_of, rows
from fairviz.core.skips import Skip
from fairviz.core.text_file import text_of
from fairviz.i18n import _, listed, ngettext, said
from fairviz.tasks.formats import Unfit
from fairviz.tasks.item import Item, Open
from fairviz.tasks.registry import HubSet, Task, where_of

# A file's name says the split after the subject, as in `abstract_algebra_test.csv`.
_SPLITS = ("_test", "_val", "_dev", "_train")


class WrongColumns(FairvizError):
    """A file whose fields are not those of its task."""


class TaskSet(NamedTuple):
    """A task's questions, and what was left out."""

    items: tuple[Item | Open, ...]
    left_out: tuple[Skip, ...]


def read(
    task: Task,
    content: bytes,
    name: str,
    *,
    labels: bytes | None = None,
    preamble: str = "",
) -> TaskSet:
    """The questions in a file; rows that cannot be asked are left out and told.

    Args:
        content: Of the file; see `set_files.rows` for its kinds.
        labels: The right answers of a task that publishes them apart, one a line (PIQA).
        preamble: Put before every context; `{group}` in it is the item's group.

    Raises:
        WrongColumns: If no row has the fields of the task.
        FairvizError: If the file cannot be read.
    """
    header = task.header if task.header and _without_header(content, name, task) else None
    found = rows(content, name, header)
    if labels is not None:
        found = _labelled(found, labels, name)
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    for split in _SPLITS:
        stem = stem.removesuffix(split)
    # Only these say it there: MMLU's subject, XStoryCloze's language.
    subject = stem if header or not task.language else ""
    return _items(task, found, name, subject, preamble)


def from_hub(
    task: Task, dataset: str = "", subset: str = "", *, preamble: str = "", limit: int = 0
) -> TaskSet:
    """The questions of a data set of the Hub, by default the task's own.

    Raises:
        MissingPackage: If the library `datasets` is not installed.
        ModelUnavailable: If the data set cannot be fetched.
    """
    where = task.hub or HubSet("", "", "train")
    if not (dataset or where.dataset):
        raise Unreadable(
            _("{task} is not on the Hugging Face Hub.", task=_(task.title)), fix=_own_file(task)
        )
    identity, part = dataset or where.dataset, subset or ("" if dataset else where.subset)
    split = f"{where.split}[:{limit}]" if limit else where.split
    found = hub_data.load(identity, part, split=split)
    listed = [Row(number, dict(fields)) for number, fields in enumerate(found, 1)]
    return _items(task, Rows(listed, tuple(found.column_names), []), identity, part, preamble)


def _labelled(found: Rows, labels: bytes, name: str) -> Rows:
    """The rows with their right answers, as the field `label`.

    A row that could not be read keeps its place, so the rows below it get their own labels.

    Raises:
        BadText: If the labels are empty or not UTF-8.
        Unreadable: If there are not as many labels as rows.
    """
    words = text_of(labels, _("The labels of {file}", file=name)).split()
    # "line 7" or "entry 7"
    broken = [int(one.which.rsplit(maxsplit=1)[-1]) for one in found.left_out]
    lines = sorted([line for line, _rest in found.rows] + broken)
    if len(words) != len(lines):
        raise Unreadable(
            ngettext(
                "{file} has {n:,} row, its labels are {labels:,}.",
                "{file} has {n:,} rows, its labels are {labels:,}.",
                len(lines),
                file=name,
                labels=len(words),
            ),
            fix=_("Give the labels of the same split."),
        )
    label = dict(zip(lines, words, strict=True))
    return found._replace(
        rows=[Row(line, {**fields, "label": label[line]}) for line, fields in found.rows]
    )


def _without_header(content: bytes, name: str, task: Task) -> bool:
    """Whether the first row of a CSV file is a question already: it ends in a letter."""
    if kind_of(name) != "csv":
        return False
    first = next(records(text_of(content, name)), None)
    cells = first.cells or [] if first else []
    return len(cells) == len(task.header) and cells[-1].strip() in ("A", "B", "C", "D", "E")


def _items(task: Task, found: Rows, name: str, subject: str, preamble: str) -> TaskSet:
    items: list[Item | Open] = []
    lost = list(found.left_out)
    missing: dict[str, int] = {}
    lines: list[int] = []
    for line, fields in found.rows:
        cells = {name: spelled(value) for name, value in fields.items()}
        cells |= {"file": subject} if subject and "file" not in cells else {}
        try:
            item = task.item(cells, f"line {line}")
        except KeyError as error:
            missing[str(error.args[0])] = line
            lost.append(Skip(skips.line(line), said._("no field {field}", field=error.args[0])))
        except Unfit as error:
            lost.append(Skip(skips.line(line), error.message))
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            lost.append(
                Skip(skips.line(line), said._("not in the task's format ({why})", why=str(error)))
            )
        else:
            before = preamble.replace("{group}", item.group)
            items.append(item._replace(context=before + item.context))
            lines.append(line)
    if not items and missing:
        raise WrongColumns(
            _(
                "{file} has the fields {fields}; {task} needs {missing}.",
                file=name,
                fields=listed(found.columns),
                task=_(task.title),
                missing=", ".join(missing),
            ),
            fix=_own_file(task),
        )
    if not items:
        why = _("Not one row of {file} is a question of {task}.", file=name, task=_(task.title))
        raise Unreadable(why + skips.example(lost), fix=_own_file(task))
    if any(item.right for item in items) and not all(item.right for item in items):
        known = zip(items, lines, strict=True)
        lost += [
            Skip(skips.line(line), said._("no right answer, which other items of the file have"))
            for item, line in known
            if not item.right
        ]
        items = [item for item in items if item.right]
    return TaskSet(_named(items), tuple(lost))


def _own_file(task: Task) -> str:
    if task.hub is None:
        return _("Give a file of its own, from {address}.", address=where_of(task))
    return _("Give the task's own file, or the data set {name}.", name=task.hub.dataset)


def _named(items: Iterable[Item | Open]) -> tuple[Item | Open, ...]:
    """Items whose names are their own."""
    seen: dict[str, int] = {}
    out = []
    for item in items:
        count = seen[item.id] = seen.get(item.id, 0) + 1
        out.append(item if count == 1 else item._replace(id=f"{item.id} ({count})"))
    return tuple(out)
