"""What the grammar of the bundled model's stories can tell of agreement in a text.

Checked are only words that the grammar knows: an article and its noun (French), a subject
pronoun and its verb's number, a pronoun and its adjective (French), and, in the stories of the
bundled model, where one hero is spoken of, whether the pronoun fits the hero.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from fairviz.core.declared import declared
from fairviz.lexicons.words import Word, words

# The words that the grammar knows, folded. `adjectives`: a French form -> the heroes that it fits;
# `nouns`: a French noun in the singular -> its genders, 1 is feminine; `heroes_fr`, `heroes_en`:
# who a story can be about (of `young man` the second word says it), or an English first name ->
# the hero. A hero is 0 for a man, 1 a woman, 2 men, 3 women.
_WORDS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)
_GRAMMAR = declared(__file__)


class Agreement(NamedTuple):
    """How often the grammar could tell, and how often the text was wrong."""

    checks: int
    errors: int


def agreement(text: str, language: str, start: int = 0, *, stories: bool = False) -> Agreement:
    """Checks and errors of agreement in a text.

    Args:
        text: A prompt and what was written after it.
        language: `fr` or `en`; no other can be told.
        start: Where what was written begins; the words before are only read.
        stories: Whether the text follows the grammar of the bundled model's stories, where
            every subject pronoun means the hero.
    """
    if language not in _GRAMMAR:
        return Agreement(0, 0)
    own = words(text)
    verdicts = [*_within(own, language, start)]
    if stories:
        verdicts += _about_the_hero(own, language, start)
    return Agreement(len(verdicts), verdicts.count(False))


def _impersonal(rest: Sequence[Word]) -> bool:
    return [word.text for word in rest[1:2]] == ["y"] or [word.text for word in rest[1:4]] == [
        "était",
        "une",
        "fois",
    ]


def _within(own: Sequence[Word], language: str, start: int) -> Iterator[bool]:
    """Whether neighbours agree; the second of them is what is judged."""
    grammar = _GRAMMAR[language]
    verbs, pronouns = grammar["verbs"], grammar["pronouns"]
    for place, (first, second) in enumerate(pairwise(own)):
        if not second.follows or _impersonal(own[place : place + 4]):
            continue
        article = grammar["articles"].get(first.text)
        if article is not None and second.text in _WORDS["nouns"] and second.start >= start:
            yield article in _WORDS["nouns"][second.text]
        if first.text not in pronouns or second.text not in verbs:
            continue
        fits = pronouns[first.text]
        if second.start >= start:
            yield verbs.index(second.text) % 2 == int(min(fits) >= 2)
        third = own[place + 2] if place + 2 < len(own) else None
        if second.text in grammar["to_be"] and third is not None and third.follows:
            forms = _WORDS["adjectives"].get(third.text)
            if forms is not None and third.start >= start:
                yield not set(forms).isdisjoint(fits)


def _about_the_hero(own: Sequence[Word], language: str, start: int) -> Iterator[bool]:
    """Whether each subject pronoun fits the hero that was named last."""
    grammar, heroes = _GRAMMAR[language], _WORDS[f"heroes_{language}"]
    pronouns = grammar["pronouns"]
    hero: int | None = None
    for place, word in enumerate(own):
        before = own[place - 1].text if place else ""
        article = own[place - 2].text if before == "young" else before
        if word.text in heroes and (
            article in ("un", "une", "a", "an", "named") or article in grammar["counts"]
        ):
            hero = heroes[word.text]
        elif word.text == grammar["people"] and before in ("les", "the"):
            hero = 2
        elif word.text in pronouns and not _impersonal(own[place : place + 4]):
            fits = pronouns[word.text]
            if before == grammar["that"]:
                hero = min(fits)
            elif hero is not None and word.start >= start:
                yield hero in fits
