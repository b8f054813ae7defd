"""What the package ships to be looked at before anything is measured."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.review.request import order
from fairviz.analyses.review.reviews import Closed, Reviews
from fairviz.analyses.store import EXAMPLES, Store, example
from fairviz.i18n import speaking
from fairviz.report.bundle import pack, unpack
from fairviz.report.record import Part, Report
from fairviz.ui.comparison import PROMPT

SHIPPED = [
    (kind, path.name)
    for kind, analysis in ANALYSES.items()
    if kind != "tables"  # the tables themselves ship
    for path in sorted((EXAMPLES / analysis.codec.folder).glob("*"))
]


def test_a_reader_sees_the_example_of_his_language_where_there_is_one():
    with speaking("fr"):
        assert example("probe") == "examplefr"
        assert example("comparison") == "example"
    with speaking("en"):
        assert example("probe") == "example"


@pytest.mark.parametrize("kind, key", SHIPPED)
def test_an_example_is_found_and_says_what_it_found(kind, key, tmp_path):
    store = Store(tmp_path)
    shown = ANALYSES[kind].present(store.load(kind, key), {}, "page")
    assert shown.finding.sentence
    assert not store.recent(kind)


def test_no_example_names_a_folder_of_the_machine_that_measured_it():
    for path in EXAMPLES.rglob("*.json*"):
        text = path.read_text(encoding="utf-8")
        assert not any(word in text for word in ("/work/", "/tmp/", "/home/")), path


def test_what_is_measured_here_stands_before_the_example(tmp_path):
    shipped = Store(tmp_path).load("comparison", "example")
    assert shipped.request.prompt == PROMPT  # what the box opens with
    asked = replace(shipped.request, prompt="La reine")
    Store(tmp_path).save("comparison", "example", replace(shipped, request=asked))
    assert Store(tmp_path).load("comparison", "example").request == asked


def test_a_bundle_takes_an_example_along(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path / "here"))
    kinds = ("comparison", "evenness")
    report = Report("ours", "Ours", parts=tuple(Part(kind, "example") for kind in kinds))
    packed = pack(report)
    assert not packed.missing
    unpack(io.BytesIO(packed.content), tmp_path / "there")
    assert (tmp_path / "there/runs/example/run.json").is_file()
    assert (tmp_path / "there/evenness/example/swaps.parquet").is_file()


def test_the_example_of_a_review_is_finished_and_takes_no_answers(tmp_path):
    reviews = Reviews(tmp_path)
    review = reviews.load("example")
    assert [log.finished for log in review.logs] == [True, True]
    assert reviews.answers(review, review.logs[0].reviewer).finished
    with pytest.raises(Closed, match="example"):
        reviews.answer(review, "Ada", order(review, "Ada")[0], {"worse": "a"})
    assert reviews.answers(review, "Ada").lines == ()
