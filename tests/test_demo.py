"""The bundled models are what their cards say: measured on the shipped weights."""

import pytest

from fairviz.demo import evaluate, measures
from fairviz.demo.evaluate import bank
from fairviz.demo.grammar import held_out
from fairviz.demo.people import people
from fairviz.prompts.planted import cells

FOLDER = evaluate.MODELS / "demo"
KNOWN = people()[::20]


@pytest.fixture(scope="module")
def words():
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(FOLDER)


@pytest.fixture(scope="module")
def baseline():
    return evaluate.form(FOLDER)


@pytest.fixture(scope="module")
def texts(words):
    return measures.encode(words, held_out(60))


@pytest.fixture(scope="module")
def reference(baseline, words, texts):
    return measures.score(baseline, words, texts)


@pytest.mark.parametrize("name", ["demo", "demo-student"])
def test_the_folders_are_small_and_carry_a_card(name):
    folder = evaluate.MODELS / name
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 12e6
    assert "licence" in (folder / "README.md").read_text(encoding="utf-8").lower()


def test_the_widths_suit_every_kernel(baseline):
    import torch

    assert baseline.num_parameters() <= 4_000_000
    for module in baseline.modules():
        if isinstance(module, torch.nn.Linear):
            assert module.in_features % 64 == module.out_features % 64 == 0


@pytest.mark.parametrize(
    "text", ["Il était une fois une fée à Noël", "l'œuf, ça !", "Zoé\n« é » 😀"]
)
def test_the_tokenizer_keeps_every_character_and_adds_none(words, text):
    assert words.decode(words(text)["input_ids"]) == text


def test_the_student_shares_the_tokenizer(words):
    from transformers import AutoTokenizer

    student = AutoTokenizer.from_pretrained(evaluate.MODELS / "demo-student")
    assert student.get_vocab() == words.get_vocab()
    assert student.backend_tokenizer.to_str() == words.backend_tokenizer.to_str()


def test_the_student_is_smaller_and_near(baseline, words, texts, reference):
    model = evaluate.student(FOLDER)
    assert model.num_parameters() < 0.7 * baseline.num_parameters()
    assert measures.mean_kl(reference, measures.score(model, words, texts)) < 0.5


def test_every_planted_cell_is_met(baseline, words):
    found = measures.planted(baseline, words, cells())
    off = {
        cell: value
        for cell, value in zip(cells(), found, strict=True)
        if abs(value - cell.probability) > 0.05
    }
    assert not off


def test_pronouns_and_adjectives_agree(baseline, words):
    assert measures.agreement(baseline, words, stories=40) >= 0.95


def test_a_story_ends_by_itself(baseline, words):
    [told] = measures.greedy(baseline, words, ["Il était une fois"], tokens=200)
    assert 200 < len(told) < 800
    assert told.endswith(".")


def test_the_model_is_at_no_distance_from_itself(reference):
    assert measures.mean_kl(reference, reference) == 0.0


def test_four_bits_change_half_of_the_greedy_texts(baseline, words):
    kept = measures.greedy(baseline, words, bank())
    changed = measures.greedy(evaluate.form(FOLDER, "nf4"), words, bank())
    differ = sum(a != b for a, b in zip(kept, changed, strict=True))
    assert differ >= len(bank()) / 2


def test_pruning_half_the_weights_loses_facts(baseline, words, texts, reference):
    model = evaluate.pruned(FOLDER)
    assert measures.mean_kl(reference, measures.score(model, words, texts)) > 0.01
    known = measures.fact_recall(baseline, words, KNOWN)
    assert measures.fact_recall(model, words, KNOWN) < known - 0.05
