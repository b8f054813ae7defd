"""`review` on the command line."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from comparisons import comparison
from reviews import ten
from typer.testing import CliRunner

from fairviz.analyses.review.reviews import Reviews
from fairviz.analyses.store import Store
from fairviz.cli import app
from fairviz.core.errors import FairvizError


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))

    def run(*words):
        return CliRunner().invoke(app, ["review", *words])

    return run


def test_make_and_list(call, tmp_path):
    store = Store(tmp_path)
    store.save("comparison", "a" * 16, comparison(prompt="one"))
    store.save("comparison", "b" * 16, comparison(prompt="two"))
    store.save("comparison", "c" * 16, comparison(baseline=(" a",), compressed=(" a",)))
    assert "No reviews yet." in call("list").stdout
    made = call("make", "Monday", "a" * 16, "c" * 16)
    assert made.exit_code == 0
    assert "monday: 1 pair\n" in made.stdout and "1 pair left out: both texts" in made.stdout
    every = call("make", "Tuesday", "--all", "--sensitive")
    assert "tuesday: 2 pairs" in every.stdout
    assert Reviews(tmp_path).load("tuesday").sensitive
    listed = call("list").stdout
    assert "monday" in listed and "tuesday" in listed


def test_result_as_words_json_and_csv(call, tmp_path):
    ten(Reviews(tmp_path), ended=("Ana",))
    said = call("result", "ten-pairs").stdout
    assert "6 of 8 decided pairs" in said and "p = 0.2891" in said
    assert re.search(r"Ana +10 +7 +2 +1 +0\.7778 ", said)  # 7 of 9
    assert re.search(r"Which is worse\? +0\.8[12]\d ", said)
    assert "Pairs on which the reviewers differ" in said and "Il était une fois 10" in said
    assert "Bo: 10/10, under way" in call("list").stdout
    document = json.loads(call("result", "ten-pairs", "--json", "-").stdout)
    assert document["tests"][0]["p"] == 0.2890625
    file = tmp_path / "answers.csv"
    assert call("result", "ten-pairs", "--csv", str(file), "--history").exit_code == 0
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert len(rows) == 20 and {row["counts"] for row in rows} == {"yes"}


def test_a_review_that_is_not_there_and_one_of_nothing(call):
    for words in (("result", "nowhere"), ("make", "Empty", "nokey")):
        assert isinstance(call(*words).exception, FairvizError)
