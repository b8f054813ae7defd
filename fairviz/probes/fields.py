"""Whose column is which field in a file of someone, and items of a data set of the Hub."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fairviz.core import hub_data
from fairviz.core.errors import BadSpec, FairvizError
from fairviz.core.text_file import content_of
from fairviz.i18n import _, listed, said
from fairviz.probes.record import Items


class ColumnsMissing(FairvizError):
    """A file that lacks a column of its probe."""


def columns(
    there: Sequence[str], known: Mapping[str, Sequence[str]], name: str, needed: Sequence[str]
) -> dict[str, str]:
    """Field -> column, the likeliest name first; fields that are not there are absent.

    Args:
        known: Field -> names it goes by, in lower case.
        needed: Fields it cannot do without.

    Raises:
        ColumnsMissing: If one of these is not there.
    """
    by_name = {column.strip().lower(): column for column in reversed(there)}
    found = {
        field: next(by_name[one] for one in names if one in by_name)
        for field, names in known.items()
        if any(one in by_name for one in names)
    }
    absent = [field for field in needed if field not in found]
    if absent:
        raise ColumnsMissing(
            _(
                "{name} has the columns {columns}; none of them is the {absent}.",
                name=name,
                columns=listed(there),
                absent=absent[0],
            ),
            fix=_("Name it {names}.", names=_(" or ").join(known[absent[0]][:3])),
        )
    return found


def line_in(name: str, number: int) -> str:
    """How a row of one of several files is called."""
    return said._("{name}, line {number}", name=name, number=number)


def each_once(ids: Iterable[str]) -> tuple[list[str], int]:
    """Ids, those that were there before with their place, and how many these are."""
    seen: set[str] = set()
    twice, out = 0, []
    for place, one in enumerate(ids, 1):
        twice += one in seen
        out.append(f"{one} ({place})" if one in seen else one)
        seen.add(out[-1])
    return out, twice


PREFIX = "hub:"
# Which part of a data set is asked where it has several: what is not for training first.
_SPLITS = ("test", "validation", "train")
_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


class Fetched(NamedTuple):
    """A data set: its rows as JSON Lines, and a name that says which and which part."""

    content: bytes
    name: str


def fetched(address: str) -> Fetched:
    """The rows of `ID` or `ID:SUBSET`, with or without `hub:` before it.

    Of several splits it is the test set, else the validation set, else the training set.

    Raises:
        BadSpec: If the address names no data set.
        MissingPackage: If the library `datasets` is not installed.
        ModelUnavailable: If the data set cannot be fetched.
    """
    identity, _rest, subset = address.strip().removeprefix(PREFIX).partition(":")
    if not _NAME.fullmatch(identity):
        raise BadSpec(
            _("'{address}' names no data set of the Hub.", address=address),
            fix=_("Write hub:OWNER/NAME or hub:OWNER/NAME:SUBSET."),
        )
    parts = hub_data.load(identity, subset)
    split = next((one for one in _SPLITS if one in parts), next(iter(parts), ""))
    lines = [json.dumps(row, ensure_ascii=False, default=str) for row in parts[split or "train"]]
    words = " ".join(one for one in (identity.rpartition("/")[2], subset, split) if one)
    return Fetched("\n".join(lines).encode(), f"{words}.jsonl")


def files(items: str, second: str = "") -> list[Fetched]:
    """Bytes and name of the files that are given; none where neither is.

    Args:
        items: A path, or `hub:` with a data set.
        second: The path of a second file.
    """
    return [
        fetched(name)
        if name.startswith(PREFIX)
        else Fetched(content_of(Path(name)), Path(name).name)
        for name in (items, second)
        if name
    ]


def bundled_items(read: Callable[[bytes, str], Items], name: str, language: str) -> Items:
    """The project's own items of a file beside this one, in one language; the empty one is both."""
    items = read(Path(__file__).with_name(name).read_bytes(), name)
    rows = items.rows if not language else items.rows[items.rows["language"] == language]
    source = f"bundled, {language}" if language else "bundled"
    return Items(source, rows.reset_index(drop=True), content=f"{items.content}{language}")
