"""What stands in a stranger's run is what pages rely on, or the bundle is refused."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import reports
import reviews
from test_report_bundle import listed, zipped

from fairviz.analyses.review.reviews import Reviews
from fairviz.report.bundle import pack, unpack
from fairviz.report.checks import BadBundle, misshapen
from fairviz.report.record import Part, Report

RUN, READING, AUDIT, PROBE = (
    f"{folder}/{reports.KEYS[kind]}/"
    for folder, kind in (
        ("runs", "comparison"), ("readings", "reading"), ("audits", "audit"), ("probes", "probe"),
    )
)  # fmt: skip
REVIEW = "reviews/ten-pairs/review.json"
HALF = "\ud800"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files of a bundle of every kind of run, by path."""
    import zipfile

    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("from")
        patch.setenv("FAIRVIZ_CACHE", str(root))
        reports.keep(root)
        name = reviews.ten(Reviews(root)).name
        packed = pack(Report("nurses", "Nurses", "en", (*reports.parts(), Part("review", name))))
    with zipfile.ZipFile(io.BytesIO(packed.content)) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def put(content, place, value):
    """A JSON document with another value at a place."""
    document = json.loads(content)
    inside = document
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    return json.dumps(document).encode()


def test_the_untouched_bundle_opens(files, tmp_path):
    assert len(unpack(io.BytesIO(zipped(listed(files))), tmp_path / "new").placed) == 5


@pytest.mark.parametrize(
    ("name", "place", "value", "told"),
    [
        (f"{RUN}run.json", ("question", "prompt"), HALF, "half a character"),
        (f"{RUN}run.json", ("first_divergence",), -1, "first_divergence"),
        (f"{RUN}run.json", ("context",), "Il", "context"),
        (f"{RUN}run.json", ("question", "decoding", "seed"), "0", "decoding.*"),
        (f"{RUN}run.json", ("provenance", "baseline", "parameters"), [], "parameters"),
        (f"{RUN}run.json", ("provenance", "date"), "yesterday", "date"),
        (f"{READING}reading.json", ("provenance",), None, "reading.json.provenance"),
        (f"{READING}reading.json", ("read", "texts"), [], "cannot be read"),
        (f"{READING}reading.json", ("contexts",), [], "cannot be read"),
        (f"{READING}reading.json", ("contexts", 0, 0), {}, "contexts[0][0]"),
        (f"{AUDIT}audit.json", ("asked", "kind"), "other", "cannot be"),
        (f"{AUDIT}done.json", ("rows",), True, "rows"),
        (f"{PROBE}probe.json", ("asked", "source"), None, "source"),
        (f"{PROBE}probe.json", ("asked", "n"), 1 << 70, "asked.n"),
        (f"{PROBE}probe.json", ("warts",), [], "warts"),
        (REVIEW, ("items",), [], "cannot be read"),
        (REVIEW, ("items", 1, "id"), "1", "cannot be read"),
        (REVIEW, ("items", 0, "id"), [], "id"),
        (REVIEW, ("items", 0, "prompt"), None, "prompt"),
        (REVIEW, ("title",), HALF, "half a character"),
        (REVIEW, ("date",), "", "date"),
    ],
    ids=str,
)
def test_a_run_that_would_break_a_page_is_refused(files, tmp_path, name, place, value, told):
    changed = listed({**files, name: put(files[name], place, value)})
    with pytest.raises(BadBundle) as error:
        unpack(io.BytesIO(zipped(changed)), tmp_path / "new")
    assert told in error.value.message
    assert not (tmp_path / "new").exists()


def test_a_log_with_half_a_character_is_refused(files, tmp_path):
    name = next(name for name in files if name.endswith(".jsonl"))
    line = {"reviewer": HALF, "finished": True, "at": "2026-11-21"}
    changed = listed({**files, name: json.dumps(line).encode()})
    with pytest.raises(BadBundle, match="half a character"):
        unpack(io.BytesIO(zipped(changed)), tmp_path / "new")


@pytest.mark.parametrize("name", [f"{PROBE}items.parquet", f"{AUDIT}rows.parquet"])
def test_text_that_is_none_is_refused(files, tmp_path, name):
    table = pq.read_table(io.BytesIO(files[name]))
    raw = pa.array([b"\xff\xfe"] * len(table), pa.binary())
    bad = pa.Array.from_buffers(pa.string(), len(raw), raw.buffers())
    table = table.set_column(table.column_names.index("id"), "id", bad)
    out = io.BytesIO()
    pq.write_table(table, out)
    changed = listed({**files, name: out.getvalue()})
    with pytest.raises(BadBundle, match=r"column 'id', rows 1 to .*: a text is not UTF-8"):
        unpack(io.BytesIO(zipped(changed)), tmp_path / "new")


@pytest.mark.parametrize("column", ["baseline_entropy", "kl", "text"])
def test_a_table_of_other_columns_or_types_is_refused(files, tmp_path, column):
    name = f"{AUDIT}rows.parquet"
    table = pq.read_table(io.BytesIO(files[name]))
    other = pa.array([["<script>"]] * len(table))
    table = table.set_column(table.column_names.index(column), column, other)
    out = io.BytesIO()
    pq.write_table(table, out)
    changed = listed({**files, name: out.getvalue()})
    with pytest.raises(BadBundle, match="cannot be"):
        unpack(io.BytesIO(zipped(changed)), tmp_path / "new")


def test_a_shape_says_where_it_does_not_fit():
    asked = {"baseline": "a", "compressed": "b", "source": "s", "content": "c", "kind": "items"}
    assert misshapen({"asked": asked}, "audit.json") == "audit.json.asked.max_new_tokens"
    assert misshapen({"asked": {**asked, "max_new_tokens": 0}}, "audit.json") == ""
    assert misshapen([], "audit.json") == "audit.json"
    assert misshapen([], "other.json") == ""  # of other files nothing is known
