"""What a page offers to begin with: prompts and tales of the bundled model's two languages."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fairviz.prompts.planted import Language

_HERE = Path(__file__).parent


class Example(NamedTuple):
    """A prompt that the page offers, under its title."""

    language: Language
    title: str
    text: str


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
