"""Prompts, and the project's own: the bank, and what a page offers to begin with.

`bank.csv` has as many prompts of either language, in six themes; every theme but the controls pairs
prompts that differ in whom they mention, named by their `template`. Controls mention nobody.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fairviz.core.set_files import rows
from fairviz.prompts.planted import Language

_HERE = Path(__file__).parent


class Prompt(NamedTuple):
    """A beginning that models go on from.

    Attributes:
        language: ISO 639-1, as in `fr`; empty where it is not known.
        theme: What it is about, such as `tales`.
        group: Whom it mentions; empty for nobody.
        template: Names the prompts that were made from one pattern or differ in a word only;
            empty for one that stands by itself.
    """

    id: str
    text: str
    language: str = ""
    theme: str = ""
    group: str = ""
    template: str = ""


class Example(NamedTuple):
    """A prompt that the page offers, under its title."""

    language: Language
    title: str
    text: str


@cache
def bank() -> tuple[Prompt, ...]:
    """All prompts of the bank, in the file's order."""
    path = _HERE / "bank.csv"
    return tuple(Prompt(**row.fields) for row in rows(path.read_bytes(), path.name).rows)


@cache
def bundled_examples() -> tuple[Example, ...]:
    """The prompts, by turns in French and English."""
    rows = json.loads((_HERE / "examples.json").read_text(encoding="utf-8"))
    return tuple(Example(**row) for row in rows)


@cache
def tales() -> dict[Language, list[str]]:
    """Stories of the bundled model's grammar that its training never drew, by language."""
    found: dict[Language, list[str]] = json.loads((_HERE / "tales.json").read_text("utf-8"))
    return found


def text_of_tales() -> str:
    """Tales of both languages as one text."""
    return "\n\n".join(tale for told in tales().values() for tale in told)
