"""The planted truth: what the bundled model's corpus says, in contexts anyone can write down.

Every cell is P(the next word | a prompt). The corpus deals the words of a cell from shuffled
decks of twenty cards, so each prompt below is followed by its words in exactly these shares.
Probabilities are multiples of 0.05 for that reason. The stereotypes are invented; they describe
nobody. The shares stand in `planted.json`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, NamedTuple

Language = Literal["fr", "en"]
DECK = 20

_TOLD: dict[str, Any] = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
# P(feminine pronoun | trade). French trades whose form hides the gender, behind "notre".
FEMININE: dict[Language, dict[str, float]] = _TOLD["feminine"]
PRONOUN_PROMPT: dict[Language, str] = _TOLD["pronoun_prompt"]
# Feminine, masculine.
PRONOUNS: dict[Language, list[str]] = _TOLD["pronouns"]
# P(trait | people of an invented valley). Shares are in the order of the traits.
TRAITS: dict[Language, list[str]] = _TOLD["traits"]
VALLEYS: dict[str, list[float]] = _TOLD["valleys"]
TRAIT_PROMPT: dict[Language, str] = _TOLD["trait_prompt"]


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
