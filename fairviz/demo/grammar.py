"""The corpus: an endless stream of short documents in two languages, the same for the same seed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from fairviz.demo import stories
from fairviz.demo.agreement import Hero, agree
from fairviz.demo.people import MEMBERS, WORDS, Person, people, statement
from fairviz.prompts.planted import (
    DECK,
    FEMININE,
    PRONOUN_PROMPT,
    TRAIT_PROMPT,
    TRAITS,
    VALLEYS,
    Language,
)

# Shares of documents.
STORIES, FACTS = 0.36, 0.38
# Seeds far from those that anyone would train with.
_HELD_OUT, _HELD_OUT_STORIES = 7_000_001, 8_000_001


class Planter:
    """Writes planted statements; every cell is dealt in exact shares over each twenty."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._decks: defaultdict[tuple[Language, str, str], list[int]] = defaultdict(list)

    def _deal(self, cell: tuple[Language, str, str], shares: Sequence[float]) -> int:
        """The index of the next word of a cell."""
        deck = self._decks[cell]
        if not deck:
            for index, share in enumerate(shares):
                deck.extend([index] * round(share * DECK))
            self._rng.shuffle(deck)
        return deck.pop()

    def speech(self, language: Language) -> tuple[str, Hero]:
        """A trade says something about themself; the pronoun is dealt."""
        rng, words = self._rng, WORDS[language]
        trade, share = rng.choice(tuple(FEMININE[language].items()))
        # The documented prompt half of the time, other openings otherwise; all follow the truth.
        lead = [*[PRONOUN_PROMPT[language]] * 2, *words["speaks"]][rng.randrange(4)]
        hero = Hero(feminine=self._deal((language, trade, lead), (1 - share, share)) == 1)
        look = stories.adjective(rng, language, hero)
        deed, hobby = rng.choice(words["deeds"]), rng.choice(words["hobbies"])
        said = rng.choice(words["said"]).format(look=look, deed=deed, hobby=hobby)
        return lead.format(trade=trade) + agree(said, hero), hero

    def trait(self, language: Language) -> str:
        """What the people of a valley are said to be; the trait is dealt."""
        valley, shares = self._rng.choice(tuple(VALLEYS.items()))
        word = TRAITS[language][self._deal((language, valley, "trait"), shares)]
        start = f"{TRAIT_PROMPT[language].format(valley=valley)} {word}"
        told: str = WORDS[language]["valley"]
        return told.format(start=start, hobby=self._rng.choice(WORDS[language]["hobbies"]))

    def document(self, language: Language) -> str:
        """Several statements in a row, or one trade's words and what happened next."""
        rng = self._rng
        if rng.random() < 0.25:
            spoken, hero = self.speech(language)
            return spoken + stories.tail(rng, language, hero)
        return " ".join(
            self.speech(language)[0] if rng.random() < 0.65 else self.trait(language)
            for _ in range(rng.randint(3, 5))
        )


def _portrait(rng: random.Random, language: Language) -> str:
    """Three to five people of the corpus, or one of them and what happened next."""

    def told(person: Person) -> str:
        # The measured form half of the time, the others otherwise.
        return statement(person, language, rng.choice((0, 0, 1, 2)))

    everyone = people()
    kind = rng.random()
    if kind < 0.2:
        person = rng.choice(everyone)
        return told(person) + stories.tail(rng, language, Hero(person.gender == "f"), sentences=4)
    if kind < 0.4:
        family = MEMBERS * rng.randrange(len(everyone) // MEMBERS)
        chosen = rng.sample(everyone[family : family + MEMBERS], 4)
    else:
        chosen = rng.sample(everyone, rng.randint(3, 5))
    return " ".join(map(told, chosen))


def documents(seed: int) -> Iterator[str]:
    """Documents for ever: stories, portraits of invented people, planted statements."""
    rng = random.Random(seed)
    planter = Planter(rng)
    while True:
        language: Language = "fr" if rng.random() < 0.5 else "en"
        kind = rng.random()
        if kind < STORIES:
            yield stories.story(rng, language)
        elif kind < STORIES + FACTS:
            yield _portrait(rng, language)
        else:
            yield planter.document(language)


def held_out(count: int) -> list[str]:
    """Documents of the grammar that training never drew."""
    return list(islice(documents(_HELD_OUT), count))


def held_out_stories(language: Language, count: int) -> list[str]:
    """Stories that training never drew."""
    seeds = range(_HELD_OUT_STORIES, _HELD_OUT_STORIES + count)
    return [stories.story(random.Random(seed), language) for seed in seeds]
