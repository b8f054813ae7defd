"""`compress` and `methods`: one model, a sweep that goes on, and what is refused."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fairviz.cli import main
from fairviz.compression.registry import METHODS, PRUNED, grid
from fairviz.core.specs import CompressionSpec, ModelSpec
from fairviz.models import shelf

ROOT = Path(__file__).resolve().parents[1]
TEXT = "La juge a dit qu'elle allait à la mer. The nurse said that he went home. " * 80


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["fairviz", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    return ended.value.code or 0, said.out, said.err


def test_one_model_is_made_and_told(checkpoints, tmp_path, monkeypatch, capsys):
    text = tmp_path / "text.txt"
    text.write_text(TEXT, encoding="utf-8")
    name = f"{checkpoints['bloom']}+wanda:2:4"
    settings = ("--calibration", text, "--samples", 4, "--length", 16)
    code, out, _ = run(monkeypatch, capsys, "compress", name, *settings)
    assert code == 0
    assert "50.0% of them zero" in out and "4 x 16 tokens of text.txt" in out
    (made,) = shelf.shelf()
    assert str(made.folder) in out
    code, out, _ = run(monkeypatch, capsys, "compress", name, *settings, "--json", "-")
    document = json.loads(out)
    assert document["key"] == made.key and document["calibration"]["name"] == "text.txt"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("demo",), "names no method"),
        (("demo+int8",), "while a model is loaded"),
        (("demo+wanda:2:3",), "does not say how much"),
        (("demo+drop:9",), "Drop at most 3"),
        (("demo+wanda:0.5", "--calibration", "nowhere.txt"), "cannot be read"),
        (("demo+wanda:0.5", "--samples", "4000"), "at most"),
        (("demo+wanda:0.5", "--sweep"), "is compressed"),
        (("demo", "--sweep", "--out", "x"), "many models"),
    ],
)
def test_what_cannot_be_made_is_one_line(monkeypatch, capsys, arguments, words, cache):
    code, _, err = run(monkeypatch, capsys, "compress", *arguments)
    assert code == 2
    assert words in err and err.count("\n") == 1
    assert not shelf.shelf()


def test_the_list_has_every_method(monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "methods")
    assert code == 0
    for method in METHODS.values():
        assert method.name == "none" or f"{method.name:<12} {method.title}" in out


def test_the_grid_is_that_of_the_studies():
    forms = [str(form) for form in grid()]
    pruning = [method.name for method in METHODS.values() if method.family == "pruning"]
    assert sorted(pruning) == ["gblm", "magnitude", "sparsegpt", "wanda"]
    assert [f for f in forms if f.split(":")[0] in pruning] == [
        f"{name}:{given}" for name in pruning for given in PRUNED
    ]
    assert {"int8", "nf4", "fp4", "gptq:4", "gptq:3", "gptq:8", "awq:4", "rtn:4", "rtn:8",
            "smoothquant:w8a8", "drop:1"} <= set(forms)  # fmt: skip
    assert len(forms) == len(set(forms)) == 43


def test_a_sweep_killed_halfway_goes_on_where_it_was(monkeypatch, capsys, cache):
    """The demo, three forms; the first process is killed while it makes the second."""
    forms = ("magnitude:0.5", "drop:1", "magnitude:2:4")
    code = (
        "import sys; from fairviz.cli import main;"
        "from fairviz.analyses.tradeoff import call, measure as tradeoff;"
        "from fairviz.core.specs import CompressionSpec as C;"
        f"tradeoff.DOCUMENTS = 10; call.grid = lambda: tuple(map(C.parse, {forms!r}));"
        "sys.argv = ['fairviz', 'compress', 'demo', '--sweep']; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "FAIRVIZ_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    last = time.monotonic() + 120
    while not list(cache.glob("tradeoff/*.json")) and time.monotonic() < last:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = {path: path.stat().st_mtime_ns for path in cache.glob("compressed/*/made.json")}
    assert 1 <= len(before) < 3
    from fairviz.analyses.tradeoff import call
    from fairviz.analyses.tradeoff import measure as tradeoff

    monkeypatch.setattr(tradeoff, "DOCUMENTS", 10)
    monkeypatch.setattr(call, "grid", lambda: tuple(map(CompressionSpec.parse, forms)))
    code, out, err = run(monkeypatch, capsys, "compress", "demo", "--sweep")
    assert code == 0
    after = {path: path.stat().st_mtime_ns for path in cache.glob("compressed/*/made.json")}
    assert before.items() <= after.items() and len(after) == 3
    assert "tokens of fairviz's toy grammar (" in out
    assert all(f"demo+{form} " in out for form in forms)
    # It is kept, and a report is made of it by its key.
    (key,) = (line.split()[2].rstrip(";") for line in err.splitlines() if "stored as" in line)
    code, _, _ = run(monkeypatch, capsys, "report", key, "--out", str(cache / "report.html"))
    report = (cache / "report.html").read_text()
    assert code == 0 and "demo+drop:1" in report and "moves the model least" in report
    assert {point.name for point in tradeoff.measured(ModelSpec("demo"))} == {
        f"demo+{form}" for form in forms
    }
    # Nothing half-made is left.
    assert not [
        path for path in (cache / "compressed").glob(".*") if not path.name.endswith(".lock")
    ]
    # What a model cannot take is told and left out.
    refusing = (CompressionSpec.parse("drop:3"), CompressionSpec.parse("drop:7"))
    monkeypatch.setattr(call, "grid", lambda: refusing)
    code, out, err = run(monkeypatch, capsys, "compress", "demo", "--sweep", "--json", "-")
    assert code == 0 and "not made: drop:7" in err
    document = json.loads(out)
    assert [point["name"] for point in document["points"]] == ["demo+drop:3"]
    assert list(document["refused"]) == ["drop:7"] and f"stored as {document['key']};" in err
