"""The check for a machine with a GPU, run here on the CPU with its tiny model."""

import json

import pytest
import torch

from bench import gpu_carry, gpu_check
from bench.gpu import methods, numbers
from bench.gpu.lines import DIFFERS, OK, SKIPPED, Line, Report, Section, within
from bench.gpu.pairs import tiny
from fairviz.inference import paired_decoding, scoring
from fairviz.metrics import fused


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return gpu_check.check("cpu", [], tmp_path_factory.mktemp("check"))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return tiny(tmp_path_factory.mktemp("models") / "tiny")


def everything(_left):
    raise RuntimeError("a GPU that\nis gone")


def verdicts(section):
    """Of a section run by itself."""
    return {line.verdict for line in section.lines(lambda: 100.0)}


def test_every_section_reports_and_nothing_differs(report):
    assert list(report.lines) == [
        "reduction",
        "scoring, tiny",
        "decoding, tiny",
        "bandwidth",
        "speed of decoding, tiny",
        "methods, tiny",
        "a pair in turn",
    ]
    assert all(OK in {line.verdict for line in lines} for lines in report.lines.values())
    assert [
        line for lines in report.lines.values() for line in lines if line.verdict == DIFFERS
    ] == []
    assert not report.differs


def test_what_is_skipped_says_why(report):
    skipped = {
        line.what: line.why
        for lines in report.lines.values()
        for line in lines
        if line.verdict == SKIPPED
    }
    assert skipped["7B-shaped pair"] == "no GPU"
    assert all(skipped.values())


def test_every_method_is_made_and_read(report):
    found = [line.what.split(",")[0] for line in report.lines["methods, tiny"]]
    assert found == methods.forms()
    assert {line.verdict for line in report.lines["methods, tiny"]} == {OK}


def test_both_files_hold_every_line(report):
    document = json.loads((report.folder / "gpu-check.json").read_text())
    assert document["lines"] == {
        name: [line._asdict() for line in lines] for name, lines in report.lines.items()
    }
    assert set(document["seconds"]) == set(report.lines)
    table = (report.folder / "gpu-check.md").read_text(encoding="utf-8").splitlines()
    rows = [row for row in table if row.startswith("| ")]
    assert len(rows) == 1 + sum(map(len, report.lines.values()))
    assert {row.count("|") - row.count("\\|") for row in rows} == {6}
    assert rows[1].startswith("| reduction (")


def wrong(reduce):
    """KL a hundredth too large."""

    def reduced(*arguments):
        found = reduce(*arguments)
        return found._replace(kl=found.kl * 1.01)

    return reduced


def test_a_wrong_reduction_differs(monkeypatch):
    section = numbers.reduction("cpu")
    monkeypatch.setattr(fused, "reduce", wrong(fused.reduce))
    assert DIFFERS in verdicts(section)


def test_a_wrong_reduction_differs_in_a_text_too(monkeypatch, checkpoint):
    section = numbers.reading(checkpoint, "cpu", "float32", 10)
    assert verdicts(section) == {OK}
    monkeypatch.setattr(scoring, "reduce", wrong(scoring.reduce))
    assert DIFFERS in verdicts(section)


def test_a_wrong_rank_differs(monkeypatch, checkpoint):
    reduce = scoring.reduce

    def reduced(*arguments):
        found = reduce(*arguments)
        return found._replace(baseline=found.baseline._replace(rank=found.baseline.rank + 1))

    monkeypatch.setattr(scoring, "reduce", reduced)
    section = numbers.reading(checkpoint, "cpu", "float32", 10)
    assert [line.verdict for line in section.lines(lambda: 100.0)] == [OK, OK, DIFFERS]


def test_a_token_that_is_not_the_best_differs(monkeypatch, checkpoint):
    def second(logits, *_rest):
        return logits.topk(2).indices[1]

    monkeypatch.setattr(paired_decoding, "chosen", second)
    assert DIFFERS in verdicts(numbers.writing(checkpoint, "cpu", 10))


def test_a_form_that_a_device_reads_otherwise_differs(monkeypatch, checkpoint, tmp_path):
    load, calls = methods.load, []

    def loaded(*arguments, **options):
        found = load(*arguments, **options)
        calls.append(found)
        if len(calls) == 2:  # after the baseline: the form, on the device
            found.model.get_output_embeddings().weight.data[5] += 0.1
        return found

    monkeypatch.setattr(methods, "load", loaded)
    monkeypatch.setattr(methods, "forms", lambda: ["magnitude:0.5", "drop:1"])
    section = methods.methods(checkpoint, "cpu", tmp_path, 10)
    assert [line.verdict for line in section.lines(lambda: 100.0)] == [DIFFERS, OK]


def test_what_would_run_over_is_left_out_and_said(tmp_path):
    report = Report({}, 5.0, tmp_path)
    report.run(Section("long", 60, everything))
    (line,) = report.lines["long"]
    assert line.verdict == SKIPPED
    assert line.why == "would run over: 5 s left, it may take 60 s"


def test_a_section_that_fails_differs_and_the_next_still_runs(tmp_path, monkeypatch, capsys):
    fine = Section("fine", 1, lambda _left: iter([within("x", 1.0, 2.0, "nats")]))
    monkeypatch.setattr(
        gpu_check, "sections", lambda *_arguments: [Section("broken", 1, everything), fine]
    )
    monkeypatch.setattr("sys.argv", ["gpu_check", "--device", "cpu", "--out", str(tmp_path)])
    assert gpu_check.main() == 1
    document = json.loads((tmp_path / "gpu-check.json").read_text())
    assert document["lines"]["broken"][0] == {
        "what": "the rest of it",
        "verdict": DIFFERS,
        "found": "RuntimeError",
        "why": "a GPU that is gone",
    }
    assert document["lines"]["fine"][0]["verdict"] == OK
    assert "Traceback" in capsys.readouterr().err


def test_no_number_is_within_no_limit():
    assert within("x", float("nan"), 1.0, "nats").verdict == DIFFERS
    assert within("x", 0.0, 0.0, "nats").verdict == OK


def test_a_folder_without_a_model_is_told(tmp_path):
    last = gpu_check.sections("cpu", [tmp_path / "nowhere"], tmp_path)[-1]
    (line,) = last.lines(lambda: 100.0)
    assert line == Line("all of it", SKIPPED, why=f"{tmp_path / 'nowhere'} holds no model")


def test_a_rank_may_be_any_that_near_logits_allow():
    from types import SimpleNamespace

    from bench.gpu import plain

    logits = torch.tensor([[2.0, 1.0, 1.0 + 1e-5, 0.0]])
    expected = plain.of_logits(logits, logits, torch.tensor([1]))

    def misranked(rank):
        side = SimpleNamespace(rank=torch.tensor([rank]))
        return plain.misranked(SimpleNamespace(baseline=side, compressed=side), expected, 1e-3)

    # Second or third: the third logit is within 1e-3 of the target's.
    assert [misranked(rank) for rank in (1, 2, 3, 4)] == [2, 0, 0, 2]


def test_what_a_machine_has_is_not_carried():
    every = gpu_carry.wanted(())
    assert "bitsandbytes" in every["int8, nf4 and fp4"][0]
    lacks = gpu_carry.wanted(["Pydantic_Core", "bitsandbytes"])
    assert lacks["int8, nf4 and fp4"] == []
    assert sum(map(len, every.values())) - sum(map(len, lacks.values())) == 2


def test_a_group_that_does_not_fit_is_left_out_whole(tmp_path, monkeypatch):
    def download(names, folder, _python):
        for name in names:
            (folder / f"{name}.whl").write_bytes(bytes(10))

    monkeypatch.setattr(gpu_carry, "_download", download)
    monkeypatch.setattr(
        gpu_carry, "wanted", lambda _there: {"a": ["one"], "b": ["two", "three"], "c": ["four"]}
    )
    told = gpu_carry.carry(tmp_path / "wheels", (), "3.12", most=25)
    assert sorted(path.name for path in (tmp_path / "wheels").iterdir()) == ["four.whl", "one.whl"]
    assert "LEFT OUT" in told[1]
    assert "carried" in told[0]
