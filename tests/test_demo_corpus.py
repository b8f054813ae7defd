"""The demo's grammar keeps its word: the same text for the same seed, and the planted shares."""

import subprocess
import sys
from collections import Counter
from itertools import islice

import pytest

from fairviz.demo.agreement import Hero, agree, four_forms, french_the
from fairviz.demo.evaluate import bank
from fairviz.demo.grammar import documents
from fairviz.demo.people import people, statement
from fairviz.demo.shipped import PACKAGE, SHIPPED
from fairviz.prompts.bank import bundled_examples
from fairviz.prompts.planted import DECK, TRAITS, VALLEYS, cells


def test_the_corpus_is_a_function_of_its_seed():
    assert list(islice(documents(5), 200)) == list(islice(documents(5), 200))
    assert list(islice(documents(5), 200)) != list(islice(documents(6), 200))


@pytest.mark.parametrize(
    ("hero", "expected"),
    [
        (Hero(False), "Il était content."),
        (Hero(True), "Elle était contente."),
        (Hero(False, True), "Ils étaient contents."),
        (Hero(True, True), "Elles étaient contentes."),
    ],
)
def test_templates_agree_with_their_hero(hero, expected):
    template = f"[Il|Elle|Ils|Elles] <était|étaient> {four_forms('content')}."
    assert agree(template, hero) == expected


def test_french_adjectives_bend_by_their_endings():
    feminine = Hero(True)
    words = ("heureux", "fier", "pensif", "triste")
    assert [agree(four_forms(word), feminine) for word in words] == [
        "heureuse",
        "fière",
        "pensive",
        "triste",
    ]
    assert french_the("oie", True) == "l'oie"
    assert french_the("hibou", False) == "le hibou"


def test_cells_are_probabilities_dealt_from_whole_decks():
    totals = Counter()
    for cell in cells():
        totals[cell.prompt] += cell.probability
        assert cell.probability * DECK == pytest.approx(round(cell.probability * DECK))
    assert len(totals) == 2 * 14 + 2 * 8
    assert all(total == pytest.approx(1.0) for total in totals.values())
    assert all(len(shares) == len(TRAITS["fr"]) for shares in VALLEYS.values())


def test_every_occurrence_of_a_planted_prompt_follows_the_truth():
    text = "\n".join(islice(documents(9), 20_000))
    for cell in cells():
        seen = text.count(cell.prompt)
        assert seen > 150, cell
        # Whole decks are exact; only the last, unfinished deck of at most 20 may stray.
        share = text.count(cell.prompt + cell.word) / seen
        assert abs(share - cell.probability) <= DECK / seen, cell


def test_people_are_many_and_told_in_both_languages():
    assert len({person.name for person in people()}) == len(people()) == 5000
    person = people()[0]
    for language in ("fr", "en"):
        told = statement(person, language)
        assert person.name in told
        assert person.town in told
        assert person.trade_in(language) in told


def test_the_bank_is_wide_and_opens_as_the_page_does():
    assert bundled_examples()[0].text == "Il était une fois"
    assert len(bundled_examples()) >= 12
    invented = [example.text for example in bundled_examples()[-2:]]
    assert invented == [f"{people()[0].name} est", f"{people()[1].name} is a"]
    assert len(set(bank())) >= 60


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_of_the_grammar_is_what_it_makes(name):
    assert (PACKAGE / name).read_text(encoding="utf-8") == SHIPPED[name]()


def test_the_grammar_imports_without_torch():
    program = (
        "import sys; sys.modules.update(torch=None, transformers=None, bitsandbytes=None);"
        "import fairviz.demo.grammar, fairviz.demo.evaluate,"
        " fairviz.demo.train"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
