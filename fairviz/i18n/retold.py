"""Sentences that are kept in English, told in the current language when they are shown again."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from functools import lru_cache

from fairviz.i18n import _, current


def retold(text: str, known: Iterable[str]) -> str:
    """`text` in the current language, where it is one of these messages with its {fields} filled.

    Args:
        text: As it was kept.
        known: Messages; the first that fits is taken. Fields with a comma, `{n:,}`, are whole
            numbers.
    """
    if current() == "en":
        return text
    for message in known:
        found = _pattern(message).fullmatch(text)
        if found is not None:
            return _(message, **{name: _value(said) for name, said in found.groupdict().items()})
    return text


@lru_cache(maxsize=512)
def _pattern(message: str) -> re.Pattern[str]:
    parts = []
    for literal, field, form, _rest in string.Formatter().parse(message):
        parts.append(re.escape(literal))
        if field:
            parts.append(f"(?P<{field}>{r'[0-9][0-9,]*' if form == ',' else '.+?'})")
    return re.compile("".join(parts), re.DOTALL)


def _value(said: str) -> str | int:
    return int(said.replace(",", "")) if re.fullmatch("[0-9][0-9,]*", said) else said
