"""English text that was kept without its message and values, in the current language.

What is kept today knows its message (`said`); older runs hold only the sentence, and so does a
table, whose cells are plain text. This is the one place that looks for the message again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from fairviz.i18n import _, current, said
from fairviz.i18n.catalogue import messages

# The areas whose modules say why something was skipped and what is odd in a file.
_AREAS = ("core", "inference", "models", "probes", "prompts", "tasks")
_FIELD = re.compile(r"\{(\w+)(:,)?\}")
# Fields that hold a number, whatever their format says; a sample's is behind it, as in "2 #1".
_NUMBERS = {"n", "number"}


def translate_stored(text: str, known: Sequence[str] = ()) -> str:
    """`text` in the current language; as it is where no message fits.

    Args:
        known: The messages that it may be, with their {fields}; by default all that say why
            something was skipped. Of several that fit, the one with the most words of its own.
    """
    if isinstance(text, said.Said):
        return said.shown(text)
    return text if current() == "en" else _translated(text, current(), tuple(known))


@lru_cache(maxsize=4096)
def _translated(text: str, code: str, known: tuple[str, ...]) -> str:
    if (not known or text in known) and (whole := _(text)) != text:
        return whole
    for pattern, message in _patterns(code, known):
        if found := pattern.fullmatch(text):
            return _(message, **{name: _value(value) for name, value in found.groupdict().items()})
    return text


@lru_cache(maxsize=8)
def _patterns(code: str, known: tuple[str, ...]) -> list[tuple[re.Pattern[str], str]]:
    """What a message's text looks like, those with the most words first."""
    found = []
    for message in known or messages(code, _AREAS):
        fields = [field[1] for field in _FIELD.finditer(message)]
        words = re.findall(r"\w", _FIELD.sub("", message))
        # One of fields alone would fit everything; a brace in a text is no field.
        if fields and len(words) > 1 and message.count("{") == len(fields) == len({*fields}):
            found.append((len(words), _pattern(message), message))
    found.sort(key=lambda entry: -entry[0])
    return [(pattern, message) for _words, pattern, message in found]


def _pattern(message: str) -> re.Pattern[str]:
    parts, end = [], 0
    for field in _FIELD.finditer(message):
        digits = field[2] or field[1] in _NUMBERS
        parts.append(re.escape(message[end : field.start()]))
        parts.append(f"(?P<{field[1]}>{'[0-9][0-9, #]*' if digits else '.+?'})")
        end = field.end()
    return re.compile("".join(parts) + re.escape(message[end:]), re.DOTALL)


def _value(text: str) -> str | int:
    return int(text.replace(",", "")) if re.fullmatch("[0-9][0-9,]*", text) else text
