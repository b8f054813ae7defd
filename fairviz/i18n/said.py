"""Sentences that are kept: English text that knows how to be said in another language.

What is measured is told in sentences that stand in the store with the numbers. They are written in
English, and beside the text stand its message and its values, so that each reader sees them in the
language of the page. `said._` and `said.ngettext` are called as `_` and `ngettext` are, and found
by the catalogues alike. Older runs hold only the sentence, and so does a table, whose cells are
plain text: `translate_stored` looks for its message again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from fairviz import i18n as language
from fairviz.i18n.catalogue import messages

# The areas whose modules say why something was skipped and what is odd in a file.
_AREAS = ("core", "inference", "models", "probes", "prompts", "tasks")
_FIELD = re.compile(r"\{(\w+)(:,)?\}")
# Fields that hold a number, whatever their format says; a sample's is behind it, as in "2 #1".
_NUMBERS = {"n", "number"}
# Characters of a sentence; those of fairviz have some hundreds.
MOST = 1_000_000


class Said(str):
    """An English sentence; for everything that reads text it is that text."""

    forms: tuple[str, ...]  # its message; of a plural one, the singular and the plural
    # What its fields hold: numbers, text that no language changes, sentences of this kind, or lists
    # of these.
    values: Mapping[str, Any]

    @classmethod
    def of(cls, message: str) -> Said:
        """A message that is already marked for the catalogues."""
        return _said((message,), {})


def _(message: str, **values: Any) -> Said:
    """As `language._`, for a sentence that is kept."""
    return _said((message,), values)


def ngettext(one: str, many: str, n: int, **values: Any) -> Said:
    """As `language.ngettext`, for a sentence that is kept."""
    return _said((one, many), {"n": n, **values})


def number(value: float, form: str) -> Said:
    """A number in Python's format `form`, where that is not known when the message is written."""
    return _said((f"{{value:{form}}}",), {"value": value})


def shown(text: str) -> str:
    """What was kept, in the current language; other text where a catalogue knows it."""
    if not isinstance(text, Said):
        return language._(text)
    if not _known(text.forms):
        return str(text)
    values = {name: _shown(value) for name, value in text.values.items()}
    if len(text.forms) == 1:
        return language._(text.forms[0], **values)
    one, many = text.forms
    return language.ngettext(one, many, **values)


def document(kept: Any) -> Any:
    """What was kept as JSON has it; what is not of this kind stays as it is."""
    if isinstance(kept, list):
        return [document(one) for one in kept]
    if not isinstance(kept, Said):
        return kept
    values = {name: document(value) for name, value in kept.values.items()}
    return {"text": str(kept), "message": list(kept.forms), "values": values}


def read(found: Any) -> str:
    """What `document` has written.

    Raises:
        ValueError, KeyError: If it is not of this kind. It may be a stranger's: sentences inside
            sentences grow very fast, so that no sentence is longer than `MOST`.
    """
    if not isinstance(found, Mapping):
        return str(found)
    forms = tuple(str(form) for form in found["message"])
    values = {name: _read(value) for name, value in found["values"].items()}
    longest = max((len(str(value)) for value in values.values()), default=0)
    if not forms or max(len(form) + form.count("{") * longest for form in forms) > MOST:
        raise ValueError("no sentence, or one that is too long")
    return _said(forms, values)


def _said(forms: tuple[str, ...], values: Mapping[str, Any]) -> Said:
    found = Said()
    found.forms, found.values = forms, {name: _plain(value) for name, value in values.items()}
    with language.speaking("en"):
        text = Said(shown(found))
    text.forms, text.values = found.forms, found.values
    return text


def _known(forms: tuple[str, ...]) -> bool:
    """Whether the words of a message are in the catalogue; one kept before they were changed
    stays English with all that is in it."""
    words = re.search("[A-Za-z]{2}", re.sub(r"\{.*?\}", "", forms[0]))
    return not words or language.current() == "en" or language._(forms[0]) != forms[0]


def _plain(value: Any) -> Any:
    """Numbers of numpy as Python's."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.item() if hasattr(value, "item") else value


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(str(_shown(one)) for one in value)
    return shown(value) if isinstance(value, Said) else value


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(one) for one in value]
    return read(value) if isinstance(value, Mapping) else value


def translate_stored(text: str, known: Sequence[str] = ()) -> str:
    """`text` in the current language; as it is where no message fits.

    Args:
        known: The messages that it may be, with their {fields}; by default all that say why
            something was skipped. Of several that fit, the one with the most words of its own.
    """
    if isinstance(text, Said):
        return shown(text)
    code = language.current()
    return text if code == "en" else _translated(text, code, tuple(known))


@lru_cache(maxsize=4096)
def _translated(text: str, code: str, known: tuple[str, ...]) -> str:
    if (not known or text in known) and (whole := language._(text)) != text:
        return whole
    for pattern, message in _patterns(code, known):
        if found := pattern.fullmatch(text):
            values = {name: _value(value) for name, value in found.groupdict().items()}
            return language._(message, **values)
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
