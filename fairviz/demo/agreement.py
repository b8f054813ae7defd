"""How a template bends to its hero: `[a|b|c|d]` by gender and number, `<a|b>` by number.

The four forms are masculine, feminine, masculine plural, feminine plural.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_FOUR = re.compile(r"\[([^\]]*)\]")
_TWO = re.compile(r"<([^>]*)>")
_VOWELS = "aeiouyéèêâîôœAEIOUYÉÈÊÂÎÔŒ"


class Hero(NamedTuple):
    """Whom a story is about, as far as the grammar of both languages cares."""

    feminine: bool
    plural: bool = False

    @property
    def form(self) -> int:
        """Index of the hero's form in a list of four."""
        return int(self.feminine) + 2 * int(self.plural)


def agree(template: str, hero: Hero) -> str:
    """The template with every bracket replaced by the form that fits the hero."""
    text = _FOUR.sub(lambda match: match[1].split("|")[hero.form], template)
    return _TWO.sub(lambda match: match[1].split("|")[int(hero.plural)], text)


def four_forms(masculine: str) -> str:
    """A French adjective in its four forms, as a bracket for `agree`."""
    if masculine.endswith("eux"):
        stem = masculine[:-1]
        return f"[{masculine}|{stem}se|{masculine}|{stem}ses]"
    if masculine.endswith("ier"):
        stem = masculine[:-2]
        return f"[{masculine}|{stem}ère|{masculine}s|{stem}ères]"
    if masculine.endswith("if"):
        stem = masculine[:-1]
        return f"[{masculine}|{stem}ve|{masculine}s|{stem}ves]"
    if masculine.endswith("e"):
        return f"<{masculine}|{masculine}s>"
    plural = masculine if masculine.endswith("s") else masculine + "s"
    return f"[{masculine}|{masculine}e|{plural}|{masculine}es]"


def french_the(noun: str, feminine: bool) -> str:
    """The noun behind its definite article, elided before a vowel."""
    if noun[0] in _VOWELS:
        return f"l'{noun}"
    return f"{'la' if feminine else 'le'} {noun}"


def english_a(phrase: str) -> str:
    """The phrase behind "a" or "an"."""
    return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}"
