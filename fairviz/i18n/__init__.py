"""What people read, in their language: gettext catalogues, and numbers as the language writes them.

English is the language of the code, so its sentences are the keys of the catalogues. Text that is
written to disk stays English and is translated when it is shown.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from numbers import Real
from typing import Any

from fairviz.i18n.catalogue import catalogue

LANGUAGES = {"en": "English", "fr": "Français"}
_MOST, _LONGEST = 12, 60  # names in a list, characters of each

_spoken: ContextVar[str | None] = ContextVar("language", default=None)
_asked: list[Callable[[], str | None]] = []


def current() -> str:
    """The language of what is written now: a key of `LANGUAGES`."""
    spoken = _spoken.get() or (_asked[0]() if _asked else None)
    return spoken if spoken in LANGUAGES else "en"


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Everything inside is in this language, whatever the viewer's is.

    Raises:
        ValueError: If there is no such language.
    """
    if code not in LANGUAGES:
        raise ValueError(f"There is no language {code!r}; there are {', '.join(LANGUAGES)}.")
    before = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(before)


def follow(viewer: Callable[[], str | None]) -> None:
    """Ask `viewer` for the language wherever none is spoken; None leaves it English."""
    _asked[:] = [viewer]


def _(message: str, **values: Any) -> str:
    """`message` in the current language, its {fields} filled in.

    Numbers in fields are written as the language writes them. Without values the message is
    not formatted, so braces in it stay. What no catalogue knows comes back as it is.
    """
    found = catalogue(current()).gettext(message) if message else ""
    return _FORMAT.vformat(found, (), values) if values else found


def ngettext(one: str, many: str, n: int, **values: Any) -> str:
    """`one` or `many` in the current language, by how many there are; {n} is that number.

    It is a count, so its thousands are grouped, whether the message says {n} or {n:,}.
    """
    found = catalogue(current()).ngettext(one, many, n).replace("{n}", "{n:,}")
    return _FORMAT.vformat(found, (), {"n": n, **values})


def N_(message: str) -> str:
    """`message` itself, marked for the catalogues: `_` translates it where it is shown."""
    return message


def number(value: float, form: str = "") -> str:
    """A number in Python's format `form`, with a typesetter's minus, and the decimal sign, groups
    and per cent sign of the current language: -0.5 as ".1%" is "−50.0 %", in French "−50,0 %"; a
    millionth as "g" is "1·10⁻⁶"."""
    return _written(format(value, form))


def joined(parts: Sequence[str]) -> str:
    """ "a, b and c", in the current language."""
    from babel.lists import format_list

    return format_list(list(parts), locale=current()) if parts else ""


def listed(names: Sequence[str]) -> str:
    """`a, b, c` of someone's file, which may have a hundred thousand: of more than twelve the first
    ones, each shortened, and how many more there are."""
    short = (name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…" for name in names[:_MOST])
    said = ", ".join(short)
    if len(names) <= _MOST:
        return said
    return _("{names} and {n:,} more", names=said, n=len(names) - _MOST)


def moment(when: datetime) -> str:
    """Day and time of day in the current language."""
    from babel.dates import format_datetime

    return str(format_datetime(when, "medium", locale=current()))


@lru_cache(maxsize=8)
def signs(code: str) -> tuple[str, str, str]:
    """Decimal sign, sign between thousands, and what a share ends with, from the CLDR."""
    from babel import Locale

    locale = Locale.parse(code)
    symbols = locale.number_symbols["latn"]
    # The space before a per cent sign is the narrow one, as before the other high signs; English
    # sentences have it too.
    return str(symbols["decimal"]), str(symbols["group"]), "\u202f%"


# The power of ten behind a very small or large number, as Python writes it.
_POWER = re.compile(r"e([+-])0*(\d+)$")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+")


def _written(text: str) -> str:
    if text.startswith("-"):
        text = f"−{text[1:]}"
    text = _POWER.sub(lambda found: f"·10{(found[1] + found[2]).translate(_RAISED)}", text)
    decimal, group, per_cent = signs(current())
    return text.translate({ord("."): decimal, ord(","): group, ord("%"): per_cent})


# A width or a precision that no message of fairviz has; it would fill the memory.
_WIDE = re.compile(r"\d{3}")


class _Format(string.Formatter):
    """Fields by name; real numbers as the language writes them."""

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs[str(key)]

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        # A kept message may be a stranger's: it fills in values and reaches into none.
        if not field_name.isidentifier():
            raise ValueError(f"the field {field_name[:40]!r} of a message is no name")
        return super().get_field(field_name, args, kwargs)

    def format_field(self, value: Any, format_spec: str) -> Any:
        if _WIDE.search(format_spec):
            raise ValueError(f"the format {format_spec[:40]!r} of a message is too wide")
        written = format(value, format_spec)
        if isinstance(value, Real) and not isinstance(value, bool):
            return _written(written)
        return written


_FORMAT = _Format()
