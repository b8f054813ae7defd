"""Words of the field, explained where they are said: `docs/glossary.md` is made of them too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from fairviz.core.declared import records
from fairviz.i18n import _, current


class Term(NamedTuple):
    """A word and its meaning; in English; the meaning is translated where it is shown."""

    name: str
    seen: str  # how it stands in a sentence: whole words, `|` between
    means: str


TERMS = records(Term, __file__, "terms")


@cache
def _words(code: str) -> tuple[re.Pattern[str], dict[str, Term]]:
    """What finds the terms in a text of a language, and the term of each word."""
    terms = {word.lower(): term for term in TERMS for word in _(term.seen).split("|")}
    longest = sorted(terms, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest))})\b", re.IGNORECASE), terms


def explained(text: str) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with the meaning of the term that it is, else with none.

    A term is explained where it is said first; the pieces joined are the text.
    """
    pattern, terms = _words(current())
    at, told = 0, set()
    for found in pattern.finditer(text):
        term = terms[found[0].lower()]
        if term not in told:
            told.add(term)
            yield text[at : found.start()], ""
            yield found[0], _(term.means)
            at = found.end()
    yield text[at:], ""


def meanings(text: str) -> str:
    """What the terms of a text mean, as Markdown for a tip; empty where it has none."""
    told = [(word, means) for word, means in explained(text) if means]
    return "\n\n".join(_("**{word}**: {means}", word=word, means=means) for word, means in told)
