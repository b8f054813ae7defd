"""What `verify` says of reports and bundles, whole and changed."""

import io
import re
import zipfile

import pytest
import reports
from in_commands import fairviz

from fairviz.core.errors import Unreadable
from fairviz.report.bundle import pack
from fairviz.report.html.page import SEAL, page, seal_of
from fairviz.report.record import Part
from fairviz.report.runs import sections
from fairviz.report.verify import verify


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A report with a run of each kind, its bundle, and the cache they come from."""
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("cache")
        patch.setenv("FAIRVIZ_CACHE", str(root))
        reports.keep(root)
        report = reports.report().__class__(
            "nurses", "Nurses & <b>judges</b>", "fr", reports.parts()
        )
        yield page(report, sections(report)), pack(report).content, root


@pytest.fixture
def beside(files, monkeypatch):
    """Beside its runs, whose page is made once for all tests."""
    text, _bundle, root = files
    monkeypatch.setenv("FAIRVIZ_CACHE", str(root))
    monkeypatch.setattr("fairviz.report.verify.page", lambda *report, made: text)
    monkeypatch.setattr("fairviz.report.verify.runs.sections", lambda report, told: ())
    return text


def found(*given):
    return {True: [], False: [], None: []} | {
        holds: [one.words for one in checks if one.holds is holds]
        for checks in [list(verify(*given))]
        for holds in (True, False, None)
    }


def test_a_report_beside_its_runs_holds(files):
    text, bundle, _root = files
    told = found(text.encode(), bundle)
    assert told[False] == []
    # The probe of a test has numbers that nobody measured, so its bundle says so.
    assert len(told[None]) == 1
    numbers = [int(re.sub(r"\D", "", one.split(":")[-1]) or 0) for one in told[True]]
    assert max(numbers) > 500  # numbers of one item


def resealed(text):
    return SEAL.sub(lambda was: was[0].replace(was["seal"], seal_of(text)), text, count=1)


# A digit of a sentence, of a table's cell, of a figure's data.
PLACES = (
    r'(?<=<p class="found )[^<]*?(\d)',
    r"<td[^>]*>[^<]*?(\d)",
    r'<script type="application/json"[^>]*>\{"data":.*?(\d\.\d+)',
)


@pytest.mark.parametrize("place", PLACES)
def test_a_changed_digit_shows_and_one_that_is_sealed_anew_does_beside_its_runs(beside, place):
    text = beside
    digit = re.search(place, text[text.index("<main") :], re.S)
    at = text.index("<main") + digit.start(1)
    changed = text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]
    told = found(changed.encode())
    assert len(told[False]) >= 1  # the seal; and the item, where its run is here
    told = found(resealed(changed).encode())
    assert told[False], told
    assert len(told[True]) >= len(reports.KEYS)  # the others hold


# What a reader sees and no item's words hold.
FORGED = {
    "an item more": ('<section class="slide" id="limits"',
                     '<section class="item" id="item-9"><p>All is fair.</p></section>'),
    "a twin": ('<section class="item slide" id="item-1"',
               '<section class="item slide" id="item-1"><p>All is fair.</p></section>'),
    "style": ("</style>", '.found::after{content:"No difference."}'),
    "a field": ("</main>", '<input value="Nothing moved">'),
    "the cover": ("</header>", "<p>Approved.</p>"),
    "a frame": ("</main>", '<iframe srcdoc="Nothing moved"></iframe>'),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_what_is_added_and_sealed_anew_shows_beside_its_runs(beside, name):
    text = beside
    before, added = FORGED[name]
    at = text.index(before)
    assert found(resealed(text[:at] + added + text[at:]).encode())[False]
    hidden = text.replace('<p class="found ', '<p hidden class="found ', 1)
    assert found(resealed(hidden).encode())[False]


def test_a_report_of_fewer_runs_than_its_bundle_shows(files, monkeypatch):
    _text, bundle, root = files
    monkeypatch.setenv("FAIRVIZ_CACHE", str(root))
    whole = reports.report()
    fewer = whole.without(("audit", reports.KEYS["audit"]))
    told = found(page(fewer, sections(fewer)).encode(), bundle)
    assert len(told[False]) == 1


def test_words_of_an_author_are_told_as_such(files, monkeypatch):
    _text, _bundle, root = files
    monkeypatch.setenv("FAIRVIZ_CACHE", str(root))
    report = reports.report().with_part(Part("text", "note", note="KL is 0.00."))
    told = found(page(report, sections(report)).encode())
    assert told[False] == [] and len(told[None]) == 1


def test_what_would_take_for_ever_or_too_deep_is_told(beside):
    text = beside
    for bad in ("<a " * 20_000, '<script type="application/json" id="report">' * 6000):
        told = found(resealed(text.replace("</main>", f"{bad}</main>", 1)).encode())
        assert told[False]
    start = text.index('id="report">') + len('id="report">')
    deep = text[:start] + "[" * 200_000 + text[text.index("</script>", start) :]
    assert len(found(deep.encode())[False]) == 2


def test_a_bundle_with_a_changed_digit_is_not_whole(files):
    out, before = io.BytesIO(), zipfile.ZipFile(io.BytesIO(files[1]))
    with zipfile.ZipFile(out, "w") as after:
        for entry in before.infolist():
            content = before.read(entry)
            if entry.filename.startswith("runs/") and entry.filename.endswith(".json"):
                content = re.sub(rb"(?<=\d)(\d)(?=\D)", lambda one: b"%d" % (9 - int(one[1])),
                                 content, count=1)  # fmt: skip
            after.writestr(entry, content)
    assert out.getvalue() != files[1]
    told = found(out.getvalue())
    assert len(told[False]) == 1 and not told[True]


def test_an_older_report_and_a_stranger_s_file(files):
    old = re.sub(r'<script type="application/json" id="report">.*?</script>', "",
                 SEAL.sub("", files[0]), flags=re.S)  # fmt: skip
    assert len(found(old.encode())[False]) == 2  # this version seals all it writes
    older = re.sub('content="fairviz [^"]*"', 'content="fairviz 0.0.1"', old, count=1)
    told = found(older.encode())
    assert (told[True], told[False], len(told[None])) == ([], [], 2)
    for content in (b"", b"hello", b"\xff" * 100, b"<html><body>0 % flips"):
        with pytest.raises(Unreadable):
            list(verify(content))
    assert found(b"PK\x03\x04 no zip")[False]


def test_the_command_ends_with_3_where_something_does_not_hold(beside, files, tmp_path):
    text, root = beside, files[2]
    (good := tmp_path / "good.html").write_text(text, encoding="utf-8")
    (bad := tmp_path / "bad.html").write_text(text.replace("</main>", "1</main>"), encoding="utf-8")
    assert fairviz("verify", good, cache=root).returncode == 0
    done = fairviz("verify", bad, cache=root)
    assert done.returncode == 3
    assert done.stdout.startswith("NO")
    assert fairviz("verify", tmp_path / "none.html", cache=root).returncode == 2
