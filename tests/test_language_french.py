"""Everything in French: no page, report, slide or sentence shows an English message."""

import pandas as pd
import pytest
import reported
import reports
import reviews
from audits import audit, items_table, prompts_table
from in_french import found, of_figure, of_html, of_page, of_table
from test_probe_bbq import file_of, item
from test_probe_classifier import save
from test_probe_stereoset import AUTHORS
from test_report_page import visit

from fairviz.analyses.audit.summary import summary
from fairviz.analyses.review.reviews import Reviews
from fairviz.i18n import _, ngettext, said, speaking
from fairviz.metrics.traces import BOTH
from fairviz.probes import labels
from fairviz.probes.cells import LABELLED, cells, titled
from fairviz.probes.registry import PROBES
from fairviz.report.record import Report
from fairviz.report.shelf import Reports
from fairviz.ui.links import PAGES
from fairviz.ui.probe_items import HIDDEN

# What a text, a file or a model holds in the fixtures.
DATA = frozenset({"English", "share of pairs", "odd", "it is empty", "a", "b"})


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """One run of every kind, a review that two people answered, and a report of all."""
    root = tmp_path_factory.mktemp("french")
    reports.keep(root)
    review = reviews.ten(Reviews(root))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIRVIZ_CACHE", str(root))
        with speaking("fr"):
            Reports(root).save(Report("nurses", "Infirmières", "fr", reports.parts()))
    return root, review.name


QUERIES = {
    "1_Compare": {"run": reports.KEYS["comparison"], "token": "1"},
    "2_Token_shift": {"reading": reports.KEYS["reading"], "token": "1"},
    "3_Uncertain_prompts": {"audit": reports.KEYS["audit"]},
    "4_Bias_tables": {},
    "5_Bias_probes": {"outcome": reports.KEYS["probe"], "show_items": "true"},
    "7_Report": {"report": "nurses"},
    "8_Blind_review": {"review": "ten-pairs", "reviewer": "Ana"},
}


@pytest.fixture
def french(kept, monkeypatch):
    """The cache with its runs; what AppTest asks of a widget is in French too."""
    import streamlit as st

    monkeypatch.setenv("FAIRVIZ_CACHE", str(kept[0]))
    monkeypatch.setenv("FAIRVIZ_WARM", "0")
    for cached in (st.cache_resource, st.cache_data):
        cached.clear()
    with speaking("fr"):
        yield kept
    for cached in (st.cache_resource, st.cache_data):
        cached.clear()


@pytest.mark.parametrize("path", [path for path, *_rest in PAGES])
def test_no_page_shows_an_english_message(french, path):
    query = next((found for name, found in QUERIES.items() if name in path), {})
    app = visit(path, lang="fr", **query)
    texts = list(of_page(app))
    assert len(texts) > 20
    assert found(texts, DATA) == set()


# The title, an item of its own kind of numbers, the limits.
@pytest.mark.parametrize("slide", [0, 4, 6])
def test_no_slide_shows_an_english_message(french, slide):
    app = visit(lang="fr", present="1", report="nurses", slide=str(slide))
    assert found(of_page(app), DATA) == set()


def test_no_item_of_a_report_and_nothing_that_it_says_of_itself_is_english():
    made = [
        (reported.part(kind, place), reported.section(kind, "fr"))
        for place, kind in enumerate(reported.ANSWERS)
    ]
    texts = of_html(reported.written(*made, code="fr"))
    for _rest, section in made:
        for one in section.figures:
            texts += of_figure(one.figure.to_json())
    assert len(texts) > 500
    assert found(texts, DATA) == set()


@pytest.mark.parametrize("outcomes", ["R", "RRRRWWLLLLLLLG", "RWLG" * 10])
def test_no_sentence_of_an_audit_is_english(outcomes):
    for answer in (
        audit(items_table(outcomes), "items"),
        audit(prompts_table(len(outcomes)), "prompts"),
    ):
        with speaking("fr"):
            told = summary(answer)
        assert len(told.sentences) > 1
        assert found(map(said.shown, told.sentences)) == set()


@pytest.fixture(scope="module")
def pair():
    from fairviz.core.specs import ModelSpec
    from fairviz.models.pair import load_pair

    two = ModelSpec.parse("demo"), ModelSpec.parse("demo-student")
    return load_pair(*two, device="cpu", dtype="float32")


# What each is asked: its own few items, or a small file.
ASKED = {
    "minimal_pairs": ({"language": "en"}, None),
    "counterfactual": (
        {"template": "{NAME} worked as a", "first": "Mary, Anna", "second": "Peter, John",
         "more": "nurse", "less": "baker"}, None,
    ),
    "samples": ({"samples": 3, "max_new_tokens": 6}, None),
    "unqover": ({"axis": "gender", "most": 8}, None),
    "dialect": ({}, b"text,corpus\nThe man slept here.,first\nA man sleeps there.,second\n"),
    "group_auc": (
        {},
        b"id,label,baseline,compressed,group\n"
        + b"".join(b"%d,%d,0.%d,0.%d,%s\n" % (n, n % 2, n % 7, n % 5, b"xy"[n % 3 > 0 :][:1])
                   for n in range(30)),
    ),
    "stored": ({}, b"prompt,baseline,compressed\nwho?,she is good,he is bad\nwhy?,so,so\n"),
    "stored_harm": ({}, b"prompt,baseline,compressed\nwho?,she is good,he is bad\nwhy?,so,so\n"),
    "bbq": ({}, file_of(*(
        item(n, condition, polarity) for n, (condition, polarity) in enumerate(
            (one, two) for one in ("ambig", "disambig") for two in ("neg", "nonneg"))
    ))),
    "classifier": (
        {"samples": 2, "max_new_tokens": 6},
        b"text,group\nThe nurse said,x\nThe judge said,y\nThe cook said,x\nThe king said,y\n",
    ),
    "stereoset": ({}, AUTHORS),
}  # fmt: skip
FILES = {"bbq": "x.jsonl", "stereoset": "x.json"}


def told(column):
    """Whether a column has a heading of its own, or one after its side."""
    side, _underscore, what = column.partition("_")
    words = {*labels.KNOWN, *labels.OF_A_SIDE}
    return column in labels.KNOWN or (side in BOTH and what in words)


@pytest.mark.parametrize("name", PROBES)
def test_no_sentence_and_no_cell_of_a_probe_is_english(name, pair, tmp_path):
    which = PROBES[name]
    given, content = ASKED[name]
    chosen = dict(given)
    if name == "classifier":
        classes = ("neutre", "négatif")
        chosen |= {"classifier": str(save(tmp_path / "judge", classes)[0]), "label": "négatif"}
    files = [] if content is None else [(content, FILES.get(name, "x.csv"))]
    items = which.items(files, chosen)
    outcome = which.measure(pair if which.models else None, items, lambda step: None, chosen)
    tables = [outcome.items, outcome.groups]
    tables += [table for detail, table in outcome.details.items() if detail != "values"]
    with speaking("fr"):
        texts = [said.shown(one) for one in (*outcome.sentences, outcome.measure)]
        assert len(texts) > 2
        for table in tables:
            named = [str(column) for column in table if column not in HIDDEN]
            assert [column for column in named if not told(column)] == []
            texts += map(labels.heading, named)
            # What models, files and word lists say, and a key that a title says in words.
            typed = {"text", "baseline_text", "compressed_text", "word", "token", "metric"}
            typed |= {"measure"} if "title" in table or name == "unqover" else set()
            texts += of_table(cells(table[[one for one in named if one not in typed]]))
        assert found(texts) == set()


def test_report_and_page_tell_the_same_columns_in_french():
    # `unknown` is a word of fairviz's own, as every column that holds such words may have it.
    table = pd.DataFrame({name: ["unknown"] for name in LABELLED})
    with speaking("fr"):
        assert set(titled(table).iloc[0]) == set(cells(table).iloc[0]) == {"inconnu"}


def test_a_message_that_is_left_in_english_is_found():
    with speaking("fr"):
        french = _("Write at least one word.")
        plural = ngettext("{n} pair is not answered yet.", "{n} pairs are not answered yet.", 3)
    assert found([french, plural, "<p>Modèle de référence · <b>Groupe</b></p>"]) == set()
    assert found([f"{french} Write at least one word."]) == {"Write at least one word."}
    assert found(["Ici : 3 pairs are not answered yet."]) == {"{n} pairs are not answered yet."}
    assert found(["<p>Modèle · <b>Baseline</b></p>"]) == {"Baseline"}
    assert len(found(["12 items"])) == 1
