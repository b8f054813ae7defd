"""Data that stands beside its code: `metrics.toml` holds the records of `metrics.py`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any, TypeVar

from fairviz.core.errors import FairvizError, Unreadable
from fairviz.i18n import _, ngettext, said

Record = TypeVar("Record")
Refusal = TypeVar("Refusal", bound=FairvizError)


@cache
def declared(file: str) -> dict[str, Any]:
    """What the TOML file beside a module holds, by its keys; lists are tuples.

    At its top, the file may name the keys whose values are messages (`messages = ["title"]`, see
    `fairviz.i18n.extract.of_declared`); they are kept in English, as those of `N_`.

    Args:
        file: The module's `__file__`; the data has its name and ends in `.toml`.

    Raises:
        Unreadable: If there is no such file, or it is not TOML.
    """
    path = Path(file).with_suffix(".toml")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _broken(path, error) from error
    return {key: _fixed(value) for key, value in table.items() if key != "messages"}


def records(record: Callable[..., Record], file: str, key: str) -> tuple[Record, ...]:
    """The tables `[[key]]` of a declared file, each as one record made of its fields by name.

    Raises:
        Unreadable: With the number of the table, if a field is missing or unknown.
    """
    made = []
    for number, fields in enumerate(declared(file).get(key, ()), 1):
        try:
            made.append(record(**fields))
        except TypeError as error:
            raise _broken(Path(file).with_suffix(".toml"), f"{key} {number}: {error}") from error
    return tuple(made)


def told(sentence: str | Mapping[str, str], **values: Any) -> str:
    """A declared message in the current language; of `one` and `many`, by the value of `n`."""
    if isinstance(sentence, str):
        return _(sentence, **values)
    return ngettext(sentence["one"], sentence["many"], **values)


def sentences_of(file: str) -> Callable[..., str]:
    """What tells a message of `[sentences]` in a declared file: by its key, which stands behind
    those of the tables that it is in, with its values."""

    def say(*keys: str, **values: Any) -> str:
        return told(reduce(getitem, keys, declared(file)["sentences"]), **values)

    return say


def kept_sentences_of(file: str) -> Callable[..., said.Said]:
    """The same of `[told]`, for sentences that are kept (`fairviz.i18n.said`)."""

    def tell(key: str, /, **values: Any) -> said.Said:
        sentence = declared(file)["told"][key]
        if isinstance(sentence, str):
            return said._(sentence, **values)
        return said.ngettext(sentence["one"], sentence["many"], **values)

    return tell


def refusals_of(file: str, error: Callable[..., Refusal]) -> Callable[..., Refusal]:
    """What makes an error of `[refusals]` in a declared file: by its key, with its values.

    Each has what it `says` and its `fix`.
    """

    def refused(key: str, /, **values: Any) -> Refusal:
        refusal = declared(file)["refusals"][key]
        return error(told(refusal["says"], **values), fix=_(refusal["fix"], **values))

    return refused


def _fixed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _fixed(one) for key, one in value.items()}
    return tuple(map(_fixed, value)) if isinstance(value, list) else value


def _broken(path: Path, why: object) -> Unreadable:
    return Unreadable(
        _("{path} cannot be read as declared data ({why}).", path=path, why=why),
        fix=_("Mend that file, or install fairviz again."),
    )
