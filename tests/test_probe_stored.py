"""Stored answers: aligned by prompt, marked by words, counted by lists."""

import numpy as np
import pytest

from fairviz.probes.fields import ColumnsMissing
from fairviz.probes.stored import STORED, NoPairs, differing

BEFORE = b"""question,answer,category
Who came?,the old nurse came home,tales
Who left?,she left,tales
Who slept?,nobody,naps
Who left?,he left,tales
Only here?,yes,naps
"""
AFTER = b"""{"prompt": "Who left?", "response": "she  left"}
{"prompt": "Who came?", "response": "the young doctor came"}
{"prompt": "Who left?", "response": "they left"}
{"prompt": "Who slept?", "response": ""}
{"prompt": "Only there?", "response": "no"}
"""


def run(before=BEFORE, after=AFTER, **settings):
    items = STORED.read(before, "before.csv", second=(after, "after.jsonl"))
    return items, STORED.run(None, items, lambda step: None, **settings)


def test_the_words_that_differ_are_marked_in_both_texts():
    found = differing("the old nurse came home", "the young doctor came")
    assert ["the old nurse came home"[a:b] for a, b in found.baseline] == ["old nurse", "home"]
    assert ["the young doctor came"[a:b] for a, b in found.compressed] == ["young doctor"]
    # Two of 5 + 4 words have a counterpart each way: 1 - 2 * 2 / 9.
    assert found.share == pytest.approx(5 / 9)
    assert differing(" same  words\n", "same words") == ([], [], 0)
    assert differing("", "one") == ([], [(0, 3)], 1)


def test_answers_are_aligned_by_prompt_and_order_and_the_most_different_come_first():
    items, found = run()
    assert items.rows["id"].tolist() == ["line 2", "line 3", "line 4", "line 5"]
    assert items.rows["compressed_answer"].tolist() == [
        "the young doctor came", "she  left", "", "they left",
    ]  # fmt: skip
    assert [one.which for one in items.left_out] == ["before.csv, line 6", "after.jsonl, line 5"]
    assert items.warts == {
        "prompts that are there several times, taken in order": 1,
        "empty answers of the compressed model": 1,
    }
    assert found.items["different"].tolist() == pytest.approx([1, 5 / 9, 1 / 2, 0])
    assert found.items["same"].tolist() == [False, False, False, True]
    assert found.sentences[0].startswith("1 of 4 answers are the same word for word")


def test_words_of_a_list_are_counted_by_hand():
    _, found = run(words="she, he, nobody")
    row = found.groups.set_index("group").loc["own words: words"]
    # Baseline: she, he and nobody in 3 of 4 answers; compressed: she in 1 of 4.
    assert (row["baseline"], row["compressed"], row["difference"]) == (0.75, 0.25, -0.5)
    assert row["flips"] == 2
    # McNemar, exact: both flips one way, 2 * (1/2)^2.
    assert row["p"] == pytest.approx(0.5)
    by_id = found.items.set_index("id")
    assert by_id.loc["line 4", ["baseline", "compressed", "flip"]].tolist() == [1, 0, True]


def test_one_file_with_both_answers_against_itself_does_not_move():
    content = b"prompt,baseline,compressed\na,she was kind,she was kind\nb,he,he\n"
    items = STORED.read(content, "both.csv")
    steps = []
    found = STORED.run(None, items, steps.append)
    assert steps[-1].done == 2 and len(steps[-1].rows) == 2
    assert found.items["same"].all() and not found.items["flip"].any()
    assert (found.groups["difference"] == 0).all() and (found.groups["p"] == 1).all()
    assert (found.groups["p"] == 1).all() and not found.groups["flips"].any()


def test_files_that_do_not_fit_are_told():
    with pytest.raises(NoPairs, match=r"before.csv and other.csv"):
        STORED.read(BEFORE, "before.csv", second=(b"prompt,answer\nx,y\n", "other.csv"))
    with pytest.raises(ColumnsMissing, match="answer"):
        STORED.read(b"question,says\nx,y\n", "a.csv", second=(AFTER, "after.jsonl"))


def test_what_one_file_lacks_is_told_in_the_order_of_the_other():
    lines = "".join(f"only here {n},y\n" for n in range(9))
    more = f"prompt,answer\nHe,ran\n{lines}".encode()
    found = STORED.read(b"prompt,answer\nHe,sat\n", "a.csv", second=(more, "b.csv"))
    assert [str(one.which) for one in found.left_out] == [f"b.csv, line {n}" for n in range(3, 12)]


def test_a_real_model_and_its_four_bit_version(shared_folder):
    folder = shared_folder / "data/TruthfulQA-mistral-7b"
    files = [
        ((folder / name).read_bytes(), name)
        for name in ("mistral_7b.csv", "mistral_7b_gptq_4bit.csv")
    ]
    items = STORED.read(*files[0], second=files[1])
    assert len(items.rows) == 817 and not items.left_out
    found = STORED.run(None, items, lambda step: None)
    assert found.items["different"].is_monotonic_decreasing
    # Counted apart from the package: answers equal once their spaces are.
    same = [
        a.split() == b.split()
        for a, b in items.rows[["baseline_answer", "compressed_answer"]].to_numpy()
    ]
    assert found.items["same"].sum() == np.sum(same) == 452


def test_half_a_character_does_not_end_the_reading():
    line = b'{"prompt": "a\\ud800", "baseline": "x\\ud800", "compressed": "y"}'
    (row,) = STORED.read(line, "two.jsonl").rows.to_dict("records")
    assert (row["prompt"], row["baseline_answer"]) == ("a\ufffd", "x\ufffd")
