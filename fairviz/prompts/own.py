"""Prompts from a file of one's own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fairviz.core import skips
from fairviz.core.declared import declared
from fairviz.core.errors import FairvizError
from fairviz.core.json_file import is_object
from fairviz.core.set_files import Rows, kind_of, rows
from fairviz.core.skips import Skip
from fairviz.i18n import _, listed, said
from fairviz.prompts.bank import Prompt

# A prompt of more characters is a mistake of the file more often than a prompt.
MOST = 100_000
# Which columns are taken for which field, the likeliest first.
_KNOWN = declared(__file__)["columns"]
FIELDS = tuple(_KNOWN)
# JSON can spell half of a character, which no tokenizer and no file takes.
_HALF = re.compile("[\ud800-\udfff]")
# Files whose rows are no lines.
_ENTRIES = ("json", "parquet")


class ColumnsUnknown(FairvizError):
    """A file whose columns do not say which one is the prompt."""


class PromptSet(NamedTuple):
    """A file's prompts, what was left out of it, and its columns."""

    prompts: tuple[Prompt, ...]
    left_out: tuple[Skip, ...]
    columns: tuple[str, ...]


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Which column is which field of a prompt, by its name; the only column is the text."""
    by_name = {column.strip().lower(): column for column in reversed(columns)}
    found = {
        field: next(by_name[name] for name in names if name in by_name)
        for field, names in _KNOWN.items()
        if any(name in by_name for name in names)
    }
    if "text" not in found and len(columns) == 1:
        found["text"] = columns[0]
    return found


def read(content: bytes, name: str, mapping: Mapping[str, str] | None = None) -> PromptSet:
    """The prompts of a file; lines that cannot be prompts are left out and told.

    A prompt without an id is called by its place, `line 7` (`entry 7` of a JSON list or a
    Parquet file); an id given twice gets its place behind it.

    Args:
        content: Of the file; see `set_files.rows` for its kinds.
        mapping: Field of a prompt -> column; by default `guess`.

    Raises:
        ColumnsUnknown: If no column is the text, or one of the mapping is not there, or one of
            its fields is none of a prompt.
        FairvizError: If nothing of the file can be read.
    """
    found = rows(content, name, halves=True)
    chosen = guess(found.columns) if mapping is None else dict(mapping)
    there = listed(found.columns)
    strange = [field for field in chosen if field not in FIELDS]
    if strange:
        raise ColumnsUnknown(
            _("A prompt has no field {field}.", field=repr(strange[0])),
            fix=_("Use {names}.", names=", ".join(FIELDS)),
        )
    absent = [column for column in chosen.values() if column not in found.columns]
    if absent:
        raise ColumnsUnknown(
            _(
                "{name} has no column {column}; it has {columns}.",
                name=name,
                column=repr(absent[0]),
                columns=there,
            ),
            fix=_("Name one that is there."),
        )
    if "text" not in chosen:
        raise ColumnsUnknown(
            _("Which column of {name} is the prompt? It has {columns}.", name=name, columns=there),
            fix=_("Name it text or prompt, or say which one it is."),
        )
    return _prompts(found, chosen, skips.ENTRY if kind_of(name) in _ENTRIES else skips.LINE)


def _prompts(found: Rows, chosen: Mapping[str, str], place: str) -> PromptSet:
    prompts: dict[str, Prompt] = {}
    lost = list(found.left_out)
    for number, fields in found.rows:
        where = said._(place, number=number)
        cells = {field: fields.get(column) for field, column in chosen.items()}
        text = cells.pop("text", None)
        reason = _unfit(text)
        if reason:
            lost.append(Skip(where, reason))
            continue
        rest = {field: _label(value) for field, value in cells.items()}
        name = rest.pop("id", "") or str(where)
        while name in prompts:
            name = f"{name} ({where})"
        prompts[name] = Prompt(name, str(text), **rest)
    return PromptSet(tuple(prompts.values()), tuple(lost), found.columns)


def _label(value: object) -> str:
    """What a cell says beside the text, as text that can be kept."""
    return "" if value is None else _HALF.sub("\ufffd", str(value)).strip()


def _unfit(text: object) -> str:
    """Why this is no prompt; empty for one."""
    if is_object(text):
        return skips.AN_OBJECT
    if not isinstance(text, str):
        return skips.NO_TEXT
    if not text.strip():
        return skips.EMPTY_TEXT
    if len(text) > MOST:
        return said._("{n:,} characters; at most {most:,} are taken", n=len(text), most=MOST)
    if _HALF.search(text):
        return skips.HALF
    return said._("a NUL character") if "\0" in text else ""
