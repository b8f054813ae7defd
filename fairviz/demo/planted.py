"""Statements whose next word follows the planted truth exactly, dealt from shuffled decks."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from fairviz.demo import english, english_words, french, french_words
from fairviz.demo.agreement import Hero, agree
from fairviz.prompts.planted import (
    DECK,
    FEMININE,
    PRONOUN_PROMPT,
    TRAIT_PROMPT,
    TRAITS,
    VALLEYS,
    Language,
)

# The documented prompt half of the time, other openings otherwise; all follow the truth.
_SPEAKS: dict[Language, tuple[str, ...]] = {
    "fr": (
        PRONOUN_PROMPT["fr"],
        PRONOUN_PROMPT["fr"],
        "Hier, notre {trade} a dit qu'",
        "Notre {trade} racontait qu'",
    ),
    "en": (
        PRONOUN_PROMPT["en"],
        PRONOUN_PROMPT["en"],
        "Yesterday, the {trade} said that",
        "The {trade} told us that",
    ),
}


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
        rng = self._rng
        trade, share = rng.choice(tuple(FEMININE[language].items()))
        form = rng.randrange(len(_SPEAKS[language]))
        cell = (language, trade, _SPEAKS[language][form])
        hero = Hero(feminine=self._deal(cell, (1 - share, share)) == 1)
        lead = _SPEAKS[language][form].format(trade=trade)
        if language == "fr":
            said = rng.choice(
                (
                    f"[il|elle] était {french.adjective(rng, hero)}.",
                    f"[il|elle] voulait {rng.choice(french_words.DEEDS)}.",
                    f"[il|elle] aimait {rng.choice(french_words.HOBBIES)}.",
                )
            )
            return lead + agree(said, hero), hero
        said = rng.choice(
            (
                f" [he|she] was {rng.choice(english_words.ADJECTIVES)}.",
                f" [he|she] wanted to {rng.choice(english_words.DEEDS)}.",
                f" [he|she] liked to {rng.choice(english_words.HOBBIES)}.",
            )
        )
        return lead + agree(said, hero), hero

    def trait(self, language: Language) -> str:
        """What the people of a valley are said to be; the trait is dealt."""
        rng = self._rng
        valley, shares = rng.choice(tuple(VALLEYS.items()))
        word = TRAITS[language][self._deal((language, valley, "trait"), shares)]
        start = f"{TRAIT_PROMPT[language].format(valley=valley)} {word}"
        if language == "fr":
            return f"{start}, et ils aiment {rng.choice(french_words.HOBBIES)}."
        return f"{start}, and they like to {rng.choice(english_words.HOBBIES)}."

    def document(self, language: Language) -> str:
        """Several statements in a row, or one trade's words and what happened next."""
        rng = self._rng
        if rng.random() < 0.25:
            spoken, hero = self.speech(language)
            tail = french.tail if language == "fr" else english.tail
            return spoken + tail(rng, hero)
        statements = (
            self.speech(language)[0] if rng.random() < 0.65 else self.trait(language)
            for _ in range(rng.randint(3, 5))
        )
        return " ".join(statements)
