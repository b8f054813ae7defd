"""The Report page without a browser, and "Add to report" on the pages of runs."""

import html
import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest
import reports
from streamlit.testing.v1 import AppTest
from tables_of import groups

from fairviz.benchmarks import store as tables
from fairviz.benchmarks.store import Source
from fairviz.report.bundle import pack, unpack
from fairviz.report.record import Part, Report
from fairviz.report.runs import load, sections
from fairviz.report.shelf import Reports
from fairviz.ui.report import take

ROOT = Path(__file__).resolve().parents[1]
REPORT = "pages/7_Report.py"
KINDS = ("error", "warning", "info", "caption", "success", "markdown", "header")
PAGES = {
    "comparison": ("pages/1_Compare.py", "run"),
    "reading": ("pages/2_Token_shift.py", "reading"),
    "audit": ("pages/3_Uncertain_prompts.py", "audit"),
    "probe": ("pages/5_Bias_probes.py", "outcome"),
}


def visit(page=REPORT, **query):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(page).run()
    assert not app.exception
    return app


def told(app):
    return "\n".join(element.value for kind in KINDS for element in getattr(app, kind))


def keys(app, start):
    return [button.key for button in app.button if button.key and button.key.startswith(start)]


@pytest.fixture
def report(cache):
    """A report of all kinds of runs, kept."""
    reports.keep(cache)
    made = reports.report()
    Reports().save(made)
    return made


@pytest.fixture
def unread(report, monkeypatch):
    """The same where nobody asks what its parts found, which is read anew after every change."""
    monkeypatch.setattr(
        take,
        "_held",
        lambda document, *_rest: [(None, "", "")] * len(json.loads(document)["parts"]),
    )
    return report


def test_without_a_report_the_page_says_how_to_make_one(cache):
    app = visit()
    assert "No report yet" in told(app)
    assert "Add to report" in told(app)
    assert not keys(app, "report_delete")
    app.button(key="report_new").click().run()
    assert not app.exception
    assert "Nothing is in this report yet" in told(app)
    assert [one.name for one in Reports().all()] == ["report"]


def test_the_page_lists_the_parts_in_order_as_typed(report):
    app = visit()
    heads = [one.proto for one in app.get("page_link") if one.proto.label.startswith("1")]
    assert "Il était une fois" in heads[0].label and "Comparison" in heads[0].help
    assert app.text_input(key="title_nurses").value == "Nurses & <b>judges</b>"
    assert len(keys(app, "up_")) == len(report.parts)
    assert app.button(key=keys(app, "up_")[0]).disabled
    assert app.button(key=keys(app, "down_")[-1]).disabled
    assert not app.button(key=keys(app, "down_")[0]).disabled


def test_parts_are_moved_by_buttons(unread):
    app = visit()
    app.button(key=keys(app, "down_")[0]).click().run()
    kinds = [part.kind for part in Reports().load("nurses").parts]
    assert kinds == ["reading", "comparison", "audit", "probe", "tables"]
    app.button(key=keys(app, "up_")[-1]).click().run()
    kinds = [part.kind for part in Reports().load("nurses").parts]
    assert kinds == ["reading", "comparison", "audit", "tables", "probe"]


def test_a_heading_and_a_note_are_kept_and_the_note_is_harmless(unread):
    app = visit()
    heading = next(one for one in app.text_input if one.key.startswith("heading_"))
    heading.set_value("What nurses <script>alert(1)</script> are").run()
    note = app.text_area[0]
    typed = "# Moved\n\n<script>alert(2)</script> ![x](https://evil.example/x.png)"
    note.set_value(typed).run()
    assert not app.exception
    part = Reports().load("nurses").parts[0]
    assert part.heading == "What nurses <script>alert(1)</script> are"
    assert part.note == typed
    shown = "\n".join(one.proto.body for one in app.get("html"))
    assert "Moved</h3>" in shown
    assert "&lt;script&gt;alert(2)" in shown
    assert "<img" not in shown
    assert "<script>alert" not in shown
    assert visit().text_area[0].value == typed


def test_what_is_taken_out_comes_back_to_its_place(unread):
    app = visit()
    app.button(key=keys(app, "remove_")[1]).click().run()
    assert [part.kind for part in Reports().load("nurses").parts][:2] == ["comparison", "audit"]
    assert "Taken out: “Le chat dort" in told(app).replace("\\", "")
    app.button(key="report_undo").click().run()
    assert Reports().load("nurses") == unread
    assert not keys(app, "report_undo")


def test_a_deleted_report_comes_back(unread):
    app = visit()
    app.button(key="report_delete").click().run()
    assert Reports().all() == []
    assert "was deleted" in told(app)
    app.button(key="report_undo").click().run()
    assert Reports().all() == [unread]
    assert app.text_input(key="title_nurses").value == unread.title


def test_a_deleted_report_that_comes_back_overwrites_none(unread):
    app = visit()
    app.button(key="report_delete").click().run()
    Reports().save(Report("nurses", "Begun since"))
    app.button(key="report_undo").click().run()
    assert not app.exception
    assert Reports().load("nurses").title == "Begun since"
    assert Reports().load("nurses-2").parts == unread.parts


def test_title_and_language_are_kept_and_an_empty_title_is_refused(unread):
    app = visit()
    app.text_input(key="title_nurses").set_value("Other").run()
    app.segmented_control(key="language_nurses").set_value("fr").run()
    kept = Reports().load("nurses")
    assert (kept.title, kept.language) == ("Other", "fr")
    app.text_input(key="title_nurses").set_value("  ").run()
    assert "has no title" in app.error[0].value
    assert app.text_input(key="title_nurses").value == "Other"


def test_a_new_report_takes_the_language_of_the_page(cache):
    app = visit(lang="fr")
    app.button(key="report_new").click().run()
    made = Reports().all()[0]
    assert (made.title, made.language) == ("Rapport", "fr")


def test_a_text_can_be_added(unread):
    app = visit()
    app.button(key="part_text").click().run()
    assert not app.exception
    assert Reports().load("nurses").parts[-1].kind == "text"


def test_each_part_begins_with_what_was_found_and_says_what_is_missing(report):
    shelf = Reports()
    shelf.change("nurses", lambda now: now.with_part(Part("audit", "abc123", "a lost audit")))
    app = visit()
    found = [one.finding for one in sections(Reports().load("nurses")) if one.finding]
    told_first = [
        one.proto.body for one in app.get("html") if '<div class="fv-finding' in one.proto.body
    ]
    assert len(told_first) == len(found) > 2
    for finding, shown in zip(found, told_first, strict=True):
        told_as = html.unescape(re.sub("<[^>]*>", "", shown))
        assert told_as == finding.sentence + finding.trusted.split(":")[0]
        assert f'data-means="{finding.trusted}"' in shown  # the rest is told in its tip
    captions = [one.value for one in app.caption]
    assert any(one.startswith("2 texts, ") and "figures" in one for one in captions)
    assert "not in the cache" in app.warning[0].value


def test_of_several_reports_the_address_names_the_one_that_is_shown(unread):
    Reports().begin("Second")
    app = visit(report="nurses")
    assert app.selectbox(key="report_choice").value == "nurses"
    app.selectbox(key="report_choice").select("second").run()
    assert app.text_input(key="title_second").value == "Second"
    assert app.query_params["report"] == "second"
    assert visit(report="../nurses").text_input[0].value == "Second"  # the one last changed


def test_a_damaged_report_is_told(report, cache):
    (cache / "reports" / "nurses" / "report.json").write_text("{")
    app = visit()
    assert "cannot be shown" in app.warning[0].value
    assert "No report yet" in told(app)


def uploaded(app, content):
    app.get("file_uploader")[0].set_value([("x.fairviz.zip", content, "application/zip")])
    next(one for one in app.button if one.label == "Open the bundle").click().run()
    assert not app.exception
    return app


def test_a_bundle_opens_on_the_page(report, cache, monkeypatch, tmp_path_factory):
    content = pack(report).content
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path_factory.mktemp("other")))
    app = uploaded(visit(), content)
    assert "is open. 4 of its runs are new here" in told(app)
    assert app.text_input(key="title_nurses").value == report.title
    assert Reports().all() == [report]


def test_a_bad_bundle_is_refused_on_the_page(unread):
    app = uploaded(visit(), io.BytesIO(b"PK\x03\x04 but no more").getvalue())
    assert "cut off" in app.error[0].value
    assert "nothing was changed" in told(app)
    assert Reports().all() == [unread]


@pytest.mark.parametrize("kind", PAGES)
def test_a_run_is_added_on_its_page_and_the_page_says_so(cache, kind):
    reports.keep(cache)
    path, name = PAGES[kind]
    app = visit(path, **{name: reports.KEYS[kind]}, probe="minimal_pairs")
    app.button(key="add_part").click().run()
    assert not app.exception
    (made,) = Reports().all()
    assert [part.place for part in made.parts] == [(kind, reports.KEYS[kind])]
    assert "demo → demo+nf4" in made.parts[0].title
    assert not keys(app, "add_part")
    assert any("In the report" in one.proto.label for one in app.get("page_link"))


@pytest.mark.parametrize("shown", ["overview", "groups", "table", "spread", "curves"])
def test_a_view_of_the_tables_is_added_as_it_stands(cache, shown):
    query = {"view": shown, "dimension": "representation", "benchmark": "bbq"}
    app = visit("pages/4_Bias_tables.py", **query)
    app.button(key="add_part").click().run()
    (part,) = Reports().all()[0].parts
    found = load(part)
    assert found.address == part.key
    assert (found.request.view, found.request.benchmark) == (shown, "bbq")
    assert not keys(visit("pages/4_Bias_tables.py", **query), "add_part")


def test_outcomes_item_by_item_are_added_and_open_elsewhere(cache, monkeypatch, tmp_path_factory):
    items = pd.DataFrame(
        {
            "task": "toy",
            "doc_id": [str(number) for number in range(12)],
            "metric": "acc",
            "group": "",
            "baseline": [1.0] * 10 + [0.0] * 2,
            "compressed": [0.0] * 10 + [1.0] * 2,
        }
    )
    tables.put(Source("mine", "My run", item_level=True), groups(none={"a": 0.8}), items)
    app = visit("pages/4_Bias_tables.py", view="items", dimension="degeneration")
    app.button(key="add_part").click().run()
    (report,) = Reports().all()
    (part,) = report.parts
    assert part.key == "view=items&source=mine"
    content = pack(report).content
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path_factory.mktemp("other")))
    opened = unpack(io.BytesIO(content))
    assert opened.placed == ("benchmarks/mine",)
    assert load(part).items["mine"].equals(items)
    (section,) = sections(opened.report)
    assert not section.facts.missing
    assert section.facts.item_level
    linked = visit("pages/4_Bias_tables.py", view="items", source="mine")
    assert linked.dataframe[0].value[["n", "Lost", "Gained"]].iloc[0].tolist() == [12, 10, 2]


def test_the_page_and_the_address_ask_the_same_of_the_tables(cache):
    from fairviz.analyses.tables.view import view

    query = {
        "view": "groups", "dimension": "degeneration", "benchmark": "holistic_bias",
        "metric": "regard", "flagged": "all", "reference": "int8",
    }  # fmt: skip
    app = visit("pages/4_Bias_tables.py", **query)
    app.pills(key="method").set_value(["wanda", "gptq"]).run()
    app.button(key="add_part").click().run()
    (part,) = Reports().all()[0].parts
    ask = view(part.key).request
    assert set(ask.methods) == {"wanda", "gptq"}
    assert (ask.flagged, ask.reference, ask.metric.name) == ("all", "int8", "regard")


def test_of_several_reports_one_is_chosen_to_add_to(cache):
    reports.keep(cache)
    for title in ("First", "Second"):
        Reports().begin(title)
    app = visit("pages/1_Compare.py", run=reports.KEYS["comparison"])
    app.selectbox(key="add_where").select("first").run()
    app.button(key="add_part").click().run()
    assert len(Reports().load("first").parts) == 1
    assert not Reports().load("second").parts


def test_a_report_that_cannot_be_written_is_told_where_it_was_asked_for(cache):
    reports.keep(cache)
    (cache / "reports").write_text("a file")
    app = visit("pages/1_Compare.py", run=reports.KEYS["comparison"])
    app.button(key="add_part").click().run()
    assert "cannot be written" in app.error[0].value


def test_the_downloads_are_what_the_report_holds(report):
    page = take.html(report)
    assert "Il était une fois" in page
    assert "Nurses &amp; &lt;b&gt;judges" in page
    assert take.html(Report("x", "Leer", "fr")).startswith("<!DOCTYPE html>")
