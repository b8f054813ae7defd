"""Items of a data set of the Hugging Face Hub, as the bytes that a probe's reader takes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

from fairviz.core import hub_data
from fairviz.core.errors import BadSpec
from fairviz.core.text_file import content_of
from fairviz.i18n import _

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
