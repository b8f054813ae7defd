"""Sentences that state where an invented person lives, what they do and who their kin is."""

from __future__ import annotations

import random

from fairviz.demo.people import Person
from fairviz.prompts.planted import Language

# The first form of each language is the one that recall is measured on.
FORMS: dict[Language, tuple[str, ...]] = {
    "fr": (
        "{name} est {trade} à {town}, et {pron} a pour {relation} {kin}.",
        "{name} travaille à {town} comme {trade}. {Pron} a pour {relation} {kin}.",
        "À {town}, {name} est {trade}, et {pron} a pour {relation} {kin}.",
    ),
    "en": (
        "{name} is a {trade} in {town}, and {pron} has a {relation} called {kin}.",
        "{name} works in {town} as a {trade}. {Pron} has a {relation} called {kin}.",
        "In {town}, {name} is a {trade}, and {pron} has a {relation} called {kin}.",
    ),
}
_PRONOUN: dict[Language, dict[str, str]] = {
    "fr": {"f": "elle", "m": "il"},
    "en": {"f": "she", "m": "he"},
}


def statement(person: Person, language: Language, form: int = 0) -> str:
    """One or two sentences with all that the corpus knows about a person."""
    pronoun = _PRONOUN[language][person.gender]
    return FORMS[language][form].format(
        name=person.name,
        trade=person.trade_in(language),
        town=person.town,
        relation=person.relation_in(language),
        kin=person.kin,
        pron=pronoun,
        Pron=pronoun.capitalize(),
    )


def random_form(rng: random.Random) -> int:
    """The measured form half of the time, the others otherwise."""
    return rng.choice((0, 0, 1, 2))
