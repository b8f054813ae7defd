"""Probes in French: kept sentences, why items are left out, and what the records say."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from outcomes import run

from fairviz.analyses.probe.document import document
from fairviz.analyses.store import Store
from fairviz.i18n import said, speaking
from fairviz.probes import labels, text_measures
from fairviz.probes.contrast import contrast, mean
from fairviz.probes.registry import PROBES
from fairviz.probes.results import changed_groups, headline

FOLDER = Path(__file__).resolve().parents[1] / "fairviz" / "probes"
PAIRS = "{n} prompt was left out: {reason}.", "{n} prompts were left out; the first: {reason}."


def french(text: str) -> str:
    with speaking("fr"):
        return said.shown(text)


def test_a_kept_sentence_is_english_text_and_is_said_in_french():
    before, after = np.array([[0.25, 1], [0.25, 1]]), np.array([[0.5, 1], [0.5, 1]])
    with speaking("fr"):  # whoever measures: what is kept is English
        told = headline(
            "It",
            contrast(mean, before, after)._replace(p=0.5, low=0.25, high=0.25, units=12),
            said._("samples"),
        )
    # The mean of 0.25 and 0.25 is 0.25, of 0.5 and 0.5 it is 0.5: +0.25, without any spread.
    assert told == (
        "It is 0.250 [0.250, 0.250] for the baseline and 0.500 [0.500, 0.500] for the compressed "
        "model: a difference of +0.250 [0.250, 0.250], no more than chance allows (samples, "
        "p = 0.5)."
    )
    assert french(told).startswith("It\u00a0: 0,250 [0,250\u202f; 0,250] pour le modèle de réf")
    assert french(told).endswith("pas plus que le hasard ne le permet (échantillons, p = 0,5).")


@pytest.mark.parametrize("again", [lambda one: one, pickle.dumps, said.document])
def test_a_kept_sentence_comes_back_with_its_values(again):
    one = said.ngettext(*PAIRS, np.int64(1200), reason=[said._("an empty prompt"), "as typed"])
    found = again(one)
    if isinstance(found, bytes):
        found = pickle.loads(found)
    if isinstance(found, dict):
        found = said.read(json.loads(json.dumps(found)))
    assert found == "1,200 prompts were left out; the first: an empty prompt, as typed."
    assert french(found) == (
        "1\u202f200 prompts ont été écartés\u202f; le premier\u00a0: un prompt vide, as typed."
    )
    assert french(said.ngettext(*PAIRS, 1, reason="x")) == "1 prompt a été écarté\u00a0: x."


def test_a_message_that_is_no_more_stays_english_as_a_whole():
    one = said._("No such message: {p:.2f}, {what}.", p=0.5, what=said._("samples"))
    assert french(one) == "No such message: 0.50, samples."


def test_a_sentence_from_before_it_had_a_singular_is_told_in_french():
    # Kept as one message; today its message has two forms, of which this is the second.
    one = said._("{flips} of {n} items changed sides at {cut:g}.", flips=2, n=30, cut=0.5)
    assert one == "2 of 30 items changed sides at 0.5."
    assert french(one) == "Éléments qui ont changé de côté à 0,5\u00a0: 2 sur 30."


def test_text_of_before_is_read_as_it_was_kept():
    assert said.read("It *moved* by 0.2.") == "It *moved* by 0.2."
    assert french(said.read("It *moved* by 0.2.")) == "It *moved* by 0.2."


def test_a_run_is_kept_in_english_and_shown_to_each_reader(tmp_path):
    which = PROBES["stored"]
    content = b"prompt,baseline,compressed\nwho?,she is good,he is bad\nwhy?,so,so\n"
    with speaking("fr"):
        items = which.read(content, "own.csv")
        outcome = which.run(None, items, lambda step: None)
        before = run()
        Store(tmp_path).save("probe", "abc1", type(before)(before.request, outcome, {}, (), {}))
    kept = (tmp_path / "probes" / "abc1" / "probe.json").read_text()
    assert "1 of 2 answers are the same word for word" in kept and "Réponses" not in kept
    found = Store(tmp_path).load("probe", "abc1").outcome
    assert found.sentences == outcome.sentences
    assert found.sentences[0].startswith("1 of 2 answers are the same word for word; on average")
    assert french(found.sentences[0]).startswith("Réponses identiques mot pour mot\u00a0: 1 sur 2")
    assert french(found.measure) == "part des réponses qui contiennent un mot du groupe"
    for sentence in found.sentences:
        assert not re.search(r"\b(the|of|is|for|words?|answers?)\b", french(sentence))
    assert document(before)["sentences"] == list(before.outcome.sentences)


def test_groups_of_our_own_are_named_in_french_and_those_of_a_file_are_not():
    with speaking("fr"):
        shown = {name: labels.shown(name) for name in ("all", "fr · age", "Morvel", "Tag: all")}
    assert shown == {
        "all": "tous",
        "fr · age": "fr · âge",
        "Morvel": "Morvel",
        "Tag: all": "Tag: all",
    }
    table = pd.DataFrame(
        {
            "group": ["all", "people: feminine", "Peter"],
            "difference": [0.0, 0.5, 0.25],
            "p_holm": [np.nan, 0.01, 0.2],
            "units": 12,
        }
    )
    told = changed_groups(table, said._("groups of words"))
    assert told.endswith(": people: feminine (+0.500, p = 0.01).")
    assert french(told).endswith("\u00a0: personnes\u00a0: féminin (+0,500, p = 0,01).")


def test_measures_are_named_in_french_out_of_a_table():
    with speaking("fr"):
        for one in text_measures.measures():
            assert text_measures.shown(str(one.title)) != one.title or one.title == "Sentiment"
            assert text_measures.shown(str(one.meaning)) != one.meaning
        own = "Whether the text holds a word of the list my words, group a, b."
        assert (
            text_measures.shown(own)
            == "Si le texte contient un mot de la liste my words, groupe a, b."
        )


def test_every_word_of_the_records_and_widgets_is_in_the_catalogue():
    texts = [
        text
        for one in PROBES.values()
        for text in (
            one.title, one.question, one.cannot, one.item, one.formats, one.second, one.paper,
            *one.tables.values(),
            *(text for each in one.settings for text in (each.title, each.help)),
            *(title for each in one.settings for title in each.choices.values()),
        )
    ]  # fmt: skip
    from fairviz.i18n.catalogue import catalogue

    known = catalogue("fr")._catalog
    assert not [text for text in texts if text and text not in known]


def doubled(times):
    """A sentence of 2 ** times words."""
    one = {"message": ["word"], "values": {}}
    for _rest in range(times):
        one = {"message": ["{a}{a}"], "values": {"a": one}}
    return one


@pytest.mark.parametrize(
    "found",
    [
        {"message": ["{n:>999999999}"], "values": {"n": 1}},
        {"message": ["{n:>{w}}"], "values": {"n": 1, "w": 999999999}},
        {"message": ["{n.real}"], "values": {"n": 1}},
        {"message": ["{n[0]}"], "values": {"n": "text"}},
        {"message": ["{a}" * 2000], "values": {"a": "x" * 2000}},
        doubled(40),
        {"message": [], "values": {}},
    ],
    ids=["wide", "nested", "attribute", "index", "many", "doubled", "empty"],
)
def test_a_strangers_sentence_fills_no_memory_and_reaches_into_no_value(found):
    with pytest.raises(ValueError, match=r"too wide|no name|no sentence"):
        said.read(found)
