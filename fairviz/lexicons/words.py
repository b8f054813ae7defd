"""A text as the words that lists are matched against, each with its place."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from fairviz.core.declared import declared

# What French writes before an apostrophe as a word of its own.
_ELIDED = frozenset("c d j l m n s t qu jusqu lorsqu puisqu quoiqu".split())
# What English writes behind one and what is dropped.
_ENDINGS = frozenset("s d ll m re ve".split())
_PART = re.compile("(?:[^\\W_]|[\u0300-\u036f\u00ad])+")
_APOSTROPHES = frozenset("'’ʼ‘")
# Hyphens, one of them not breaking; a dash between clauses is none.
_BETWEEN = re.compile("[ \t\u00a0\u202f]+|\n|[-\u2010\u2011]")
_SMALL = {name: frozenset(small.split()) for name, small in declared(__file__)["small"].items()}


class Word(NamedTuple):
    """One word.

    Attributes:
        text: Composed, case-folded, ligatures spelt out.
        follows: Whether only a hyphen, spaces or an elision part it from the word before.
    """

    text: str
    start: int
    stop: int
    follows: bool


def folded(text: str) -> str:
    """As words are compared: composed, case-folded, `œ` as `oe`, soft hyphens dropped."""
    plain = unicodedata.normalize("NFC", text.replace("\u00ad", "")).casefold()
    return plain.replace("œ", "oe").replace("æ", "ae")


# Every list is matched against the same text.
@lru_cache(maxsize=8)
def words(text: str) -> tuple[Word, ...]:
    """The words of a text, in order."""
    found: list[Word] = []
    for part in _PART.finditer(text):
        start, stop = part.span()
        plain = folded(part[0])
        before = found[-1] if found else None
        between = text[before.stop : start] if before else ""
        if before and between in _APOSTROPHES:
            if before.text in _ELIDED:
                found.append(Word(plain, start, stop, True))
            elif plain in _ENDINGS:
                found[-1] = before._replace(stop=stop)
            else:
                found[-1] = before._replace(text=f"{before.text}'{plain}", stop=stop)
            continue
        follows = before is not None and _BETWEEN.fullmatch(between) is not None
        found.append(Word(plain, start, stop, follows))
    return tuple(found)


def language_of(text: str) -> str:
    """`fr` or `en`, whichever's small words are more; empty where neither leads."""
    own = [word.text for word in words(text)]
    counts = {language: sum(word in small for word in own) for language, small in _SMALL.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if sorted(counts.values())[-1] > sorted(counts.values())[-2] else ""
