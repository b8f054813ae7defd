"""What a report is and how it lies on disk; a table view as one address."""

import json
from dataclasses import replace

import pytest
import reports

from fairviz.analyses.store import Store
from fairviz.analyses.tables.view import about, view
from fairviz.benchmarks import store as tables
from fairviz.benchmarks.select import NoSuchRows
from fairviz.core.stored import CannotKeep
from fairviz.report.record import KINDS, BadReport, NewerReport, Part, Report, named
from fairviz.report.runs import section, sections
from fairviz.report.shelf import Reports

ONE, TWO, THREE = (Part("comparison", key) for key in ("a1", "b2", "c3"))
REPORT = Report("nurses", "Nurses", "fr", (ONE, TWO, THREE))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))
    return tmp_path


def keys(report):
    return "".join(part.key[0] for part in report.parts)


def test_a_report_is_what_its_document_says():
    part = Part("text", "intro", note="# *x* <b>", heading="“é” \n")
    chosen = Part("audit", "a1", options=(("shift", "js"), ("log_shift", False)))
    report = Report("r-1", "Une <i>chose</i>", "fr", (part, ONE, chosen))
    assert "options" not in ONE.document()
    assert Report.from_document(json.loads(json.dumps(report.document()))) == report


def test_parts_move_as_far_as_there_are_places():
    assert keys(REPORT.moved(THREE.place, -1)) == "acb"
    assert keys(REPORT.moved(ONE.place, 5)) == "bca"
    assert keys(REPORT.moved(ONE.place, -1)) == "abc"
    assert REPORT.moved(("audit", "a1"), 1) == REPORT  # another kind is another part


def test_a_part_is_in_a_report_once_and_goes_back_to_its_place():
    assert REPORT.with_part(Part("comparison", "b2", note="again")) == REPORT
    assert REPORT.without(TWO.place).with_part(TWO, 1) == REPORT
    written = REPORT.changed(TWO.place, heading="H", note="N")
    assert [part.note for part in written.parts] == ["", "N", ""]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "../away"},
        {"name": "a/b"},
        {"name": "damaged"},
        {"name": "con"},
        {"name": ""},
        {"name": "-x"},
        {"name": 3},
        {"title": " "},
        {"title": "x" * 301},
        {"title": "\ud800"},
        {"language": "de"},
        {"parts": [{"kind": "film", "key": "a1"}]},
        {"parts": [{"kind": "audit", "key": "../a1"}]},
        {"parts": [{"kind": "audit", "key": ""}]},
        {"parts": [{"kind": "audit", "key": "a1", "color": "red"}]},
        {"parts": [{"kind": "audit", "key": "a1", "note": 7}]},
        {"parts": [{"kind": "audit", "key": "a1"}] * 2},
        {"parts": [{"kind": "audit", "key": "a1", "options": [1]}]},
        {"parts": [{"kind": "audit", "key": "a1", "options": {"shift": 3}}]},
        {"parts": [{"kind": "audit", "key": "a1", "options": {"shift": "x" * 101}}]},
        {"parts": [{"kind": "text", "key": f"k{n}"} for n in range(201)]},
        {"parts": 5},
    ],
    ids=str,
)
def test_a_bad_document_is_refused_with_the_way_out(change):
    with pytest.raises(BadReport) as refused:
        Report.from_document({**REPORT.document(), **change})
    assert refused.value.message
    assert refused.value.fix


@pytest.mark.parametrize("document", [None, [], "x", {}, {"schema": "1"}, {"schema": True}])
def test_what_is_no_report_is_refused(document):
    with pytest.raises(BadReport):
        Report.from_document(document)


def test_a_newer_schema_is_told_apart():
    with pytest.raises(NewerReport, match="schema 2"):
        Report.from_document({**REPORT.document(), "schema": 2})


def test_a_title_names_a_folder():
    assert named("L’été à <Paris>, 2026!") == "l-ete-a-paris-2026"
    assert named("***") == "report"
    assert named("CON") == "report-con"
    assert named("../..") == "report"


def test_reports_are_kept_and_the_last_changed_is_first(cache):
    shelf = Reports()
    assert shelf.all() == []
    shelf.save(REPORT)
    second = shelf.begin("Nurses")
    assert second.name == "nurses-2"
    assert {one.name for one in shelf.all()} == {"nurses", "nurses-2"}
    changed = shelf.change("nurses", lambda report: report.without(TWO.place))
    assert shelf.load("nurses") == changed
    assert shelf.all()[0] == changed
    shelf.remove("nurses")
    assert shelf.load("nurses") is None
    with pytest.raises(BadReport):
        shelf.change("nurses", lambda report: report)


@pytest.mark.parametrize("name", ["..", "../reports/nurses", "/etc", "", "NURSES", "damaged"])
def test_no_name_leaves_the_folder(cache, name):
    Reports().save(REPORT)
    assert Reports().load(name) is None
    with pytest.raises(BadReport):
        Reports().remove(name)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema":1}', "[" * 100_000, "\x00"])
def test_a_damaged_report_is_set_aside_and_told(cache, text):
    shelf = Reports()
    shelf.save(REPORT)
    (cache / "reports" / "nurses" / "report.json").write_text(text)
    assert shelf.load("nurses") is None
    assert shelf.all() == []
    assert len(shelf.damaged()) == 1
    assert "nurses" in shelf.damaged()[0]
    assert (next((cache / "reports" / "damaged").iterdir()) / "run" / "report.json").exists()


def test_a_report_of_a_newer_fairviz_stays_where_it_is(cache):
    shelf = Reports()
    shelf.save(REPORT)
    path = cache / "reports" / "nurses" / "report.json"
    path.write_text(json.dumps({**REPORT.document(), "schema": 9}))
    assert shelf.all() == []
    assert "schema 9" in shelf.damaged()[0]
    assert path.exists()
    assert shelf.free("nurses") == "nurses-2"


def test_a_folder_that_cannot_be_written_is_told(cache):
    (cache / "reports").write_text("a file")
    with pytest.raises(CannotKeep):
        Reports().save(REPORT)


def test_a_report_whose_writing_fails_stays_as_it_was(cache, monkeypatch):
    shelf = Reports()
    shelf.save(REPORT)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fairviz.core.disk.flush", full)
    with pytest.raises(CannotKeep, match="No space left"):
        shelf.change("nurses", lambda report: report.without(TWO.place))
    monkeypatch.undo()
    assert Reports(cache).load("nurses") == REPORT
    assert {path.name for path in (cache / "reports").iterdir()} == {"nurses", ".lock"}


def test_every_kind_is_resolved_to_its_section(cache):
    reports.keep(cache)
    report = reports.report()
    found = sections(report)
    assert [one.kind for one in found] == [part.kind for part in report.parts]
    assert not any(one.facts.missing for one in found)
    assert all(one.provenance for one in found)
    assert [Store(cache).kind_of(key) for key in reports.KEYS.values()] == list(reports.KEYS)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "text"])
def test_a_run_that_is_not_here_says_what_it_was_and_how_to_have_it(cache, kind):
    key = "metric=none_such" if kind == "tables" else "abc123"
    found = section(Part(kind, key, "Nurses · demo → demo+nf4"))
    assert found.facts.missing
    assert ("What it was", "Nurses · demo → demo+nf4") in found.question
    assert any("again" in line or "bundle" in line for line in found.not_allowed)
    assert not found.figures


def test_a_run_that_cannot_be_drawn_does_not_take_the_others_along(cache, monkeypatch):
    reports.keep(cache)
    report = reports.report()

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("fairviz.analyses.audit.present.present", broken)
    missing = [one.kind for one in sections(report) if one.facts.missing]
    assert missing == ["audit"]


def test_a_part_is_shown_as_it_was_looked_at(cache):
    reports.keep(cache)
    plain, chosen = (
        section(Part("audit", reports.KEYS["audit"], options=options))
        for options in ((), (("shift", "js"), ("log_shift", False), ("unknown", "x")))
    )
    assert "KL, next token (nats)" in plain.figures[0].alt
    assert "geometric" in plain.figures[0].alt
    assert "Jensen-Shannon, next token (nats)" in chosen.figures[0].alt
    assert "geometric" not in chosen.figures[0].alt


def test_a_report_is_written_in_its_own_language(cache):
    missing = Part("audit", "abc123", "x")
    (english,) = sections(Report("r", "R", "en", (missing,)))
    (french,) = sections(Report("r", "R", "fr", (missing,)))
    assert english.title == "Uncertain prompts"
    assert french.title == "Prompts incertains"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "?view=table&lang=fr",
        "https://localhost:8501/Bias_tables?view=curves&metric=regard",
        "dimension=representation&view=groups&method=wanda&method=gptq&ratio=0.5&ratio=0.3",
        "benchmark=holistic_bias&reference=int8&flagged=all&quality=bbq",
        "view=items",
    ],
)
def test_the_canonical_address_of_a_view_is_that_view(cache, address):
    found = view(address)
    again = view(found.address)
    assert again.address == found.address
    assert again.rows.equals(found.rows)
    assert again.request._replace(source="") == found.request._replace(source="")


def test_an_address_means_its_rows(cache):
    found = view(
        "dimension=representation&benchmark=bbq&metric=acc_ambiguous&method=wanda&ratio=0.3&ratio=0.5"
    )
    assert set(found.rows["benchmark"].astype(str)) == {"bbq"}
    assert set(found.rows["metric"].astype(str)) == {"acc_ambiguous"}
    assert set(found.rows["method"].astype(str)) == {"none", "wanda"}
    assert found.request.ratios == (0.3, 0.5)
    assert len(found.rows) == len(about(tables.table(), found.request)) > 0


@pytest.mark.parametrize(
    "address", ["metric=zzz", "view=film", "ratio=x", "method=zzz", "dimension=x", "source=none"]
)
def test_an_address_of_what_is_not_there_is_refused(cache, address):
    with pytest.raises(NoSuchRows) as refused:
        view(address)
    assert refused.value.fix


def test_a_part_is_blurred_when_a_person_says_so():
    part = Part("comparison", "aa00", "“The nurse”")
    report = Report("talk", "A talk", parts=(part,)).changed(part.place, blur=True)
    assert report.parts[0].blur
    assert Report.from_document(report.document()) == report
    assert not report.changed(part.place, blur=False).parts[0].blur
    with pytest.raises(BadReport, match="yes or no"):
        Report.from_document(
            {**report.document(), "parts": [{**part.document(), "blur": "please"}]}
        )


def test_what_is_blurred_is_sensitive_and_quotes_no_prompt_in_its_title(cache):
    reports.keep(cache)
    part = Part("comparison", reports.KEYS["comparison"])
    shown, blurred = section(part), section(replace(part, blur=True))
    assert "Il était une fois" in shown.title
    assert not shown.sensitive
    assert "Il était une fois" not in blurred.title
    assert blurred.sensitive
    assert blurred.texts == shown.texts
    assert all(one.sensitive for one in blurred.figures)
    assert all(one.sensitive == one.folded for one in blurred.tables)
    assert not any(one.sensitive for one in (*shown.figures, *shown.tables))


def test_a_report_is_there_while_it_is_changed(cache):
    from threading import Thread

    shelf = Reports()
    shelf.save(Report("busy", "0"))

    def write():
        for number in range(60):
            shelf.save(Report("busy", str(number)))

    writer = Thread(target=write)
    writer.start()
    seen = []
    while writer.is_alive():
        seen.append((len(shelf.all()), shelf.load("busy") is not None))
    writer.join()
    assert set(seen) == {(1, True)}
