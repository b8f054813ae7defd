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
from fairviz.report.runs import sections
from fairviz.report.verify import verify


@pytest.fixture(scope="module", params=["en", "fr"])
def files(request, tmp_path_factory):
    """A report with a run of each kind, its bundle, and the cache they come from."""
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("cache")
        patch.setenv("FAIRVIZ_CACHE", str(root))
        reports.keep(root)
        report = reports.report().__class__(
            "nurses", "Nurses & <b>judges</b>", request.param, reports.parts()
        )
        yield page(report, sections(report)), pack(report).content, root


def found(*given):
    return {True: [], False: [], None: []} | {
        holds: [one.words for one in checks if one.holds is holds]
        for checks in [list(verify(*given))]
        for holds in (True, False, None)
    }


def test_a_report_beside_its_runs_holds(files):
    text, bundle, _root = files
    for given in ((text.encode(),), (text.encode(), bundle)):
        told = found(*given)
        assert told[False] == told[None] == []
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
def test_a_changed_digit_shows_and_one_that_is_sealed_anew_does_beside_its_runs(files, place):
    text, bundle, _root = files
    digit = re.search(place, text[text.index("<main") :], re.S)
    at = text.index("<main") + digit.start(1)
    changed = text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :]
    told = found(changed.encode())
    assert len(told[False]) >= 2  # the seal, and the item
    told = found(resealed(changed).encode(), bundle)
    assert told[False], told
    assert len(told[True]) >= len(reports.KEYS)  # the others hold


def test_what_is_added_shows(files):
    text, bundle, _root = files
    last = text.index('<section class="slide" id="limits"')
    more = '<section class="item" id="item-9"><p>All models are fair.</p></section>'
    told = found(resealed(text[:last] + more + text[last:]).encode(), bundle)
    assert len(told[False]) == 1


def test_without_its_runs_only_the_seal_is_told(files, monkeypatch, tmp_path):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))
    told = found(files[0].encode())
    assert (len(told[True]), told[False], len(told[None])) == (2, [], 4)  # tables ship with us


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
    told = found(old.encode())
    assert (told[True], told[False], len(told[None])) == ([], [], 2)
    for content in (b"", b"hello", b"\xff" * 100):
        with pytest.raises(Unreadable):
            list(verify(content))
    assert found(b"PK\x03\x04 no zip")[False]


def test_the_command_ends_with_3_where_something_does_not_hold(files, tmp_path):
    text, bundle, root = files
    (good := tmp_path / "good.html").write_text(text, encoding="utf-8")
    (bad := tmp_path / "bad.html").write_text(text.replace("</main>", "1</main>"), encoding="utf-8")
    (packed := tmp_path / "r.fairviz.zip").write_bytes(bundle)
    assert fairviz("verify", good, "--bundle", packed, cache=tmp_path).returncode == 0
    assert fairviz("verify", packed, cache=tmp_path).returncode == 0
    done = fairviz("verify", bad, cache=root)
    assert done.returncode == 3
    assert done.stdout.startswith("NO")
    assert fairviz("verify", tmp_path / "none.html", cache=root).returncode == 2
    assert not (tmp_path / "runs").exists()  # nothing of a bundle is kept
