"""Two runs of lm-evaluation-harness as an audit, from files as it writes them."""

import hashlib
import json

import pytest

from fairviz.analyses.audit.harness import read
from fairviz.analyses.audit.summary import summary
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.runner import keep
from fairviz.analyses.store import Store
from fairviz.benchmarks.schema import BadTable
from fairviz.inference.outcomes import outcomes

DATE = "2026-11-21T03-33-53.334886"


def sha(words):
    return hashlib.sha256(words.encode()).hexdigest()


def sample(number, log_probs, target="0", acc=None, options=(" yes", " no", " maybe")):
    best = max(range(len(log_probs)), key=log_probs.__getitem__)
    acc = float(str(best) == target) if acc is None else acc
    context = f"Question {number}?"
    answers = [[str(one), "False"] for one in log_probs]
    return {
        "doc_id": number,
        "doc": {"question": context, "category": "sea" if number % 2 else "land"},
        "target": target,
        "arguments": {
            f"gen_args_{place}": {"arg_0": context, "arg_1": option}
            for place, option in enumerate(options)
        },
        "resps": [[one] for one in answers],
        "filtered_resps": answers,
        "filter": "none",
        "metrics": ["acc"],
        "doc_hash": sha(context),
        "prompt_hash": sha(context + "p"),
        "target_hash": sha(target),
        "acc": acc,
    }


def folder(path, samples, task="quiz"):
    path.mkdir(parents=True)
    results = {
        "results": {task: {"acc,none": sum(one["acc"] for one in samples) / len(samples)}},
        "configs": {task: {"output_type": "multiple_choice"}},
        "versions": {task: 1.0},
        "config": {"model": "hf", "model_args": {"pretrained": path.name}},
        "model_name": path.name,
    }
    (path / f"results_{DATE}.json").write_text(json.dumps(results))
    lines = "\n".join(json.dumps(one) for one in samples) + "\n"
    (path / f"samples_{task}_{DATE}.jsonl").write_text(lines)
    return path


@pytest.fixture
def runs(tmp_path):
    before = [sample(0, [-1, -2, -3]), sample(1, [-2, -1, -3], "1"), sample(2, [-1, -4, -4], "2")]
    after = [sample(0, [-2, -1, -3]), sample(1, [-2, -1, -3], "1"), sample(2, [-4, -4, -1], "2")]
    return folder(tmp_path / "base", before), folder(tmp_path / "comp", after)


def test_answers_and_flips_are_the_harnesss(runs):
    found = read(*runs)
    table = outcomes(found.table)
    assert found.request.source == "quiz"
    assert str(found.request.compressed) == "comp"
    assert table["context"].tolist() == [f"Question {number}?" for number in range(3)]
    assert table["options"][0] == [" yes", " no", " maybe"]
    assert table["right"].tolist() == [[0], [1], [2]]
    assert table["group"].tolist() == ["land", "sea", "land"]
    assert table["baseline_log_prob"][0] == [-1.0, -2.0, -3.0]
    assert table["baseline_correct"].tolist() == [1, 1, 0]
    assert table["compressed_correct"].tolist() == [0, 1, 1]
    said = summary(found).sentences[0]
    assert "accuracy stays at 66.67 %, and yet 2 of 3 answers changed" in said
    assert found.provenance["baseline"]["made_with"] == "lm_eval"


def test_where_right_is_the_tasks_own_affair_only_flips_are_counted(tmp_path):
    # The harness calls an answer right that is not the target: several wordings of one.
    before = [sample(0, [-1, -2, -3], "1", acc=1.0)]
    runs = [folder(tmp_path / name, before) for name in ("base", "comp")]
    found = read(*runs)
    assert found.table["right"].tolist() == [[]]
    assert found.provenance["compressed"]["acc_disagrees"] == 1
    shown = ANALYSES["audit"].present(found, {}, "text")
    assert any("1 question has no acc" in one for one in shown.not_allowed)


def test_a_log_probability_that_is_none_leaves_its_question_out(tmp_path):
    rows = [sample(0, [-1, -2, -3]), sample(1, [-1, float("-inf"), -3])]
    found = read(*(folder(tmp_path / name, rows) for name in ("base", "comp")))
    assert found.table["id"].tolist() == ["0"]
    assert found.left_out[0].which == "1"


def test_other_questions_are_refused_with_file_and_line(runs, tmp_path):
    other = folder(tmp_path / "other", [sample(0, [-1, -2, -3])])
    with pytest.raises(BadTable, match=r"line 2: .* has no doc_id 1"):
        read(runs[0], other)
    changed = sample(0, [-1, -2, -3])
    changed["prompt_hash"] = sha("another prompt")
    third = folder(tmp_path / "third", [changed, sample(1, [-1, -2, -3]), sample(2, [-1, -2, -3])])
    with pytest.raises(BadTable, match="another prompt_hash"):
        read(runs[0], third)


def test_a_task_is_named_where_there_are_several_or_none(runs, tmp_path):
    with pytest.raises(BadTable, match="'other' is not a task of both runs; both have quiz"):
        read(*runs, task="other")
    generation = sample(0, [-1, -2, -3])
    generation["filtered_resps"] = ["words"] * 3
    told = folder(tmp_path / "told", [generation])
    with pytest.raises(BadTable, match="line 1: the answers are no log-probabilities"):
        read(told, folder(tmp_path / "again", [generation]))


def test_what_was_read_is_kept_once_under_its_request(runs, tmp_path):
    store, found = Store(tmp_path), read(*runs)
    first, again = (keep("audit", found, store) for _ in range(2))
    assert first.key == again.key and (first.fresh, again.fresh) == (True, False)
    kept = store.load("audit", first.key)
    assert kept.request == found.request
    assert outcomes(kept.table)["js"].tolist() == outcomes(found.table)["js"].tolist()
    assert [run.key for run in store.recent("audit")] == [first.key]


def test_other_answers_under_the_same_names_are_another_run(tmp_path):
    base = [sample(number, [-1.0, -2.0, -3.0]) for number in range(12)]
    other = [sample(number, [-2.0, -1.0, -3.0]) for number in range(12)]
    store = Store(tmp_path / "cache")
    first = read(folder(tmp_path / "a" / "base", base), folder(tmp_path / "a" / "comp", base))
    second = read(folder(tmp_path / "b" / "base", base), folder(tmp_path / "b" / "comp", other))
    assert str(first.request.compressed) == str(second.request.compressed)
    same, flipped = keep("audit", first, store), keep("audit", second, store)
    assert same.key != flipped.key
    assert outcomes(store.load("audit", flipped.key).table)["flip"].all()
    assert not outcomes(store.load("audit", same.key).table)["flip"].any()
