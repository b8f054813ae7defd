"""Five thousand invented people, whose trade, town and kin a model can only know by heart."""

from __future__ import annotations

import random
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fairviz.prompts.planted import Language

WORDS: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)
FAMILIES, MEMBERS = 500, 10


class Person(NamedTuple):
    """Someone who exists only in the corpus."""

    first: str
    last: str
    gender: str
    trade: tuple[str, str, str]
    town: str
    relation: tuple[str, str, str, str]
    kin: str
    kin_gender: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    def trade_in(self, language: Language) -> str:
        """The trade as the language says it for this person."""
        return self.trade[2 if language == "en" else int(self.gender == "f")]


@cache
def people() -> tuple[Person, ...]:
    """All people, always the same: families of ten share a last name and a town."""
    rng = random.Random(20_000)
    surnames = [onset + ending for onset in WORDS["onsets"] for ending in WORDS["endings"]]
    relations = [tuple(one) for one in WORDS["relations"]]
    everyone: list[Person] = []
    for surname in rng.sample(surnames, FAMILIES):
        town = rng.choice(WORDS["towns"])
        genders = [rng.choice("fm") for _ in range(MEMBERS)]
        firsts: list[str] = []
        for gender in genders:
            free = [name for name in WORDS["first_names"][gender] if name not in firsts]
            firsts.append(rng.choice(free))
        for i, (first, gender) in enumerate(zip(firsts, genders, strict=True)):
            trade, relation = tuple(rng.choice(WORDS["trades"])), relations[i % len(relations)]
            kin = (i + 1) % MEMBERS
            everyone.append(
                Person(first, surname, gender, trade, town, relation, firsts[kin], genders[kin])
            )
    return tuple(everyone)


def statement(person: Person, language: Language, form: int = 0) -> str:
    """One or two sentences with all that the corpus knows about a person.

    Recall is measured on form 0.
    """
    pronoun = WORDS[language]["pronouns"][int(person.gender == "f")]
    told: str = WORDS[language]["facts"][form]
    return told.format(
        name=person.name,
        trade=person.trade_in(language),
        town=person.town,
        relation=person.relation[2 * int(language == "en") + int(person.kin_gender == "f")],
        kin=person.kin,
        pron=pronoun,
        Pron=pronoun.capitalize(),
    )
