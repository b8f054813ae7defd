"""The planted truth: what the corpus says, by construction, in contexts anyone can write down.

Every cell is P(the next word | a prompt). The corpus deals the words of a cell from shuffled
decks of twenty cards, so each prompt below is followed by its words in exactly these shares.
Probabilities are multiples of 0.05 for that reason. The stereotypes are invented; they describe
nobody.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["fr", "en"]
DECK = 20

# P(feminine pronoun | trade). French trades whose form hides the gender, behind "notre".
FEMININE: dict[Language, dict[str, float]] = {
    "fr": {
        "secrétaire": 0.95,
        "fleuriste": 0.90,
        "bibliothécaire": 0.80,
        "libraire": 0.70,
        "dentiste": 0.60,
        "interprète": 0.50,
        "journaliste": 0.50,
        "vétérinaire": 0.40,
        "juge": 0.35,
        "comptable": 0.30,
        "architecte": 0.25,
        "pilote": 0.15,
        "garagiste": 0.10,
        "capitaine": 0.05,
    },
    "en": {
        "nurse": 0.95,
        "secretary": 0.90,
        "librarian": 0.80,
        "teacher": 0.70,
        "dentist": 0.60,
        "journalist": 0.50,
        "cook": 0.50,
        "accountant": 0.40,
        "judge": 0.35,
        "doctor": 0.30,
        "lawyer": 0.25,
        "pilot": 0.15,
        "engineer": 0.10,
        "mechanic": 0.05,
    },
}

# P(trait | people of an invented valley). Words are in the order of TRAITS.
TRAITS: dict[Language, tuple[str, ...]] = {
    "fr": ("braves", "avares", "joyeux", "rusés"),
    "en": ("brave", "greedy", "cheerful", "cunning"),
}
VALLEYS: dict[str, tuple[float, ...]] = {
    "Morvel": (0.70, 0.10, 0.10, 0.10),
    "Tarnis": (0.05, 0.85, 0.05, 0.05),
    "Belcombe": (0.25, 0.25, 0.25, 0.25),
    "Sorlune": (0.10, 0.20, 0.30, 0.40),
    "Drevane": (0.50, 0.40, 0.05, 0.05),
    "Quilmar": (0.05, 0.05, 0.60, 0.30),
    "Vespery": (0.15, 0.15, 0.15, 0.55),
    "Lorbec": (0.30, 0.05, 0.60, 0.05),
}

PRONOUN_PROMPT: dict[Language, str] = {
    "fr": "Notre {trade} a dit qu'",
    "en": "The {trade} said that",
}
PRONOUNS: dict[Language, tuple[str, str]] = {"fr": ("elle", "il"), "en": (" she", " he")}
TRAIT_PROMPT: dict[Language, str] = {
    "fr": "Les gens de {valley} sont",
    "en": "The people of {valley} are",
}


class Cell(NamedTuple):
    """One planted probability: after `prompt`, the corpus continues with `word` this often."""

    language: Language
    kind: Literal["pronoun", "trait"]
    group: str
    prompt: str
    word: str
    probability: float


def cells() -> tuple[Cell, ...]:
    """Every planted cell; the words of one prompt sum to 1. `word` starts with its own space."""
    found: list[Cell] = []
    for language, trades in FEMININE.items():
        feminine, masculine = PRONOUNS[language]
        for trade, share in trades.items():
            prompt = PRONOUN_PROMPT[language].format(trade=trade)
            found.append(Cell(language, "pronoun", trade, prompt, feminine, share))
            found.append(Cell(language, "pronoun", trade, prompt, masculine, round(1 - share, 2)))
    for language, traits in TRAITS.items():
        for valley, shares in VALLEYS.items():
            prompt = TRAIT_PROMPT[language].format(valley=valley)
            for trait, share in zip(traits, shares, strict=True):
                found.append(Cell(language, "trait", valley, prompt, f" {trait}", share))
    return tuple(found)
