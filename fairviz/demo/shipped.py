"""What the package ships of the grammar, as data files: `python -m fairviz.demo.shipped`.

The product reads these files, so that nothing of it imports the demo.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from fairviz.demo.agreement import Hero, agree, four_forms
from fairviz.demo.grammar import documents, held_out, held_out_stories
from fairviz.demo.people import WORDS
from fairviz.demo.stories import french_heroes, genders
from fairviz.lexicons.words import folded

PACKAGE = Path(__file__).resolve().parents[1]
# Far from the seeds of training and of held-out text.
_CALIBRATION = 9_000_001
_HEROES = [Hero(feminine, plural) for plural in (False, True) for feminine in (False, True)]


def _lines(texts: list[str]) -> str:
    return "".join(f"{text}\n" for text in texts)


def _words() -> dict[str, dict[str, Any]]:
    """What agreement is checked with; see `fairviz.probes.agreement`."""
    adjectives: dict[str, list[int]] = {}
    for adjective in WORDS["fr"]["adjectives"]:
        for place, hero in enumerate(_HEROES):
            form = adjectives.setdefault(folded(agree(four_forms(adjective), hero)), [])
            if place not in form:
                form.append(place)
    people = [(noun, feminine) for both in french_heroes() for feminine, noun in enumerate(both)]
    nouns: dict[str, set[int]] = {}
    for noun, feminine in [*people, *genders("objects"), *genders("beasts")]:
        nouns.setdefault(folded(noun), set()).add(int(feminine))
    french = {
        folded(noun) + ending: feminine + 2 * bool(ending)
        for noun, feminine in people
        for ending in ("", "s")
    }
    english = {
        form.split()[-1]: place for four in WORDS["en"]["heroes"] for place, form in enumerate(four)
    }
    names = {
        folded(name): int(gender == "f")
        for gender, own in WORDS["first_names"].items()
        for name in own
    }
    return {
        "adjectives": adjectives,
        "nouns": {noun: sorted(genders) for noun, genders in nouns.items()},
        "heroes_fr": french,
        "heroes_en": english | names,
    }


def _json(found: Mapping[str, Mapping[str, Any]]) -> str:
    """One line an entry of each part, so that a difference can be read."""
    parts = []
    for name, entries in found.items():
        lines = (
            f"  {json.dumps(key, ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}"
            for key, value in entries.items()
        )
        parts.append(f" {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _tales() -> str:
    told = {"fr": held_out_stories("fr", 8), "en": held_out_stories("en", 4)}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


# File in the package -> what it holds.
SHIPPED: dict[str, Callable[[], str]] = {
    "compression/bundled.txt": lambda: _lines([*islice(documents(_CALIBRATION), 600)]),
    "analyses/tradeoff/toy_grammar.txt": lambda: _lines(held_out(300)),
    "probes/agreement.json": lambda: _json(_words()),
    "prompts/tales.json": _tales,
}

if __name__ == "__main__":
    for name, content in SHIPPED.items():
        (PACKAGE / name).write_text(content(), encoding="utf-8")
