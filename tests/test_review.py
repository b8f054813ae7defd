"""Blind reviews: what is kept, what survives, and who sees what."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from comparisons import comparison
from outcomes import run as probe_run
from reviews import answer, given, items, ten

from fairviz.analyses.review.pairs import gather
from fairviz.analyses.review.request import Review, order
from fairviz.analyses.review.reviews import BadName, Closed, NoPairs, Reviews, named
from fairviz.analyses.store import Store
from fairviz.core.stored import CannotKeep

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def reviews(tmp_path):
    return Reviews(tmp_path)


def files(reviews, review):
    return sorted((reviews.folder / review.name / "answers").glob("*"))


def test_a_review_comes_back_as_it_was_made(reviews):
    made = reviews.make("Lundi, à l’école", items(3), left_out={"equal": 2})
    assert made.name == "lundi-a-lecole"
    assert reviews.load(made.name) == made
    assert [one.name for one in reviews.recent()] == [made.name]


def test_the_document_holds_all_of_it(reviews):
    review = ten(reviews)
    assert Review.from_document(json.loads(json.dumps(review.document()))) == review


def test_a_taken_or_empty_name_and_no_pairs_are_refused(reviews):
    reviews.make("One", items(1))
    answer(reviews, reviews.load("one"), "Ana", {"1": {}})
    with pytest.raises(BadName, match="one"):
        reviews.make("  ONE ", items(2))
    assert len(reviews.load("one").logs) == 1
    with pytest.raises(BadName):
        reviews.make("…/..", items(1))
    with pytest.raises(NoPairs):
        reviews.make("None", [])


@pytest.mark.parametrize("name", ["", "../one", "one/../one", "ONE", ".", "other"])
def test_what_is_no_review_is_none(reviews, name):
    reviews.make("One", items(1))
    assert reviews.load(name) is None


@pytest.mark.parametrize(
    "said", ["{", "[]", '{"schema": 2}', '{"schema": 1, "title": "x"}', "null", '{"schema": 1}']
)
def test_a_damaged_review_is_none_and_stays(reviews, said):
    made = reviews.make("One", items(1))
    path = reviews.folder / made.name / "review.json"
    path.write_text(said)
    assert reviews.load(made.name) is None
    assert reviews.recent() == []
    assert path.read_text() == said


def test_each_reviewer_has_an_order_and_sides_of_their_own_that_stay(reviews):
    review = reviews.make("Many", items(400), seed="fixed")
    ana, bo = order(review, "Ana"), order(review, "Bo")
    assert ana == order(reviews.load(review.name), "Ana")
    assert sorted(one.item.id for one in ana) == sorted(one.item.id for one in bo)
    assert [one.item.id for one in ana] != [one.item.id for one in bo]
    sides = {one.item.id: one.first for one in bo}
    same = sum(sides[one.item.id] == one.first for one in ana)
    # Of 400 fair coins, 200 on average with a standard deviation of 10: six of them each way.
    assert 140 < same < 260
    assert 140 < sum(one.first == "baseline" for one in ana) < 260


def test_a_and_b_are_the_texts_of_the_side_that_is_first(reviews):
    review = reviews.make("Many", items(20))
    for one in order(review, "Ana"):
        place = 0 if one.first == "baseline" else 1
        assert one.texts == (one.item.texts[place], one.item.texts[1 - place])


def test_the_seed_cannot_be_known(reviews):
    seeds = {reviews.make(f"r{n}", items(1)).seed for n in range(5)}
    assert len(seeds) == 5 and all(len(seed) >= 32 for seed in seeds)


def test_a_later_answer_supersedes_and_the_history_stays(reviews):
    review = reviews.make("One", items(2))
    answer(reviews, review, "Ana", {"1": {"worse": "baseline"}})
    answer(reviews, review, "Ana", {"1": {"worse": "compressed"}})
    (found,) = reviews.load("one").logs
    assert found.answers["1"].worse == "compressed"
    assert len(found.lines) == 2
    assert review.done(found) == 1


def test_an_unfinished_answer_is_kept_and_does_not_count(reviews):
    review = reviews.make("One", items(1))
    (shown,) = order(review, "Ana")
    reviews.answer(review, "Ana", shown, {"coherent_a": "yes", "worse": ""})
    (found,) = reviews.load("one").logs
    assert dict(found.answers["1"].given) == {"coherent_a": "yes"}
    assert review.done(found) == 0
    with pytest.raises(Closed, match="1 "):
        reviews.finish(review, "Ana")


def test_after_the_end_nothing_is_changed(reviews):
    review = reviews.make("One", items(1))
    answer(reviews, review, "Ana", {"1": {}})
    reviews.finish(review, "Ana")
    before = files(reviews, review)[0].read_bytes()
    with pytest.raises(Closed, match="Ana"):
        answer(reviews, review, "Ana", {"1": {"worse": "baseline"}})
    assert files(reviews, review)[0].read_bytes() == before


def test_names_that_look_alike_in_a_file_name_share_no_file(reviews):
    review = reviews.make("One", items(1))
    names = ["Ana", "ana", "Ana!", "Ána", "../Ana", "李", "王", "x" * 80, "x" * 79, "con"]
    for number, name in enumerate(names):
        worse = "baseline" if number % 2 else "compressed"
        answer(reviews, review, named(name), {"1": {"worse": worse}})
    found = reviews.load("one").logs
    assert {one.reviewer for one in found} == set(names)
    assert all(len(one.lines) == 1 for one in found)
    assert len({path.name.casefold() for path in files(reviews, review)}) == len(names)
    for path in files(reviews, review):
        assert path.name.isascii() and "/" not in path.name and ".." not in path.name


def test_a_name_is_taken_as_typed_without_what_cannot_be_seen():
    assert named("  Ana \n\x00 B.  ") == "Ana B."
    assert named("Ana") == named("Ana")
    for typed in ("", " \n", "x" * 81):
        with pytest.raises(BadName):
            named(typed)


def test_a_torn_last_line_is_passed_over_and_the_next_stands_alone(reviews):
    review = reviews.make("One", items(2))
    answer(reviews, review, "Ana", {"1": {"worse": "baseline"}})
    (path,) = files(reviews, review)
    with path.open("ab") as stream:
        stream.write(b'{"reviewer": "Ana", "item": "2", "a": "base')
    assert set(reviews.load("one").logs[0].answers) == {"1"}
    answer(reviews, review, "Ana", {"2": {"worse": "same"}})
    (found,) = reviews.load("one").logs
    assert {item: one.worse for item, one in found.answers.items()} == {
        "1": "baseline",
        "2": "same",
    }
    assert found.unreadable == 1


@pytest.mark.parametrize(
    "line",
    [
        '{"reviewer": "Ana", "item": "1", "a": "mine", "answers": {}, "at": ""}',
        '{"reviewer": "Ana", "item": "1", "a": "baseline", "answers": {"worse": "c"}, "at": ""}',
        '{"reviewer": "Ana", "item": "1", "a": "baseline", "answers": {"x": "yes"}, "at": ""}',
        '{"reviewer": "Ana", "item": 1, "a": "baseline", "answers": {}, "at": ""}',
        '{"item": "1", "a": "baseline", "answers": {}, "at": ""}',
        '["Ana"]',
        "\x00\x00",
    ],
)
def test_a_line_that_is_no_answer_is_counted_and_not_fatal(reviews, line):
    review = reviews.make("One", items(1))
    answer(reviews, review, "Ana", {"1": {"worse": "baseline"}})
    (path,) = files(reviews, review)
    path.write_bytes(line.encode() + b"\n" + path.read_bytes())
    (found,) = reviews.load("one").logs
    assert found.unreadable == 1
    assert found.answers["1"].worse == "baseline"


def test_a_process_killed_in_the_middle_loses_no_answer_that_was_given(tmp_path):
    reviews = Reviews(tmp_path)
    review = reviews.make("Killed", items(500))
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from pathlib import Path\n"
            "from fairviz.analyses.review.request import order\n"
            "from fairviz.analyses.review.reviews import Reviews\n"
            "reviews = Reviews(Path(sys.argv[1]))\n"
            "review = reviews.load('killed')\n"
            "for shown in order(review, 'Ana'):\n"
            "    reviews.answer(review, 'Ana', shown, {'coherent_a': 'yes', 'coherent_b': 'no',\n"
            "                   'biased_a': 'no', 'biased_b': 'unsure', 'worse': 'b'})\n"
            "    print(shown.item.id, flush=True)\n",
            str(tmp_path),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    kept = [writer.stdout.readline().strip() for _ in range(25)]
    os.kill(writer.pid, signal.SIGKILL)
    kept += writer.stdout.read().split()
    assert writer.wait(20) == -signal.SIGKILL
    writer.stdout.close()
    assert 25 <= len(kept) < 500
    (found,) = reviews.load("killed").logs
    assert set(kept) <= set(found.answers)
    # At most the answer that was being given when the end came is there besides.
    assert len(found.answers) <= len(kept) + 1
    # and the reviewer goes on
    left = [one for one in order(review, "Ana") if one.item.id not in found.answers]
    for one in left:
        reviews.answer(review, "Ana", one, given(one, {"worse": "same"}))
    reviews.finish(review, "Ana")
    assert reviews.load("killed").logs[0].finished


def test_a_disk_that_takes_nothing_is_advice(reviews):
    review = reviews.make("One", items(1))
    (reviews.folder / "one" / "answers").write_text("in the way")
    with pytest.raises(CannotKeep, match="answer again"):
        answer(reviews, review, "Ana", {"1": {}})


def test_pairs_of_comparisons_and_which_are_left_out(tmp_path):
    store = Store(tmp_path)
    store.save("comparison", "a" * 16, comparison())
    store.save("comparison", "b" * 16, comparison(prompt="Once"))
    store.save("comparison", "c" * 16, comparison(prompt="Once"))
    # Equal but for the space before it: a reader sees no difference.
    store.save("comparison", "d" * 16, comparison(baseline=(" a",), compressed=("a", " ")))
    found = gather(
        ["a" * 16, "a" * 16, "b" * 16, "c" * 16, "d" * 16, "e" * 16],
        store=store,
    )
    assert found.left_out == {"equal": 1, "again": 1, "missing": 1}
    assert [(one.id, one.prompt) for one in found.items] == [
        ("1", "Il était une fois"),
        ("2", "Once"),
    ]
    one = found.items[0]
    assert one.texts == (" un pêcheur qui vivait.", " un pêcheur <b> $x$\né")
    assert (one.baseline, one.compressed) == ("demo", "demo+nf4")
    assert one.source["key"] == "a" * 16
    assert one.provenance["compressed"]["method"] == "nf4"
    assert not one.sensitive


def test_pairs_of_a_probe_that_writes_texts(tmp_path):
    import pandas as pd

    run = probe_run("samples")
    texts = pd.DataFrame(
        {
            "baseline_text": ["one", "same", "three"],
            "compressed_text": ["uno", "same", "tre"],
        }
    )
    run.outcome.items[["baseline_text", "compressed_text"]] = texts
    Store(tmp_path).save("probe", "a" * 16, run)
    Store(tmp_path).save("probe", "b" * 16, probe_run("minimal_pairs"))
    found = gather(["a" * 16, "b" * 16], store=Store(tmp_path), sensitive=True)
    assert [one.texts for one in found.items] == [("one", "uno"), ("three", "tre")]
    assert [one.source["item"] for one in found.items] == ["i0", "i2"]
    assert all(one.sensitive for one in found.items)
    assert found.left_out == {"equal": 1, "missing": 1}


def test_of_more_pairs_than_wanted_some_are_drawn(tmp_path):
    store = Store(tmp_path)
    keys = [f"{n:016x}" for n in range(12)]
    for n, key in enumerate(keys):
        store.save("comparison", key, comparison(prompt=f"prompt {n}"))

    def drawn(seed):
        found = gather(keys, store=store, most=5, seed=seed)
        return [one.prompt for one in found.items]

    assert len(drawn(0)) == 5
    assert drawn(0) == drawn(0)
    assert any(drawn(0) != drawn(seed) for seed in range(1, 4))


def test_a_review_of_any_length_in_an_address_is_none(reviews):
    assert reviews.load("a" * 300) is None


def test_a_title_is_kept_without_what_no_file_can_hold(reviews):
    assert reviews.make("My \ud800 re\u202eview\x00", items(1)).title == "My re view"
    assert reviews.load("my-re-view") is not None


def test_a_log_under_another_file_name_counts_nobody_twice(reviews):
    made = reviews.make("One", items(1))
    answer(reviews, made, "Ana", {"1": {}})
    folder = reviews.folder / "one" / "answers"
    (own,) = folder.iterdir()
    (folder / "copy.jsonl").write_bytes(own.read_bytes())
    assert [log.reviewer for log in reviews.load("one").logs] == ["Ana"]
