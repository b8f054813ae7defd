"""The corpus: an endless stream of short documents in two languages, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

from fairviz.demo import english, french
from fairviz.demo.agreement import Hero
from fairviz.demo.facts import random_form, statement
from fairviz.demo.people import MEMBERS, people
from fairviz.demo.planted import Planter
from fairviz.prompts.planted import Language

# Shares of documents.
STORIES, FACTS = 0.36, 0.38


def _portrait(rng: random.Random, language: Language) -> str:
    """Three to five people of the corpus, or one of them and what happened next."""
    everyone = people()
    kind = rng.random()
    if kind < 0.2:
        person = rng.choice(everyone)
        tail = french.tail if language == "fr" else english.tail
        told = statement(person, language, random_form(rng))
        return told + tail(rng, Hero(person.gender == "f"), sentences=4)
    if kind < 0.4:
        family = MEMBERS * rng.randrange(len(everyone) // MEMBERS)
        chosen = rng.sample(everyone[family : family + MEMBERS], 4)
    else:
        chosen = rng.sample(everyone, rng.randint(3, 5))
    return " ".join(statement(person, language, random_form(rng)) for person in chosen)


def documents(seed: int) -> Iterator[str]:
    """Documents for ever: stories, portraits of invented people, planted statements."""
    rng = random.Random(seed)
    planter = Planter(rng)
    while True:
        language: Language = "fr" if rng.random() < 0.5 else "en"
        kind = rng.random()
        if kind < STORIES:
            yield (french if language == "fr" else english).story(rng)
        elif kind < STORIES + FACTS:
            yield _portrait(rng, language)
        else:
            yield planter.document(language)
