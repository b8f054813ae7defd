"""Items of a data set of the Hugging Face Hub, as the bytes that a probe's reader takes."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from fairviz.core.errors import BadSpec, MissingPackage, ModelUnavailable
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
    try:
        import datasets
    except ImportError as error:
        raise MissingPackage(
            _("Data sets of the Hub are read with the library datasets, which is not installed."),
            fix=_("pip install datasets, or download the file and give its path."),
        ) from error
    try:
        parts = datasets.load_dataset(identity, subset or None)
    except Exception as error:
        said = str(error).splitlines()[0] if str(error) else ""
        raise ModelUnavailable(
            _(
                "The data set {name} could not be fetched ({kind}: {said}).",
                name=identity,
                kind=type(error).__name__,
                said=said,
            ),
            fix=_("Check the name, the subset and the network, or download the file and give it."),
        ) from error
    split = next((one for one in _SPLITS if one in parts), next(iter(parts), ""))
    lines = [json.dumps(row, ensure_ascii=False, default=str) for row in parts[split or "train"]]
    words = " ".join(one for one in (identity.rpartition("/")[2], subset, split) if one)
    return Fetched("\n".join(lines).encode(), f"{words}.jsonl")
