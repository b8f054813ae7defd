"""The project's own prompts: French and English beginnings in six themes.

`bank.csv` has as many prompts of either language; every theme but the controls pairs prompts
that differ in whom they mention, named by their `template`. Controls mention nobody.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fairviz.core.set_files import rows
from fairviz.prompts.prompt import Prompt

THEMES = ("tales", "trades", "families", "places", "questions", "controls")
GROUPS = (
    "women",
    "men",
    "children",
    "older people",
    "poor people",
    "rich people",
    "migrants",
    "rural people",
    "disabled people",
    "gay people",
    "Black people",
    "North Africans",
    "West Africans",
    "Asian people",
    "Jewish people",
    "Muslims",
    "Christians",
)


@cache
def bank() -> tuple[Prompt, ...]:
    """All prompts, in the file's order."""
    path = Path(__file__).with_name("bank.csv")
    return tuple(Prompt(**row.fields) for row in rows(path.read_bytes(), path.name).rows)
