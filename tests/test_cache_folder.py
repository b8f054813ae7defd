"""The cache folder: what lies in it, what holds it, its limit, and what a person may delete."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest
from in_commands import fairviz

from fairviz.analyses.registry import ANALYSES
from fairviz.core.errors import BadSpec
from fairviz.core.sizes import size_in, size_in_words
from fairviz.report.cache_folder import CannotPrune, contents, prune

ROOT = Path(__file__).resolve().parents[1]
DAY = 86_400.0
NOW = time.time()


def laid(root, place, size=1000, days=0.0):
    """A file of `size` bytes that was last written `days` ago, as its folder was."""
    path = root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    for one in (path, path.parent):
        os.utime(one, (NOW - days * DAY,) * 2)


@pytest.fixture
def full(tmp_path):
    """Of every kind one; a1 stands in a report, b2 in a review, the others in none."""
    laid(tmp_path, "runs/a1/run.json", 1000, 40)
    laid(tmp_path, "probes/b2/probe.json", 2000, 50)
    laid(tmp_path, "readings/c3/reading.json", 3000, 60)
    laid(tmp_path, "compressed/d4/weights.bin", 4000, 10)
    laid(tmp_path, "tradeoff/e5.json", 500, 70)
    laid(tmp_path, "audits/f6/part-00000.parquet", 600, 80)
    laid(tmp_path, "benchmarks/mine/source.json", 700, 90)
    laid(tmp_path, "runs/damaged/g7-x/reason.txt", 70, 85)
    laid(tmp_path, "runs/.h8.1.x/run.json", 9999, 90)
    part = {"kind": "comparison", "key": "a1"}
    (tmp_path / "reports/nurses").mkdir(parents=True)
    (tmp_path / "reports/nurses/report.json").write_text(json.dumps({"schema": 99, "x": [part]}))
    (tmp_path / "reviews/blind").mkdir(parents=True)
    (tmp_path / "reviews/blind/review.json").write_text('{"items": [{"source": {"key": "b2"}')
    return tmp_path


def keys(entries):
    return [entry.key for entry in entries]


def test_all_is_listed_oldest_first_with_what_holds_it(full):
    found = contents(full)
    held = {entry.key: (entry.kind, entry.bytes, entry.held_by) for entry in found.entries}
    assert keys(found.entries)[:5] == ["mine", "g7-x", "f6", "e5", "c3"]
    assert held["a1"] == ("comparison", 1000, ("report nurses",))
    assert held["b2"] == (
        "probe",
        2000,
        ("review blind",),
    )  # its file is cut off: held all the same
    assert (held["mine"][0], held["g7-x"][0], held["d4"]) == (
        "tables",
        "damaged",
        ("model", 4000, ()),
    )
    assert found.bytes == sum(entry.bytes for entry in found.entries)
    assert 11_870 < found.bytes < 12_500  # what is only being written (9,999 bytes) is not in it


def test_what_is_held_or_was_made_by_people_never_goes(full):
    assert keys(contents(full).prunable()) == ["f6", "e5", "c3", "d4"]
    assert keys(contents(full).prunable(older_than=30 * DAY, kinds=["reading", "model"])) == ["c3"]
    before = {path for path in full.rglob("*") if path.is_file()}
    assert prune(contents(full).entries[2:5]) == 600 + 500 + 3000
    assert not list(full.rglob("*.part"))
    gone = {path.relative_to(full).parts[1] for path in before if not path.exists()}
    assert gone == {"f6", "e5.json", "c3"}


def test_an_audit_that_is_being_made_stays(full):
    laid(full, "audits/f6/part-00001.parquet", 600)
    assert "f6" not in keys(contents(full).prunable())


def test_the_limit_takes_the_oldest_until_it_is_kept(full):
    total = contents(full).bytes
    # 600 of f6 are not enough by one byte, with 500 of e5 they are.
    found = contents(full, limit=total - 601)
    assert (found.excess, keys(found.prunable(to_limit=True))) == (601, ["f6", "e5"])
    assert contents(full, limit=total).prunable(to_limit=True) == []


def test_what_changed_or_was_reported_since_it_was_listed_stays(full):
    chosen = contents(full).prunable()
    laid(full, "readings/c3/reading.json", 3000, 1)
    (full / "reports/nurses/report.json").write_text('{"parts": [{"key": "d4"}]}')
    assert prune(chosen) == 600 + 500
    assert (full / "readings/c3/reading.json").exists()
    assert (full / "compressed/d4/weights.bin").exists()


def test_a_report_that_cannot_be_read_holds_everything(full, monkeypatch):
    (path := full / "reports/nurses/report.json").unlink()
    path.mkdir()  # to root every file is readable, a folder is not
    with pytest.raises(CannotPrune, match="nurses"):
        contents(full)


@pytest.mark.parametrize(
    "words, bytes_",
    [("5GB", 5 * 10**9), ("500 mb", 5 * 10**8), ("1.5k", 1500), ("7", 7), ("none", None)],
)
def test_sizes_as_people_write_them(words, bytes_):
    assert size_in(words, "--limit") == bytes_


@pytest.mark.parametrize("words", ["", "5 Go", "-1", "GB", "1e9"])
def test_what_is_no_size_is_named(words):
    with pytest.raises(BadSpec, match="--limit"):
        size_in(words, "--limit")


def test_sizes_are_written_with_three_digits():
    sizes = (0, 264, 20_118, 999_400, 999_600, 5 * 10**9, 1_234_567_890)
    said = ["0 kB", "0.264 kB", "20.1 kB", "999 kB", "1 MB", "5 GB", "1.23 GB"]
    assert [size_in_words(size) for size in sizes] == said


def test_the_command_lists_tells_and_deletes(full):
    listed = fairviz("cache", "list", "--json", "-", cache=full)
    assert {row["key"] for row in json.loads(listed.stdout)["entries"]} >= {"a1", "b2", "nurses"}
    told = fairviz("cache", "size", cache=full, FAIRVIZ_CACHE_LIMIT="1kB")
    assert "over the limit" in told.stdout
    assert fairviz("cache", "prune", cache=full).returncode == 2
    assert fairviz("cache", "prune", "--older-than", "1y", cache=full).returncode == 2
    asked = fairviz("cache", "prune", "--older-than", "30d", cache=full)
    assert (asked.returncode, "--yes" in asked.stderr) == (2, True)
    tried = fairviz("cache", "prune", "--keep-reported", "--dry-run", cache=full)
    assert "8.1 kB would be freed" in tried.stdout  # 600 + 500 + 3000 + 4000
    assert keys(contents(full).prunable()) == ["f6", "e5", "c3", "d4"]
    done = fairviz("cache", "prune", "--to-limit", "--limit", "1kB", "--yes", cache=full)
    assert "8.1 kB freed" in done.stdout and "held by reports" in done.stdout
    assert contents(full).prunable() == []


def test_a_command_that_stores_says_when_the_cache_is_over_its_limit(full):
    done = fairviz("review", "result", "x", cache=full, FAIRVIZ_CACHE_LIMIT="1kB")
    assert done.returncode == 2 and "limit" not in done.stderr  # a failed command says one thing
    made = fairviz("review", "list", cache=full, FAIRVIZ_CACHE_LIMIT="1kB")
    assert "cache prune --to-limit" in made.stderr


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a clone: git says what it keeps")
def test_nothing_that_is_measured_in_a_clone_is_committed():
    kinds = [one.codec.folder for kind, one in ANALYSES.items() if kind != "tables"]
    made = [*kinds, "gguf", "compressed", "engine", "reports", "reviews", "null_models", ".lock"]
    asked = [f"cache/{one}" for one in (*made, "benchmarks/mine", "models/mine", "whatever")]
    git = ["git", "-c", "safe.directory=*", "-C", str(ROOT)]
    told = subprocess.run([*git, "check-ignore", *asked], capture_output=True, text=True)
    assert told.stdout.split() == asked
    # What ships is kept, and a container leaves out the same.
    kept = subprocess.run([*git, "ls-files", "-ci", "--exclude-standard"], capture_output=True)
    assert kept.stdout == b""
    one, other = ((ROOT / name).read_text("utf-8") for name in (".gitignore", ".dockerignore"))
    assert [line.rstrip("/") for line in one.splitlines() if "cache/" in line[:7]] == [
        line for line in other.splitlines() if "cache/" in line[:7]
    ]
