"""`python -m fairviz report`: files written, bundles opened, mistakes answered in one line."""

import pytest
import reports

from fairviz import cli
from fairviz.report.shelf import Reports


@pytest.fixture
def cache(tmp_path, monkeypatch):
    root = tmp_path / "cache"
    monkeypatch.setenv("FAIRVIZ_CACHE", str(root))
    monkeypatch.chdir(tmp_path)
    reports.keep(root)
    return root


def run(monkeypatch, capsys, *arguments):
    """Exit code, stdout, stderr of a command."""
    monkeypatch.setattr("sys.argv", ["fairviz", "report", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    out = capsys.readouterr()
    return left.value.code or 0, out.out, out.err


def test_runs_of_all_kinds_become_one_file(cache, tmp_path, monkeypatch, capsys):
    keys = [*reports.KEYS.values(), f"tables:{reports.TABLES}"]
    code, out, _ = run(
        monkeypatch, capsys, *keys, "--out", "r.html", "--title", "Nurses", "--note", "**Read** me"
    )
    assert code == 0
    assert "r.html: 6 parts" in out  # with the note
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<strong>Read</strong>" in page
    assert "Il était une fois" in page
    assert not Reports().all()  # kept only under a name


def test_the_file_is_in_the_language_that_is_asked_for(cache, tmp_path, monkeypatch, capsys):
    run(monkeypatch, capsys, reports.KEYS["comparison"], "--out", "r.html", "--lang", "fr")
    assert '<html lang="fr">' in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_report_is_kept_under_a_name_and_grows(cache, monkeypatch, capsys):
    run(monkeypatch, capsys, reports.KEYS["audit"], "--name", "nurses", "--title", "Nurses")
    run(monkeypatch, capsys, reports.KEYS["probe"], reports.KEYS["audit"], "--name", "nurses")
    kept = Reports().load("nurses")
    assert [part.kind for part in kept.parts] == ["audit", "probe"]
    assert kept.title == "Nurses"


def test_a_bundle_goes_to_another_cache_and_back_into_a_file(cache, tmp_path, monkeypatch, capsys):
    keys = reports.KEYS["comparison"], reports.KEYS["probe"]
    code, out, _ = run(monkeypatch, capsys, *keys, "--bundle", "a.fairviz.zip", "--title", "A")
    assert code == 0
    assert "a.fairviz.zip: " in out
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path / "other"))
    code, out, err = run(monkeypatch, capsys, "--open", "a.fairviz.zip", "--out", "b.html")
    assert code == 0
    assert "2 runs opened" in out
    assert not err
    assert "Il était une fois" in (tmp_path / "b.html").read_text(encoding="utf-8")
    assert "2 here already" in run(monkeypatch, capsys, "--open", "a.fairviz.zip")[1]


def test_a_run_that_was_lost_is_told_and_has_its_place(cache, monkeypatch, capsys):
    run(monkeypatch, capsys, reports.KEYS["audit"], "--name", "nurses")
    for path in (cache / "audits" / reports.KEYS["audit"]).iterdir():
        path.unlink()
    code, _, err = run(monkeypatch, capsys, "--name", "nurses", "--out", "r.html")
    assert code == 0
    assert "not here: audit bank" in err
    assert "left out" in run(monkeypatch, capsys, "--name", "nurses", "--bundle", "n.zip")[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "r.html"], "No run is named"),
        (["nope", "--out", "r.html"], "has the key 'nope'"),
        (["../c0ffee", "--out", "r.html"], "has the key '../c0ffee'"),
        (["tables:metric=zzz", "--out", "r.html"], "no metric 'zzz'"),
        (["review:nope", "--out", "r.html"], "has the key 'review:nope'"),
        (["c0ffee", "--out", "r.html", "--lang", "de"], "--lang is 'de'"),
        (["c0ffee", "--name", "../x"], "cannot be the name"),
        (["--name", "none", "--out", "r.html"], "no report 'none'"),
        (["--open", "none.zip"], "none.zip cannot be read"),
        (["c0ffee", "--out", "no/folder/r.html"], "cannot be written"),
        (["c0ffee", "--name", "x", "--title", " "], "no title"),
    ],
    ids=str,
)
def test_a_mistake_is_one_line_with_the_way_out(
    cache, tmp_path, monkeypatch, capsys, arguments, message
):
    code, _, err = run(monkeypatch, capsys, *arguments)
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "r.html").exists()
    assert not Reports().all()


def test_a_bad_bundle_is_refused(cache, tmp_path, monkeypatch, capsys):
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04")
    code, _, err = run(monkeypatch, capsys, "--open", "bad.zip")
    assert code == 2
    assert "cut off" in err
