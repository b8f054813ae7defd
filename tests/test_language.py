"""What people read is in their language: sentences, numbers, plurals and dates by hand."""

from datetime import datetime

import pytest

from fairviz import i18n as language
from fairviz.i18n import N_, _, joined, moment, ngettext, number, speaking

NARROW = "\u202f"


def test_numbers_are_written_as_the_language_writes_them():
    assert number(0.5) == "0.5"
    assert number(0.5, ".1%") == f"50.0{NARROW}%"  # as English sentences have it
    assert number(-9.4e-05, ".2g") == "−9.4·10⁻⁵"
    assert number(1234, ",") == "1,234"
    with speaking("fr"):
        assert number(0.5) == "0,5"
        assert number(0.5, ".1%") == f"50,0{NARROW}%"
        assert number(1234, ",") == f"1{NARROW}234"
        assert number(1234567.891, ",.2f") == f"1{NARROW}234{NARROW}567,89"
        assert number(0.00012, ".2g") == "0,00012"


def test_numbers_in_fields_are_written_too_and_texts_are_left_alone():
    assert _("{a:.2f} of {b}", a=0.25, b="1.5") == "0.25 of 1.5"
    with speaking("fr"):
        # No catalogue knows this message: the sentence stays, its numbers do not.
        assert _("{a:.2f} of {b}", a=0.25, b="1.5") == "0,25 of 1.5"


def test_a_message_without_values_keeps_its_braces():
    assert _("{not a field") == "{not a field"
    assert _("") == ""


def test_plurals_follow_the_language():
    assert [ngettext("{n} token", "{n} tokens", n) for n in (0, 1, 2)] == [
        "0 tokens",
        "1 token",
        "2 tokens",
    ]
    with speaking("fr"):
        # French has the singular for nought as well.
        assert [ngettext("{n} item", "{n} items", n) for n in (0, 1, 2)] == [
            "0 élément",
            "1 élément",
            "2 éléments",
        ]


def test_a_count_is_grouped_as_the_language_groups_it():
    assert ngettext("{n} item", "{n} items", 1_000_000) == "1,000,000 items"
    with speaking("fr"):
        assert ngettext("{n} item", "{n} items", 1_000_000) == f"1{NARROW}000{NARROW}000 éléments"


def test_a_list_is_joined_by_the_word_of_the_language():
    assert joined([]) == ""
    assert joined(["a"]) == "a"
    assert joined(["a", "b"]) == "a and b"
    with speaking("fr"):
        assert joined(["a", "b", "c"]) == "a, b et c"


def test_a_moment_has_the_months_of_the_language():
    noon = datetime(2026, 11, 21, 12, 30)
    assert "Nov 21, 2026" in moment(noon)
    with speaking("fr"):
        assert "21 nov. 2026" in moment(noon)
        assert "12:30" in moment(noon)


def test_speaking_ends_with_its_block_and_knows_its_languages():
    assert language.current() == "en"
    with speaking("fr"):
        assert language.current() == "fr"
        with speaking("en"):
            assert _("Overview") == "Overview"
        assert _("Overview") == "Aperçu"
    assert _("Overview") == "Overview"
    with pytest.raises(ValueError, match="no language 'de'"), speaking("de"):
        pass


def test_marking_changes_nothing():
    with speaking("fr"):
        assert N_("Overview") == "Overview"
