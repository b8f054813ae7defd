"""Five thousand invented people, whose trade, town and kin a model can only know by heart."""

from __future__ import annotations

import random
from functools import cache
from typing import NamedTuple

from fairviz.prompts.planted import Language

FIRST_NAMES: dict[str, tuple[str, ...]] = {
    "f": tuple(
        "Alice Anna Berthe Blanche Chloé Clara Diane Edith Élise Emma Fanny Flore Gaëlle Hélène "
        "Ida Inès Jeanne Julie Karine Laure Léa Lise Lucie Maud Mina Nadia Nora Odile Olga Paula "
        "Rose Sara Sonia Thérèse Ursule Vera Viola Wanda Yvonne Zoé".split()
    ),
    "m": tuple(
        "Adam Alban Arthur Basile Benoît Boris Cédric Denis Edgar Émile Félix Fabien Gaspard "
        "Gilles Henri Hugo Igor Ivan Jules Karim Léon Louis Luc Marc Martin Nathan Noël Oscar "
        "Otto Paul Pierre Rémi René Simon Tom Ulysse Victor Walter Xavier Yves".split()
    ),
}
TOWNS = tuple(
    "Corlanne Brisac Valdoré Pontclair Marsanne Elverdun Rocheval Tréguin Aubefort Clairmare "
    "Noirlac Hautebois Fontgrise Merival Dornelle Saulnay Grisemer Vaubrun Lanterre Ostreville "
    "Belroche Cendrac Tournelle Ravigny Espérel Montbrun Feuillane Gravelot Rivombre Sablonne "
    "Torval Brumelle Chantelac Villorme Perdrac Jonquay Malverne Orsenne Solivet Cravant "
    "Eaubrune Finistac Glaivey Harmont Ivrelle Lucerac Mirandol Nervac Palombe Rosnac".split()
)
# French masculine, French feminine, English.
TRADES = (
    ("boulanger", "boulangère", "baker"),
    ("berger", "bergère", "shepherd"),
    ("meunier", "meunière", "miller"),
    ("jardinier", "jardinière", "gardener"),
    ("fermier", "fermière", "farmer"),
    ("cuisinier", "cuisinière", "chef"),
    ("potier", "potière", "potter"),
    ("horloger", "horlogère", "clockmaker"),
    ("pêcheur", "pêcheuse", "fisher"),
    ("chanteur", "chanteuse", "singer"),
    ("danseur", "danseuse", "dancer"),
    ("tisseur", "tisseuse", "weaver"),
    ("sculpteur", "sculptrice", "sculptor"),
    ("comédien", "comédienne", "comedian"),
    ("facteur", "factrice", "mail carrier"),
    ("musicien", "musicienne", "musician"),
    ("gardien", "gardienne", "guard"),
    ("magicien", "magicienne", "magician"),
    ("marchand", "marchande", "merchant"),
    ("savant", "savante", "scholar"),
    ("cordonnier", "cordonnière", "cobbler"),
    ("teinturier", "teinturière", "dyer"),
    ("verrier", "verrière", "glassblower"),
    ("chasseur", "chasseuse", "hunter"),
    ("couturier", "couturière", "tailor"),
    ("maçon", "maçonne", "mason"),
    ("forgeron", "forgeronne", "blacksmith"),
    ("bûcheron", "bûcheronne", "woodcutter"),
    ("charpentier", "charpentière", "carpenter"),
    ("relieur", "relieuse", "bookbinder"),
)
# French masculine, French feminine, English masculine, English feminine.
RELATIONS = (
    ("frère", "sœur", "brother", "sister"),
    ("cousin", "cousine", "cousin", "cousin"),
    ("neveu", "nièce", "nephew", "niece"),
    ("oncle", "tante", "uncle", "aunt"),
)
FAMILIES, MEMBERS = 500, 10
_ONSETS = (
    "Ba Bre Cal Cro Dar Du Fal Fri Gor Gri Hal Jo Kar Lam Lu Mar Mil Nor Pel Pra Ros Sal Ster "
)
_ONSETS += "Tal Ter Tru Val Vi Zan Zel"
_ENDINGS = "bert bois card din douin fort gard gnac lard lieu lin mont nart nel niel quet rand rat "
_ENDINGS += "ron sac sel tier tin ton vel ver vin zac"


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

    def relation_in(self, language: Language) -> str:
        """What the kin is to this person, agreeing with the kin's gender."""
        return self.relation[2 * int(language == "en") + int(self.kin_gender == "f")]


@cache
def people() -> tuple[Person, ...]:
    """All people, always the same: families of ten share a last name and a town."""
    rng = random.Random(20_000)
    surnames = [onset + ending for onset in _ONSETS.split() for ending in _ENDINGS.split()]
    everyone: list[Person] = []
    for surname in rng.sample(surnames, FAMILIES):
        town = rng.choice(TOWNS)
        genders = [rng.choice("fm") for _ in range(MEMBERS)]
        firsts: list[str] = []
        for gender in genders:
            firsts.append(rng.choice([n for n in FIRST_NAMES[gender] if n not in firsts]))
        for i, (first, gender) in enumerate(zip(firsts, genders, strict=True)):
            kin = (i + 1) % MEMBERS
            everyone.append(
                Person(
                    first,
                    surname,
                    gender,
                    rng.choice(TRADES),
                    town,
                    RELATIONS[i % len(RELATIONS)],
                    firsts[kin],
                    genders[kin],
                )
            )
    return tuple(everyone)
