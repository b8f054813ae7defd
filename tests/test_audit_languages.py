"""An audit in French: sentences as French writes them, while what is kept stays English."""

import json
from pathlib import Path

import pytest
from audits import audit, items_table, prompts_table

from fairviz import i18n as language
from fairviz.analyses.audit.request import called
from fairviz.analyses.audit.summary import summary
from fairviz.analyses.audit.tables import document, label
from fairviz.core import skips
from fairviz.core.skips import Skip
from fairviz.i18n import said
from fairviz.i18n.said import translate_stored
from fairviz.inference.noise_floor import _OTHER, BEFORE
from fairviz.prompts import bank
from fairviz.tasks import TASKS


def test_sentences_have_french_words_and_decimal_commas():
    with language.speaking("fr"):
        first, second, *_rest = summary(
            audit(items_table("R" * 10 + "W" * 5 + "LLLGG"), "items")
        ).sentences
    # 10 + 3 of 20 are right before, 10 + 2 after; 3 + 2 flips, of which 2 pairs cancel.
    assert first.startswith("L’exactitude est de 65,00\u202f% avec la référence et de 60,00\u202f%")
    assert "(5 sur 20)\u00a0: 3 de juste à fausse, 2 de fausse à juste." in first
    assert "4 de ces basculements se compensent" in first
    assert "p = 1)" in second


def test_a_number_that_is_one_takes_the_singular():
    with language.speaking("fr"):
        one = summary(audit(prompts_table(1), "prompts")).sentences
        many = summary(audit(prompts_table(60), "prompts")).sentences
    assert "Avec 1 prompt," in one[0]
    assert "60 prompts)" in many[0]
    # Every tenth prompt changed, the first included.
    assert "après 1 prompt sur 1 " in one[1]
    assert "après 6 prompts sur 60 " in many[1]


@pytest.mark.parametrize(
    ("table", "kind"), [(prompts_table(), "prompts"), (items_table("RWLG" * 5), "items")]
)
def test_files_are_in_english_whoever_reads(table, kind):
    found = audit(table, kind)
    in_english = json.dumps(document(found))
    with language.speaking("fr"):
        assert json.dumps(document(found)) == in_english
        assert summary(found).sentences != tuple(document(found)["sentences"])


KEPT = json.loads((Path(__file__).parent / "fixtures/kept_in_english.json").read_text("utf-8"))


@pytest.mark.parametrize("kept", KEPT)
def test_what_older_versions_kept_in_english_is_told_in_french(kept):
    assert skips.message(kept) == kept
    with language.speaking("fr"):
        assert skips.message(kept) == KEPT[kept]


def test_a_name_of_ones_own_is_no_message():
    with language.speaking("fr"):
        assert skips.place("Tom and Jerry") == "Tom and Jerry"
        assert skips.place("no text") == "no text"
        assert skips.place("line 1234") == "ligne 1234"


def test_of_the_messages_that_fit_the_one_with_most_words_tells_it():
    with language.speaking("fr"):
        assert translate_stored("line a or b", ("line {x}", "{x} or {y}")) == "line a or b"
        assert skips.message("no field goal or prompt") == "pas de champ goal ni prompt"


def test_a_skip_is_kept_with_its_values_and_read_again():
    skip = Skip(skips.line(3), said._("not JSON ({why})", why="x"))
    document = json.loads(json.dumps(skip.document()))
    assert document["reason"] == {
        "text": "not JSON (x)", "message": ["not JSON ({why})"], "values": {"why": "x"}
    }  # fmt: skip
    again = Skip.from_document(document)
    assert again == skip == ("line 3", "not JSON (x)")
    with language.speaking("fr"):
        assert again.shown() == ("ligne 3", "pas du JSON (x)")
        # Older audits hold pairs, older probes the English text by name.
        assert Skip.from_document(["line 3", "no text"]).shown() == ("ligne 3", "pas de texte")
        assert Skip.from_document({"which": "a", "reason": "no text"}).which == "a"


def test_how_the_noise_floor_came_about_is_said_in_french():
    ways = [*BEFORE, *(way for _rest, way in _OTHER.values())]
    with language.speaking("fr"):
        for way in ways:
            assert language._(way).startswith("en "), way


def test_tasks_and_the_labels_of_the_bank_are_known_in_french():
    labels = {one.theme for one in bank()} | {one.group for one in bank()} - {""}
    with language.speaking("fr"):
        assert all(language._(task.asks) != task.asks for task in TASKS.values())
        same = {one for one in labels if label(one, "bank") == one}
        assert same == {"questions", "migrants"}  # the same word in both languages
        assert label("women", "my.csv") == "women"
        assert called("bank").startswith("Prompts de fairviz") and called("my.csv") == "my.csv"
