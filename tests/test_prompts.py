"""The bank holds what it promises; a file of one's own loses its broken lines and nothing else."""

import json
from collections import Counter
from pathlib import Path

import pytest
from tokenizers import Tokenizer

from fairviz.core.errors import BadText, FairvizError, Unreadable
from fairviz.core.skips import Skip
from fairviz.prompts import ColumnsUnknown, bank, guess, read

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

DEMO = Path(__file__).resolve().parents[1] / "cache" / "models" / "demo"


def test_the_bank_has_its_languages_themes_and_groups():
    prompts = bank()
    assert len(prompts) >= 120
    languages = Counter(prompt.language for prompt in prompts)
    assert set(languages) == {"fr", "en"}
    assert languages["fr"] == languages["en"]
    for language in languages:
        themes = Counter(prompt.theme for prompt in prompts if prompt.language == language)
        assert set(themes) == set(THEMES)
        assert min(themes.values()) >= 10
    assert {prompt.group for prompt in prompts} == {"", *GROUPS}
    assert all(not prompt.group for prompt in prompts if prompt.theme == "controls")


def test_the_bank_names_and_spells_every_prompt_once():
    prompts = bank()
    assert len({prompt.id for prompt in prompts}) == len(prompts)
    assert len({prompt.text for prompt in prompts}) == len(prompts)
    for prompt in prompts:
        assert prompt.text == prompt.text.strip()
        assert prompt.id.startswith(f"{prompt.language}-{prompt.theme}-")


def test_the_bundled_model_reads_and_gives_back_every_prompt():
    tokenizer = Tokenizer.from_file(str(DEMO / "tokenizer.json"))
    for prompt in bank():
        ids = tokenizer.encode(prompt.text, add_special_tokens=False).ids
        assert tokenizer.decode(ids) == prompt.text


def test_a_csv_file_of_any_comma_with_cells_of_several_lines():
    for comma in ",;\t":
        rows = [["Prompt", "Langue", "x"], ['"one\ntwo"', "fr", "1"], ["three", "en", "2"]]
        content = "\r\n".join(comma.join(row) for row in rows).encode("utf-8-sig")
        found = read(content, "own.csv")
        assert [(one.id, one.text, one.language) for one in found.prompts] == [
            ("line 2", "one\ntwo", "fr"),
            ("line 4", "three", "en"),
        ]
        assert not found.left_out


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("a,b,c,d", "number of fields: 4, the file has 3"),
        ('x,"never closed,c', "a quote that is not closed where its cell ends"),
        (",en,g", "an empty text"),
        ("a\0b,en,g", "a NUL character"),
    ],
)
def test_one_broken_line_in_ten_thousand_costs_one_line(broken, reason):
    # Long enough that what an open quote swallows is beyond what csv takes for one field.
    lines = ["text,language,group"] + [f"prompt {n},en,a longer group" for n in range(10_000)]
    lines[5000] = broken
    found = read("\n".join(lines).encode(), "own.csv")
    assert found.left_out == (Skip("line 5001", reason),)
    assert len(found.prompts) == 9_999
    assert found.prompts[4999].text == "prompt 5000"


def test_one_broken_line_of_json_costs_one_line():
    lines = [json.dumps({"prompt": f"prompt {n}", "theme": "t"}) for n in range(100)]
    lines[10], lines[20], lines[30] = '{"prompt": ', "[1]", '{"other": 1}'
    found = read("\n".join(lines).encode(), "own.jsonl")
    assert [one.which for one in found.left_out] == ["line 11", "line 21", "line 31"]
    assert "not JSON" in found.left_out[0].reason
    assert len(found.prompts) == 97


def test_a_prompt_of_more_than_100_000_characters_is_left_out():
    content = json.dumps(["short", "x" * 100_001]).encode()
    found = read(content, "own.json")
    assert [one.text for one in found.prompts] == ["short"]
    assert "100,001 characters" in found.left_out[0].reason


def test_a_long_cell_of_a_csv_file_costs_that_row_and_says_its_length():
    content = b"text,language\n" + b"x" * 200_000 + b",fr\nshort,en\n"
    found = read(content, "own.csv")
    assert [one.text for one in found.prompts] == ["short"]
    assert found.left_out == (Skip("line 2", "200,000 characters; at most 100,000 are taken"),)


def test_a_quote_that_happens_to_pair_with_a_later_one_swallows_no_rows():
    found = read(b'text,lang\n"a,fr\nb,en\n"c",fr\nd,en\n', "own.csv")
    assert [one.text for one in found.prompts] == ["b", "c", "d"]
    assert [one.which for one in found.left_out] == ["line 2"]


def test_a_comma_within_quotes_parts_no_columns():
    found = read(b'"text, as asked, twice";lang\na;fr\n', "own.csv", {"text": "lang"})
    assert found.columns == ("text, as asked, twice", "lang")


def test_columns_of_one_name_stay_apart():
    found = read(b"text,text\na,b\n", "own.csv")
    assert found.columns == ("text", "text (column 2)")
    assert found.prompts[0].text == "a"


def test_a_break_within_a_text_is_no_line():
    found = read("text,language\none\u2028two\x0cthree,fr\nfour,en\n".encode(), "own.csv")
    assert [one.text for one in found.prompts] == ["one\u2028two\x0cthree", "four"]


def test_names_given_twice_stay_apart():
    content = b"id,text\na,one\na (line 4),two\na,three\n0,four\n"
    found = read(content, "own.csv")
    assert [(one.id, one.text) for one in found.prompts] == [
        ("a", "one"),
        ("a (line 4)", "two"),
        ("a (line 4) (line 4)", "three"),
        ("0", "four"),
    ]
    numbers = read(b'{"id": 0, "text": "x"}\n{"id": 0, "text": "y"}\n', "own.jsonl")
    assert [one.id for one in numbers.prompts] == ["0", "0 (line 2)"]


def test_rows_that_are_no_lines_are_counted_as_entries():
    found = read(b'[\n\n{"text": "a"}, {"text": " "}, 3]', "own.JSON")
    assert [one.id for one in found.prompts] == ["entry 1"]
    assert {one.which for one in found.left_out} == {"entry 2", "entry 3"}


def test_half_a_character_is_no_prompt_and_is_kept_in_no_label():
    lines = rb'{"text": "\ud83d", "theme": "t"}' + b"\n" + rb'{"text": "a", "theme": "\ud83d"}'
    found = read(lines, "own.jsonl")
    assert found.left_out == (Skip("line 1", "half of a character (a lone surrogate)"),)
    assert [one.theme for one in found.prompts] == ["\ufffd"]


def test_plain_text_is_one_prompt_a_line():
    found = read("Il était\n\nThe nurse\n".encode(), "own.txt")
    assert [(one.id, one.text) for one in found.prompts] == [
        ("line 1", "Il était"),
        ("line 3", "The nurse"),
    ]


def test_which_column_is_the_prompt_is_asked_where_it_cannot_be_told():
    content = b"wording,lang\nIl,fr\n"
    with pytest.raises(ColumnsUnknown, match="wording, lang"):
        read(content, "own.csv")
    (prompt,) = read(content, "own.csv", {"text": "wording", "language": "lang"}).prompts
    assert (prompt.text, prompt.language) == ("Il", "fr")
    with pytest.raises(ColumnsUnknown, match="'nothing'"):
        read(content, "own.csv", {"text": "nothing"})
    with pytest.raises(ColumnsUnknown, match="no field 'colour'"):
        read(content, "own.csv", {"text": "wording", "colour": "lang"})
    assert guess(["whatever"]) == {"text": "whatever"}
    assert guess(["Text", "text"]) == {"text": "Text"}  # the first, as in items of a probe


@pytest.mark.parametrize(
    ("content", "name", "error", "said"),
    [
        (b"", "own.csv", BadText, "is empty"),
        (b"  \n\n", "own.jsonl", BadText, "is empty"),
        (b"text\nabc\xff", "own.csv", BadText, "line 2, byte 8"),
        (b"text\n", "own.csv", Unreadable, "Not one row"),
        (b"{", "own.json", Unreadable, "line 1"),
        (b"[" * 200_000, "own.json", Unreadable, "nested too deeply"),
        (b"[" * 200_000, "own.jsonl", Unreadable, "nested too deeply"),
        (b'[{"text": ' + b"1" * 5_000 + b"}]", "own.json", Unreadable, "4300 digits"),
        (b'{"a": 1}', "own.json", Unreadable, "list of objects"),
        (b"no", "own.parquet", Unreadable, "Parquet"),
        (b"x", "own.docx", Unreadable, "ends in .csv"),
        (b"not json\n", "own.jsonl", Unreadable, "line 1: not JSON"),
    ],
)
def test_a_file_that_is_none_is_told_so(content, name, error, said):
    with pytest.raises(error, match=said) as caught:
        read(content, name)
    assert isinstance(caught.value, FairvizError)
    assert caught.value.fix
