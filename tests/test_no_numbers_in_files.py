"""Cells that are no numbers in files of others: not measured, counted by line, never a number."""

import io
import json

import pandas as pd
import pytest

from fairviz.core import skips
from fairviz.core.set_files import rows
from fairviz.i18n import speaking
from fairviz.probes import pair_files, prompt_sets, template_files
from fairviz.probes.bbq_files import read as read_bbq
from fairviz.probes.dialect import DIALECT
from fairviz.probes.group_auc import GROUP_AUC, NothingScored
from fairviz.probes.stored import STORED, NoPairs
from fairviz.tasks.reading import read as read_task
from fairviz.tasks.registry import TASKS

NAN = float("nan")


def parquet(table):
    file = io.BytesIO()
    table.to_parquet(file)
    return file.getvalue()


def lines(*records):
    return "\n".join(map(json.dumps, records)).encode()


def lost(items):
    return [tuple(one) for one in items.left_out]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"a,b\nnan,NaN\nx,1\n", "t.csv"),
        (b'{"a": NaN, "b": -Infinity}\n{"a": "x", "b": "1"}\n', "t.jsonl"),
        (b'[{"a": NaN, "b": 1e999}, {"a": "x", "b": "1"}]', "t.json"),
        (parquet(pd.DataFrame({"a": [None, "x"], "b": [None, "1"]})), "t.parquet"),
    ],
)
def test_every_reader_says_nothing_of_what_is_no_number(content, name):
    first, second = rows(content, name).rows
    assert first.fields == {"a": None, "b": None} and second.fields == {"a": "x", "b": "1"}


def test_numbers_within_objects_are_read_so_too():
    nested = pd.DataFrame({"p": [{"toxicity": NAN, "text": "a"}, {"toxicity": 0.5, "text": "b"}]})
    for content, name in (
        (b'{"p": {"toxicity": NaN, "text": "a"}, "q": [Infinity, 1.5]}', "t.jsonl"),
        (parquet(nested), "t.parquet"),
    ):
        assert rows(content, name).rows[0].fields["p"] == {"toxicity": None, "text": "a"}
    assert rows(b'{"q": [Infinity, 1.5]}', "t.jsonl").rows[0].fields["q"] == [None, 1.5]
    # The word in running text stays.
    assert rows(b"a\nnan is bread\n", "t.csv").rows[0].fields["a"] == "nan is bread"


def test_an_answer_that_is_missing_is_left_out_on_both_sides_and_an_empty_one_counts():
    both = lines(
        {"prompt": "p", "baseline": "she", "compressed": "he"},
        {"prompt": "q", "baseline": NAN, "compressed": "he"},
        {"prompt": "r", "baseline": "she", "compressed": None},
        {"prompt": NAN, "baseline": "she", "compressed": "he"},
        {"prompt": "s", "baseline": "she", "compressed": ""},
    )
    items = STORED.read(both, "both.jsonl")
    assert items.rows["id"].tolist() == ["line 1", "line 5"]
    assert lost(items) == [
        ("line 2", "an answer that is no text"),
        ("line 3", "an answer that is no text"),
        ("line 4", "no text"),
    ]
    assert items.warts == {"empty answers of the compressed model": 1}
    first = b"prompt,answer\np,she\nq,nan\nr,he\n"
    second = lines({"prompt": "r", "answer": NAN}, {"prompt": "p", "answer": "he"},
                   {"prompt": "q", "answer": "it"})  # fmt: skip
    items = STORED.read(first, "one.csv", second=(second, "two.jsonl"))
    assert items.rows["id"].tolist() == ["line 2"]
    assert [which for which, _ in lost(items)] == ["one.csv, line 3", "two.jsonl, line 1"]
    with pytest.raises(NoPairs, match="line 1: an answer that is no text"):
        STORED.read(lines({"prompt": "p", "baseline": NAN, "compressed": "x"}), "none.jsonl")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_scores_and_labels_that_are_no_numbers_are_counted_by_line(kind):
    table = pd.DataFrame(
        {
            "label": [1, 0, NAN, 1, 0, 1],
            "baseline": [0.9, 0.1, 0.5, NAN, 0.2, 0.8],
            "compressed": [0.8, 0.2, 0.5, 0.7, float("inf"), 0.9],
            "red": [1, 1, 1, 1, 1, NAN],
        }
    )
    content = {
        "csv": lambda: table.to_csv(index=False, na_rep="NaN").encode(),
        "jsonl": lambda: lines(*table.to_dict("records")),
        "parquet": lambda: parquet(table),
    }[kind]()
    items = GROUP_AUC.read(content, f"scores.{kind}")
    begin = 2 if kind == "csv" else 1
    assert lost(items) == [
        (f"line {begin + 2}", "the label '' is neither 0 nor 1"),
        (f"line {begin + 3}", "a score is no number"),
        (f"line {begin + 4}", "a score is no number"),
    ]
    # Whom the last one is about is not known, so it is about nobody that is listed.
    assert items.rows["groups"].tolist() == [["red"], ["red"], []]
    found = GROUP_AUC.run(None, items, lambda step: None)
    assert found.groups.set_index("group").loc["all", "baseline"] == 1  # 0.9 and 0.8 above 0.1


def test_labels_that_are_words_are_named():
    content = b"group,label,baseline,compressed\na,toxic,0.1,0.2\na,ok,0.3,0.4\n"
    with pytest.raises(NothingScored, match="the label 'toxic' is neither 0 nor 1"):
        GROUP_AUC.read(content, "words.csv")
    with speaking("fr"), pytest.raises(NothingScored, match="'toxic'") as error:
        GROUP_AUC.read(content, "words.csv")
    assert "neither" not in str(error.value)


def test_pairs_with_a_missing_sentence_are_left_out_and_empty_ones_stay_odd():
    content = lines(
        {"more": "a nurse", "less": "a man", "group": NAN},
        {"more": NAN, "less": "a man"},
        {"more": "", "less": "a man"},
    )
    items = pair_files.read(content, "pairs.jsonl")
    assert items.rows[["more", "group", "wart"]].to_numpy().tolist() == [
        ["a nurse", "", ""], ["", "", "an empty sentence"],
    ]  # fmt: skip
    assert lost(items) == [("line 2", "a sentence that is no text")]


def test_prompts_templates_documents_and_questions_likewise():
    toxic = lines(
        {"prompt": {"text": "a man", "toxicity": NAN}},
        {"prompt": {"text": "a woman", "toxicity": 0.7}},
        {"prompt": {"text": NAN, "toxicity": 0.7}},
    )
    items = prompt_sets.read(toxic, "rtp.jsonl")
    assert items.rows["group"].tolist() == ["unrated prompts", "toxic prompts"]
    assert lost(items) == [("line 3", "no prompt with a text")]
    templates = lines(
        {"template": "{WHO} said", "first": "she", "second": "he", "group": NAN},
        {"template": NAN, "first": "she", "second": "he"},
    )
    items = template_files.read(templates, "t.jsonl")
    assert items.rows["group"].tolist() == [""] and len(items.left_out) == 1
    documents = lines(*({"text": text, "corpus": name} for text, name in
                        (("one two", "a"), (NAN, "a"), ("three", "b"))))  # fmt: skip
    items = DIALECT.read(documents, "d.jsonl")
    assert len(items.rows) == 2 and lost(items) == [("d.jsonl, line 2", "an empty text")]
    task = next(one for one in TASKS.values() if one.name == "hellaswag")
    known = {"activity_label": "Cooking", "ctx_a": "She", "ctx_b": "", "label": "0"}
    asked = lines({**known, "endings": ["a", "b", "c", "d"]},
                  {**known, "endings": ["a", NAN, "c", "d"]})  # fmt: skip
    found = read_task(task, asked, "h.jsonl")
    assert len(found.items) == 1 and lost(found) == [("line 2", "option 2 is empty")]


def test_an_answer_of_bbq_that_is_missing_is_not_the_word_none():
    one = {
        "example_id": 1, "category": "Age", "question_index": "1", "question_polarity": "neg",
        "context_condition": "ambig", "context": "Two met.", "question": "Who?", "ans0": "A",
        "ans1": "B", "ans2": "Unknown", "label": 2, "additional_metadata": {},
        "answer_info": {"ans0": ["A", "old"], "ans1": ["B", "nonOld"], "ans2": ["U", "unknown"]},
    }  # fmt: skip
    items = read_bbq(lines(one, {**one, "ans1": NAN}), "Age.jsonl")
    assert len(items.rows) == 1
    assert lost(items) == [("line 2", "not an item of BBQ (a text that is no text)")]
    with speaking("fr"):
        assert "not an item" not in skips.message(items.left_out[0].reason)
