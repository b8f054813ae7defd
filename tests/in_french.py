"""What of a French page, report or sentence is an English message of the catalogues."""

from __future__ import annotations

import html
import json
import re
import string
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html.parser import HTMLParser
from typing import NamedTuple

import pandas as pd
from in_pseudo import drawn, shown
from streamlit.testing.v1 import AppTest

from fairviz.i18n import extract

# Where one message ends and the next begins, in a text that is made of several.
_BETWEEN = re.compile(r" · |\n|: | \(|\)|; |<[^>]*>|\*\*|^- ")
_MARKUP = re.compile(r"<[^>]*>|:material/\w+:|[*_`#⚑]|\\(?=\W)|:?[a-z-]*-badge\[|\]$")
# A message of fewer words may stand in a French sentence by chance.
_SENTENCE = 4

# Fields that are numbers, also where their format does not say so.
_NUMBERS = ("n", "all", "of", "done", "total", "place", "pages", "slides", "number", "ahead")


class English(NamedTuple):
    """The messages that are not the same in French.

    Attributes:
        whole: Those without a field: English -> French.
        forms: Those with fields and few words, as patterns of a whole text.
        parts: Of each longer one what stands between two fields, and the message.
    """

    whole: dict[str, str]
    forms: tuple[re.Pattern[str], ...]
    parts: dict[str, str]


@lru_cache(maxsize=1)
def english() -> English:
    """All messages whose French differs; what some message says in French is no English."""
    known = [
        pair
        for one, its in extract.known("fr").items()
        if one
        for pair in (zip(one, its, strict=True) if isinstance(one, tuple) else [(one, its)])
    ]
    french = {its for _, its in known}
    all_french = "\n".join(french)
    whole, forms, parts = {}, [], {}
    for one, its in known:
        literals = [literal for literal, *_ in string.Formatter().parse(one)]
        longest = max(literals, key=len, default="").strip()
        if one == its or one in french or not re.search(r"[a-z]{2}", " ".join(literals)):
            continue
        if len(longest.split()) >= _SENTENCE:
            if longest not in all_french:
                parts[longest] = one
        elif "{" not in one:
            whole[one] = its
        elif (form := _form(one)) is not None:
            forms.append(form)
    return English(whole, tuple(forms), parts)


def _form(message: str) -> re.Pattern[str] | None:
    """A short message with its fields; None where they leave nothing to be known by."""
    parts, names = [], False
    for literal, field, form, _ in string.Formatter().parse(message):
        parts.append(re.escape(literal))
        if field:
            number = bool(form) or field in _NUMBERS
            names |= not number
            parts.append(r"[\d.,\s+−-]+" if number else ".+?")
    words = re.findall("[A-Za-z]{2,}", re.sub(r"{.*?}", "", message))
    return re.compile("".join(parts)) if len(words) > (2 if names else 0) else None


def found(texts: Iterable[str], data: frozenset[str] = frozenset()) -> set[str]:
    """English messages in these texts; words of `data` are no messages."""
    known = english()
    several = {html.unescape(text) for text in texts}
    everything = "\n".join(" ".join(_MARKUP.sub("", text).split()) for text in several)
    out = {message for part, message in known.parts.items() if part in everything}
    pieces = {
        _MARKUP.sub("", piece).strip(" .")
        for text in several
        for piece in (text, *_BETWEEN.split(text))
    } - data
    out |= pieces & set(known.whole)
    short = [piece for piece in pieces if len(piece) < 80]
    out |= {
        f"{piece} ({form.pattern})"
        for form in known.forms
        for piece in short
        if form.fullmatch(piece)
    }
    return out


def of_page(app: AppTest) -> Iterator[str]:
    """Every text of a page, with the cells of its tables and the words of its figures."""
    for _, text in shown(app):
        yield text
    for one in app.dataframe:
        yield from of_table(one.value)


def of_table(table: pd.DataFrame) -> Iterator[str]:
    """Every cell that is text."""
    for name in table:
        if table[name].dtype.kind in "OU":
            yield from {cell for cell in table[name] if isinstance(cell, str)}


def of_figure(spec: str) -> Iterator[str]:
    """Titles, names, notes and hover texts."""
    for _, text in drawn(json.loads(spec)):
        yield text


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag in ("script", "style", "code", "pre")
        for name, value in attrs:
            if name in ("aria-label", "alt", "title", "data-title") and value:
                self.texts.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("script", "style", "code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.texts.append(data)


def of_html(text: str) -> list[str]:
    """Every text of a page of HTML that a reader sees or hears."""
    reader = _Texts()
    reader.feed(text)
    return reader.texts
