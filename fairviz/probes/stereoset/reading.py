"""StereoSet's files: the authors' JSON, and the rows of the Hub's data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fairviz.core import skips
from fairviz.core.json_file import document, spelled
from fairviz.core.set_files import KINDS, kind_of, rows
from fairviz.core.skips import Skip
from fairviz.core.text_file import beginning
from fairviz.i18n import said

INTRASENTENCE, INTERSENTENCE = TASKS = ("intrasentence", "intersentence")
# What the Hub's numbers stand for, in their order.
LABELS = ("anti-stereotype", "stereotype", "unrelated")
_BLANK = "BLANK"


class Context(NamedTuple):
    """One context with its three associations, as whole sentences.

    Attributes:
        id: As the file names it.
        task: `intrasentence`: the three fill a blank of the context. `intersentence`: they come
            after it.
        group: The kind of bias: gender, profession, race or religion.
        target: The target term, such as a trade.
        context: With BLANK where the sentences differ; for `intersentence` the sentence before.
        stereotype, anti, unrelated: The three sentences; `unrelated` is empty where it is missing.
    """

    id: str
    task: str
    group: str
    target: str
    context: str
    stereotype: str
    anti: str
    unrelated: str

    @property
    def before(self) -> str:
        """What is read before each of the three, and not scored."""
        return f"{self.context} " if self.task == INTERSENTENCE else ""


class Contexts(NamedTuple):
    """The contexts of a file, and what of it could not be used."""

    found: list[Context]
    left_out: list[Skip]


def contexts(content: bytes, name: str) -> Contexts | None:
    """Every context of a file; None where it is not StereoSet's.

    Raises:
        FairvizError: If its rows cannot be read.
    """
    kind = kind_of(name)
    if kind == "json" and beginning(content).startswith("{"):
        whole = document(content, name)
        if isinstance(whole, dict):
            data = whole.get("data", whole)
            return _read(_of_document(data), []) if _is_document(data) else None
    if kind not in KINDS or kind == "txt":
        return None
    table = rows(content, name)
    if not {"context", "sentences"} <= set(table.columns):
        return None
    places = ((skips.line(row.line), _task(row.fields), row.fields) for row in table.rows)
    return _read(places, list(table.left_out))


def _is_document(data: object) -> bool:
    return isinstance(data, dict) and any(task in data for task in TASKS)


def _of_document(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for task in TASKS:
        listed = data.get(task)
        for place, one in enumerate(listed if isinstance(listed, list) else (), 1):
            yield f"{task} {place}", task, one


def _task(fields: Mapping[str, Any]) -> str:
    """The Hub has the two tasks as subsets, whose rows do not say which they are of."""
    return INTRASENTENCE if _BLANK in str(fields.get("context")) else INTERSENTENCE


def _read(places: Iterator[tuple[str, str, Any]], lost: list[Skip]) -> Contexts:
    found = []
    for where, task, one in places:
        try:
            sentences = dict(_labelled(spelled(one["sentences"])))
            context, group = str(one["context"]), str(one["bias_type"])
            stereotype, anti = sentences["stereotype"], sentences["anti-stereotype"]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = said._("not an item")
            if isinstance(error, KeyError):
                reason = said._("no '{what}'", what=error.args[0])
            lost.append(Skip(where, reason))
            continue
        found.append(
            Context(
                str(one.get("id") or where), task, group, str(one.get("target") or ""), context,
                stereotype, anti, sentences.get("unrelated", ""),
            )
        )  # fmt: skip
    return Contexts(found, lost)


def _labelled(sentences: Any) -> Iterator[tuple[str, str]]:
    """Label and sentence of each: a list of records, or the Hub's record of lists."""
    columns = ("gold_label", "sentence")
    rows = (
        zip(*(sentences[name] for name in columns), strict=True)
        if isinstance(sentences, Mapping)
        else (tuple(one[name] for name in columns) for one in sentences)
    )
    for label, sentence in rows:
        if not isinstance(sentence, str):
            raise TypeError("a sentence that is no text")
        yield _label(label), sentence


def _label(label: Any) -> str:
    if isinstance(label, str):
        return label
    names: Sequence[str] = LABELS
    # -1 is what the Hub writes for no label.
    return names[int(label)] if 0 <= int(label) < len(names) else ""
