"""An audit in French: sentences as French writes them, while what is kept stays English."""

import json

import pytest
from audits import audit, items_table, prompts_table

from fairviz import i18n as language
from fairviz.analyses.audit.document import document
from fairviz.analyses.audit.summary import summary
from fairviz.analyses.audit.words import called, label
from fairviz.core.set_files import OF_FILES
from fairviz.i18n.retold import retold
from fairviz.inference import reasons
from fairviz.inference.noise_floor import _OTHER, BEFORE
from fairviz.prompts import bank
from fairviz.tasks import TASKS
from fairviz.tasks import reasons as of_tasks


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


def filled(message):
    """A message with a word or a number in each field."""
    return message.format_map(Fields())


class Fields(dict):
    def __missing__(self, name):
        return 1234 if name in ("n", "most") else "abc"


@pytest.mark.parametrize("message", [*reasons.REASONS, *OF_FILES, *of_tasks.REASONS])
def test_every_kept_reason_is_told_in_french(message):
    kept = filled(message)
    assert reasons.told(kept) == kept
    with language.speaking("fr"):
        said = reasons.told(kept)
    assert said != kept
    # What stood in the fields is still there, numbers as French writes them.
    assert said.count("abc") == kept.count("abc")
    assert said.count("1\u202f234") == kept.count("1,234")


def test_a_reason_that_nobody_knows_stays_as_it_is():
    with language.speaking("fr"):
        assert reasons.told("the moon is full") == "the moon is full"


def test_the_first_message_that_fits_tells_it():
    with language.speaking("fr"):
        assert retold("a or b", ("{x} or {y}", "{x}")) == "a or b"
        assert reasons.told("no field goal or prompt") == "pas de champ goal ni prompt"
        assert reasons.told("no field goal") == "pas de champ goal"


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
