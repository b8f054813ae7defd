"""What the grammar of the bundled model's stories can tell of agreement in a text.

Checked are only words that the grammar knows: an article and its noun (French), a subject
pronoun and its verb's number, a pronoun and its adjective (French), and, in the stories of the
bundled model, where one hero is spoken of, whether the pronoun fits the hero.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from fairviz.lexicons.words import Word, words

# The words that the grammar knows, folded. `adjectives`: a French form -> the heroes that it fits;
# `nouns`: a French noun in the singular -> its genders, 1 is feminine; `heroes_fr`, `heroes_en`:
# who a story can be about (of `young man` the second word says it), or an English first name ->
# the hero. A hero is 0 for a man, 1 a woman, 2 men, 3 women.
_WORDS: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)
_COUNTS = {"fr": "deux trois quatre cinq".split(), "en": "two three four five".split()}
_ARTICLES: dict[str, dict[str, bool]] = {
    "fr": {"un": False, "une": True, "le": False, "la": True, "ce": False, "cette": True},
    "en": {},
}
_PRONOUNS: dict[str, dict[str, tuple[int, ...]]] = {
    "fr": {"il": (0,), "elle": (1,), "ils": (2,), "elles": (3,)},
    "en": {"he": (0,), "she": (1,), "they": (2, 3)},
}
# Verbs of the stories: singular and plural.
_VERBS = {
    "fr": "était étaient aimait aimaient trouva trouvèrent ramassa ramassèrent refusa refusèrent "
    "donna donnèrent décida décidèrent voulait voulaient préféra préférèrent garde gardent "
    "rentra rentrèrent est sont".split(),
    "en": "was were keeps keep is are".split(),
}
_TO_BE = frozenset("était étaient est sont".split())
_SAID = {"fr": "qu", "en": "that"}
_PEOPLE = {"fr": "gens", "en": "people"}


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
    if language not in _PRONOUNS:
        return Agreement(0, 0)
    own = words(text)
    verdicts = [*_within(own, language, start)]
    if stories:
        verdicts += _about_the_hero(own, language, start)
    return Agreement(len(verdicts), verdicts.count(False))


def _impersonal(rest: list[Word]) -> bool:
    return [word.text for word in rest[1:2]] == ["y"] or [word.text for word in rest[1:4]] == [
        "était",
        "une",
        "fois",
    ]


def _within(own: list[Word], language: str, start: int) -> Iterator[bool]:
    """Whether neighbours agree; the second of them is what is judged."""
    verbs, pronouns = _VERBS[language], _PRONOUNS[language]
    for place, (first, second) in enumerate(pairwise(own)):
        if not second.follows or _impersonal(own[place : place + 4]):
            continue
        article = _ARTICLES[language].get(first.text)
        if article is not None and second.text in _WORDS["nouns"] and second.start >= start:
            yield article in _WORDS["nouns"][second.text]
        if first.text not in pronouns or second.text not in verbs:
            continue
        fits = pronouns[first.text]
        if second.start >= start:
            yield verbs.index(second.text) % 2 == int(min(fits) >= 2)
        third = own[place + 2] if place + 2 < len(own) else None
        if language == "fr" and second.text in _TO_BE and third is not None and third.follows:
            forms = _WORDS["adjectives"].get(third.text)
            if forms is not None and third.start >= start:
                yield not set(forms).isdisjoint(fits)


def _about_the_hero(own: list[Word], language: str, start: int) -> Iterator[bool]:
    """Whether each subject pronoun fits the hero that was named last."""
    pronouns, heroes = _PRONOUNS[language], _WORDS[f"heroes_{language}"]
    hero: int | None = None
    for place, word in enumerate(own):
        before = own[place - 1].text if place else ""
        article = own[place - 2].text if before == "young" else before
        if word.text in heroes and (
            article in ("un", "une", "a", "an", "named") or article in _COUNTS[language]
        ):
            hero = heroes[word.text]
        elif word.text == _PEOPLE[language] and before in ("les", "the"):
            hero = 2
        elif word.text in pronouns and not _impersonal(own[place : place + 4]):
            fits = pronouns[word.text]
            if before == _SAID[language]:
                hero = min(fits)
            elif hero is not None and word.start >= start:
                yield hero in fits
