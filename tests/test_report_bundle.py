"""Bundles: a report opens elsewhere as it was, and what is not as fairviz writes it is refused."""

import dataclasses
import hashlib
import io
import json
import stat
import struct
import zipfile
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import reports
import reviews

from fairviz.analyses.review.reviews import Reviews
from fairviz.analyses.store import Store
from fairviz.benchmarks import importers, store
from fairviz.core import parquet_file
from fairviz.core.errors import FairvizError
from fairviz.core.stored import CannotKeep
from fairviz.report import zip_reading
from fairviz.report.bundle import pack, unpack
from fairviz.report.checks import BadBundle
from fairviz.report.record import Part
from fairviz.report.runs import sections
from fairviz.report.shelf import Reports

RUN = f"runs/{reports.KEYS['comparison']}/run.json"
ROWS = f"audits/{reports.KEYS['audit']}/rows.parquet"


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """A bundle of every kind of run."""
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("from")
        patch.setenv("FAIRVIZ_CACHE", str(root))
        reports.keep(root)
        return pack(reports.report()).content


@pytest.fixture
def files(packed):
    """Its files, by path."""
    with zipfile.ZipFile(io.BytesIO(packed)) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    root = tmp_path / "cache"
    monkeypatch.setenv("FAIRVIZ_CACHE", str(root))
    return root


def zipped(files, **options):
    """Files as a zip; a value may be `(ZipInfo, bytes)`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as bundle:
        for name, content in files.items():
            entry = name
            if isinstance(content, tuple):
                entry, content = content
            bundle.writestr(entry, content)
    return out.getvalue()


def listed(files):
    """The same files under a manifest that agrees with them."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in files.items()
        if name != "manifest.json"
    }
    return {**files, "manifest.json": json.dumps(manifest).encode()}


def everything(folder):
    """Every file and folder below, with what it holds."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def refused(content, root):
    """The refusal of a bundle, by a cache that has runs and by one that is not there yet."""
    reports.keep(root)
    before = everything(root)
    with pytest.raises(BadBundle) as error:
        unpack(io.BytesIO(content), root)
    assert everything(root) == before
    absent = root.parent / "absent" / "cache"
    with pytest.raises(BadBundle):
        unpack(io.BytesIO(content), absent)
    assert not absent.parent.exists()
    assert error.value.fix
    return error.value.message


def test_a_report_opens_in_another_cache_as_it_was(packed, cache):
    seen = []
    opened = unpack(io.BytesIO(packed), cache, lambda done, total: seen.append((done, total)))
    assert len(opened.placed) == 4
    assert opened.kept == ("benchmarks/beyond_perplexity",)  # fairviz ships it
    assert not opened.other
    assert not opened.renamed
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert opened.report == Reports(cache).load("nurses") == reports.report()
    assert not any(one.facts.missing for one in sections(opened.report))
    assert Store(cache).load("comparison", reports.KEYS["comparison"]) is not None
    assert not [path for path in cache.iterdir() if path.name.startswith(".")]


def test_the_same_report_is_the_same_bytes(packed, cache):
    unpack(io.BytesIO(packed), cache)
    assert pack(Reports(cache).load("nurses")).content == packed


def test_opening_twice_changes_nothing(packed, cache):
    unpack(io.BytesIO(packed), cache)
    before = everything(cache)
    again = unpack(io.BytesIO(packed), cache)
    assert not again.placed
    assert len(again.kept) == 5
    assert not again.renamed
    assert everything(cache) == before


def test_a_run_that_is_here_with_other_content_is_kept_and_told(packed, cache):
    reports.keep(cache)
    path = cache / RUN
    path.write_text(path.read_text().replace("2026-11-21", "2020-01-01"))
    before = everything(cache)
    opened = unpack(io.BytesIO(packed), cache)
    assert opened.other == (f"runs/{reports.KEYS['comparison']}",)
    assert {name: one for name, one in everything(cache).items() if name in before} == before


def test_another_report_of_that_name_stays(packed, cache):
    mine = Reports(cache).begin("Nurses")
    opened = unpack(io.BytesIO(packed), cache)
    assert opened.renamed
    assert opened.report.name == "nurses-2"
    assert Reports(cache).load("nurses") == mine
    assert Reports(cache).load("nurses-2") == opened.report


def test_a_part_without_its_run_is_told_and_the_rest_is_packed(packed, cache):
    unpack(io.BytesIO(packed), cache)
    gone = Part("comparison", "abc123", "gone")
    made = pack(dataclasses.replace(reports.report(), name="more").with_part(gone))
    assert made.missing == (gone,)
    other = cache.parent / "third"
    assert unpack(io.BytesIO(made.content), other).report.parts[-1] == gone


def test_a_blind_review_goes_along_with_its_answers(cache):
    review = reviews.ten(Reviews(cache))
    part = Part("review", review.name)
    report = dataclasses.replace(Reports(cache).begin("Judged"), parts=(part,))
    content = pack(report).content
    other = cache.parent / "other"
    assert unpack(io.BytesIO(content), other).placed == (f"reviews/{review.name}",)
    assert Reviews(other).load(review.name) == Reviews(cache).load(review.name)
    assert len(Reviews(other).load(review.name).logs) == 2
    (section,) = sections(report)
    assert not section.facts.missing


def test_a_table_of_ones_own_goes_along(cache, monkeypatch):
    table = cache.parent / "own.csv"
    table.write_text(
        "benchmark,base_model,method,ratio,metric,level,value,n\n"
        "my_bench,tiny,none,0,my_metric,aggregate,0.5,100\n"
        "my_bench,tiny,wanda,0.5,my_metric,aggregate,0.25,100\n"
    )
    importers.published_or_own(table, "mine")
    from fairviz.analyses.tables.view import view

    asked = view("source=mine&dimension=other&view=table")
    part = Part("tables", asked.address)
    report = dataclasses.replace(Reports(cache).begin("Mine"), parts=(part,))
    content = pack(report).content
    other = cache.parent / "other"
    monkeypatch.setenv("FAIRVIZ_CACHE", str(other))
    assert unpack(io.BytesIO(content), other).placed == ("benchmarks/mine",)
    assert [source.name for source, _ in store.sources()] == ["mine", "beyond_perplexity"]
    assert view(part.key).rows["value"].tolist() == [0.5, 0.25]


CASES = []


def case(message):
    """Add a bad bundle, and what its refusal says."""

    def add(change):
        CASES.append(pytest.param(change, message, id=change.__name__))
        return change

    return add


@case("is no zip file")
def nothing(files):
    return b""


@case("is no zip file")
def no_zip(files):
    return b"<html>not here</html>" * 50


@case("cut off")
def truncated(files):
    content = zipped(files)
    return content[: len(content) // 2]


@case("cut off")
def without_its_last_byte(files):
    return zipped(files)[:-1]


@case("something was added")
def longer(files):
    return zipped(files) + b"more"


@case("no manifest")
def empty(files):
    return zipped({})


@case("no manifest")
def foreign(files):
    return zipped({"word/document.xml": b"<w/>"})


@case("manifest")
def no_manifest(files):
    return zipped({name: one for name, one in files.items() if name != "manifest.json"})


@case("schema 2")
def newer(files):
    manifest = {**json.loads(files["manifest.json"]), "schema": 2}
    return zipped({**files, "manifest.json": json.dumps(manifest).encode()})


@case("manifest")
def manifest_that_is_a_list(files):
    return zipped({**files, "manifest.json": b"[1]"})


@case("manifest")
def manifest_with_other_fields(files):
    return zipped({**files, "manifest.json": b'{"schema": 1, "report": "x", "files": {"a": 1}}'})


@case("manifest.json in the bundle is no JSON")
def manifest_that_is_no_json(files):
    return zipped({**files, "manifest.json": b"{"})


@case("nested too deep")
def manifest_that_is_deep(files):
    return zipped({**files, "manifest.json": b"[" * 200_000})


@case("not a path inside it")
def absolute(files):
    return zipped({**files, "/etc/passwd": b"x"})


@case("not a path inside it")
def upwards(files):
    return zipped({**files, "runs/../../away.json": b"x"})


@case("not a path inside it")
def dot(files):
    return zipped({**files, "./runs/x.json": b"x"})


@case("not a path inside it")
def backslash(files):
    content = zipped({**files, "runs+..+x.json": b"x"})
    return content.replace(b"runs+..+x.json", b"runs\\..\\x.json")


@case("not a path inside it")
def drive(files):
    return zipped({**files, "C:x.json": b"x"})


@case("not a path inside it")
def zero_byte(files):
    return zipped({**files, "runs/x.json+": b"x"}).replace(b"x.json+", b"x.json\0")


@case("not a path inside it")
def folder_entry(files):
    return zipped({**files, "runs/": b""})


@case("no readable name")
def name_that_is_no_text(files):
    return zipped({**files, "runs/++.json": b"x"}).replace(b"runs/++", b"runs/\xff\xfe")


@case("is a link")
def symlink(files):
    entry = zipfile.ZipInfo(RUN)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped({**files, RUN: (entry, b"/etc/passwd")})


@case("is a link or no plain file")
def device(files):
    entry = zipfile.ZipInfo(RUN)
    entry.external_attr = (stat.S_IFCHR | 0o777) << 16
    return zipped({**files, RUN: (entry, b"x")})


@case("twice")
@pytest.mark.filterwarnings("ignore:Duplicate name")
def duplicate(files):
    out = io.BytesIO(zipped(files))
    with zipfile.ZipFile(out, "a") as bundle, pytest.warns(UserWarning, match="Duplicate"):
        bundle.writestr(RUN, files[RUN])
    return out.getvalue()


@case("twice")
def duplicate_but_for_case(files):
    return zipped({**files, RUN.upper(): b"x"})


@case("does not list")
def unlisted(files):
    return zipped({**files, "runs/abc/run.json": b"{}"})


@case("lacks")
def lacking(files):
    return zipped({name: one for name, one in files.items() if name != ROWS})


@case("is no file of fairviz")
def unknown(files):
    return zipped(listed({**files, "runs/abc/run.sh": b"rm"}))


@case("is no file of fairviz")
def unknown_shelf(files):
    return zipped(listed({**files, "models/abc/model.json": b"{}"}))


@case("is no file of fairviz")
def another_report(files):
    return zipped(listed({**files, "reports/other/report.json": b"{}"}))


@case("is not what was put into the bundle")
def other_hash(files):
    return zipped({**files, RUN: files[RUN].replace(b"fois", b"fees")})


@case("is not what was put into the bundle")
def other_length(files):
    return zipped({**files, RUN: files[RUN] + b" "})


@case("is damaged")
def flipped_bytes(files):
    content = bytearray(zipped(files))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as bundle:
        entry = bundle.getinfo(ROWS)
    place = entry.header_offset + 30 + len(ROWS) + entry.compress_size - 3
    content[place] ^= 0xFF
    return bytes(content)


@case("is encrypted")
def encrypted(files):
    content = bytearray(zipped(files))
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(RUN.encode()))
    content[place + 8] |= 1
    return bytes(content)


@case("packed in a way")
def other_packing(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return out.getvalue()


@case("files, and at most")
def many_files(files):
    return zipped({**files, **{f"runs/{number}/run.json": b"" for number in range(2001)}})


@case("unpacked, and at most")
def bomb_that_says_so(files):
    return bomb(files, declared=1 << 30)


@case("is larger than")
def bomb_that_hides(files):
    return bomb(files, declared=1000)


def bomb(files, *, declared):
    """1 GB of zeros as a run's document, under a directory and a manifest that say `declared`."""
    pack_of = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros, size = bytes(1 << 20), 1 << 30
    packed = b"".join(pack_of.compress(zeros) for _ in range(size >> 20)) + pack_of.flush()
    assert len(packed) < 2 << 20
    crc = zlib.crc32(zeros)
    manifest = json.loads(files["manifest.json"])
    manifest["files"][RUN] = {"sha256": "0" * 64, "bytes": declared}
    content = zipped({**files, "manifest.json": json.dumps(manifest).encode(), RUN: b""})
    return replaced(content, RUN, packed, declared, crc)


def replaced(content, name, packed, declared, crc):
    """A zip whose empty entry `name` has these packed bytes."""
    with zipfile.ZipFile(io.BytesIO(content)) as bundle:
        entry = bundle.getinfo(name)
        end = bundle.start_dir
    start = entry.header_offset + 30 + len(name)
    old = entry.compress_size
    grown = len(packed) - old
    body, directory = bytearray(content[:end]), bytearray(content[end:])
    struct.pack_into("<3L", body, entry.header_offset + 14, crc, len(packed), declared)
    place = 0
    while directory[place : place + 4] == b"PK\x01\x02":
        lengths = struct.unpack_from("<3H", directory, place + 28)
        offset = struct.unpack_from("<L", directory, place + 42)[0]
        if offset == entry.header_offset:
            struct.pack_into("<3L", directory, place + 16, crc, len(packed), declared)
        elif offset > entry.header_offset:
            struct.pack_into("<L", directory, place + 42, offset + grown)
        place += 46 + sum(lengths)
    struct.pack_into("<L", directory, place + 16, end + grown)
    return bytes(body[:start]) + packed + bytes(body[start + old :]) + bytes(directory)


@case("overlap")
def overlapping(files):
    """Two names for the same bytes, as in a bomb of few bytes and many entries."""
    content = bytearray(zipped(files))
    places = [RUN, ROWS]
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as bundle:
        wide = bundle.getinfo(ROWS if bundle.getinfo(ROWS).header_offset == 0 else RUN)
        start = bundle.start_dir
    # The entry swallows the one behind it: its packed bytes run on over the next header.
    place = content.index(wide.filename.encode(), start) - 46
    struct.pack_into("<L", content, place + 20, wide.compress_size + 40)
    assert wide.filename in places
    return bytes(content)


@case("says two things")
def two_names(files):
    content = zipped(files)
    return content.replace(RUN.encode(), RUN.upper().encode(), 1)


@case("nested too deep")
def deep_json(files):
    return zipped(listed({**files, RUN: b"[" * 200_000}))


@case("is no JSON")
def no_json(files):
    return zipped(listed({**files, RUN: b'{"schema": 1'}))


@case("is no JSON")
def json_that_is_no_text(files):
    return zipped(listed({**files, RUN: b"\xff\xfe"}))


@case("cannot be read as a Parquet file")
def no_parquet(files):
    return zipped(listed({**files, ROWS: b"PAR1 not really PAR1"}))


@case("cannot be read as what it should be")
def parquet_of_other_columns(files):
    out = io.BytesIO()
    pq.write_table(pa.table({"a": [1]}), out)
    path = RUN.replace("run.json", "on_baseline.parquet")
    return zipped(listed({**files, path: out.getvalue()}))


@case("would take about 38,1")
def parquet_that_grows(files):
    """4 million rows that all point to one text of 10 KB: 40 GB in memory, kilobytes on disk."""
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 4_000_000, pa.int32()), ["x" * 10_000])
    out = io.BytesIO()
    pq.write_table(pa.table({"text": text}), out)
    assert len(out.getvalue()) < 1 << 20
    return zipped(listed({**files, ROWS: out.getvalue()}))


@case("newer fairviz")
def run_of_another_schema(files):
    run = {**json.loads(files[RUN]), "schema": 7}
    return zipped(listed({**files, RUN: json.dumps(run).encode()}))


@case("report in the bundle cannot be read")
def report_that_is_none(files):
    return zipped(listed({**files, "reports/nurses/report.json": b'{"schema": 1, "name": "x"}'}))


@case("which its report does not show")
def run_of_no_part(files):
    again = {name.replace("c0ffee", "c0ffee2"): one for name, one in files.items()}
    return zipped(listed({**again, **files}))


@pytest.mark.parametrize(("change", "message"), CASES)
def test_what_is_not_as_fairviz_writes_it_is_refused_and_nothing_is_touched(
    files, cache, change, message
):
    assert message in refused(change(files), cache)


def test_a_bundle_of_these_files_made_by_another_tool_opens(files, cache):
    assert unpack(io.BytesIO(zipped(files, compresslevel=1)), cache).report.name == "nurses"


def test_a_table_of_few_rows_that_hold_very_many_values_is_refused(files, cache, monkeypatch):
    """One row that holds two million zeros, which packs into kilobytes."""
    monkeypatch.setattr(parquet_file, "MOST_VALUES", 1_000_000)
    zeros = pa.repeat(pa.scalar(0, pa.int8()), 2_000_000)
    out = io.BytesIO()
    pq.write_table(pa.table({"text": pa.ListArray.from_arrays([0, len(zeros)], zeros)}), out)
    assert len(out.getvalue()) < 10_000
    content = zipped(listed({**files, ROWS: out.getvalue()}))
    assert "values: 2,000,000" in refused(content, cache)


def test_a_file_over_the_limit_is_not_even_read(files, cache, monkeypatch):
    monkeypatch.setattr(zip_reading, "MOST_BYTES", 1000)
    assert "at most" in refused(zipped(files), cache)


def test_every_cut_of_a_bundle_is_refused(files, cache):
    content = zipped({name: files[name] for name in files if not name.endswith(".parquet")})
    for end in range(0, len(content), max(1, len(content) // 60)):
        with pytest.raises(BadBundle):
            unpack(io.BytesIO(content[:end]), cache)
    assert not cache.exists()


def test_every_flipped_byte_is_refused_or_changes_nothing(packed, cache):
    """A bundle with one wrong byte is refused as advice; or the byte stands where none is read."""
    good = unpack(io.BytesIO(packed), cache / "good")
    for number, place in enumerate(range(0, len(packed), max(1, len(packed) // 40))):
        content = bytearray(packed)
        content[place] ^= 0x55
        root = cache / str(number)
        try:
            opened = unpack(io.BytesIO(bytes(content)), root)
        except FairvizError:
            assert not root.exists()
        else:
            assert opened.report == good.report


def test_a_full_disk_leaves_the_cache_as_it_was(packed, cache, monkeypatch):
    reports.keep(cache)
    (cache / RUN).unlink()
    (cache / RUN).parent.joinpath("on_baseline.parquet").unlink()
    (cache / RUN).parent.joinpath("on_compressed.parquet").unlink()
    (cache / RUN).parent.rmdir()
    before = everything(cache)

    def full(report, *args):
        raise OSError(28, "No space left on device")

    # Fails where the report is placed, when every run has its name already.
    monkeypatch.setattr(Reports, "free", full)
    with pytest.raises(CannotKeep, match="No space left"):
        unpack(io.BytesIO(packed), cache)
    assert everything(cache) == before


def test_a_cache_that_cannot_be_made_is_told(packed, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(CannotKeep):
        unpack(io.BytesIO(packed), tmp_path / "file" / "cache")


@pytest.mark.parametrize("trial", ["import os; os.abort()", "while True: pass"])
def test_a_table_that_ends_whoever_reads_it_is_refused(packed, cache, monkeypatch, trial):
    monkeypatch.setattr(parquet_file, "APART", True)
    monkeypatch.setattr(parquet_file, "_TRIAL", trial)
    monkeypatch.setattr(parquet_file, "_PATIENCE", 0.5)
    with pytest.raises(BadBundle, match="damaged"):
        unpack(io.BytesIO(packed), cache)
    assert not list(cache.glob("runs/*"))
