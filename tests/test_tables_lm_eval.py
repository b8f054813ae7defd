"""Pairs of lm-evaluation-harness runs: matched question by question, or refused with the line.

The folders are written here in the shape that lm-evaluation-harness 0.4.13 gave when it was run
with `--log_samples` on two small models.
"""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

from fairviz.benchmarks import items, lm_eval
from fairviz.benchmarks.items import paired
from fairviz.benchmarks.lm_eval import Compression
from fairviz.benchmarks.schema import NAMES, BadTable
from fairviz.core.errors import FairvizError

DATE = "2026-11-21T03-24-51.109678"
HASHES = ("doc_hash", "prompt_hash", "target_hash")


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def sample(doc_id, values, filter_="none", **doc):
    doc = {"question": f"Question {doc_id}?", **doc}
    return {
        "doc_id": doc_id,
        "doc": doc,
        "target": "0",
        "arguments": {"gen_args_0": {"arg_0": doc["question"], "arg_1": " yes"}},
        "resps": [[["-1.5", "False"]]],
        "filtered_resps": [["-1.5", "False"]],
        "filter": filter_,
        "metrics": list(values),
        "doc_hash": sha(json.dumps(doc)),
        "prompt_hash": sha(doc["question"]),
        "target_hash": sha("0"),
        **values,
    }


def run(folder, tasks, model="EleutherAI/pythia-14m", arguments=None, date=DATE, published=None):
    """Write what the harness would; `published` replaces means that are not means there."""
    place = folder / model.replace("/", "__")
    place.mkdir(parents=True, exist_ok=True)
    results = {}
    for task, samples in tasks.items():
        values = {}
        for one in samples:
            for metric in one["metrics"]:
                values.setdefault(f"{metric},{one['filter']}", []).append(one[metric])
        results[task] = {"alias": task, "sample_len": len(samples)} | {
            name: sum(numbers) / len(numbers)
            for name, numbers in values.items()
            if all(isinstance(number, int | float) for number in numbers)
        }
        results[task] |= {"acc_stderr,none": "N/A", **(published or {}).get(task, {})}
        text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in samples)
        (place / f"samples_{task}_{date}.jsonl").write_text(text, encoding="utf-8")
    document = {
        "results": results,
        "configs": {
            task: {
                "task": task,
                "output_type": "multiple_choice",
                "metric_list": [
                    {"metric": "acc", "aggregation": "mean"},
                    {"metric": "perplexity", "aggregation": "perplexity"},
                ],
            }
            for task in tasks
        },
        "versions": dict.fromkeys(tasks, 1.0),
        "higher_is_better": {
            task: {"acc": True, "pct_stereotype": False, "likelihood_diff": False} for task in tasks
        },
        "config": {"model": "hf", "model_args": arguments or {"pretrained": model}},
        "task_hashes": {
            task: sha("".join(one[name] for one in samples for name in HASHES))
            for task, samples in tasks.items()
        },
        "model_name": model,
    }
    (place / f"results_{date}.json").write_text(json.dumps(document, indent=2), encoding="utf-8")
    return place


def accuracies(outcomes, **doc):
    return [sample(doc_id, {"acc": value}, **doc) for doc_id, value in enumerate(outcomes)]


@pytest.fixture
def two(tmp_path):
    """Two folders of the task `quiz`: 1 1 1 0 under the baseline, 1 0 0 1 compressed."""
    run(tmp_path / "base", {"quiz": accuracies([1.0, 1.0, 1.0, 0.0])})
    run(tmp_path / "comp", {"quiz": accuracies([1.0, 0.0, 0.0, 1.0])}, model="me/pythia-14m-gptq")
    return tmp_path / "comp", tmp_path / "base"


def samples_file(folder, task="quiz"):
    return next(folder.glob(f"**/samples_{task}_*.jsonl"))


def refused(compressed, baseline, **told):
    with pytest.raises(FairvizError) as caught:
        lm_eval.read(compressed, baseline, Compression(**({"method": "gptq"} | told)))
    assert caught.value.fix
    return caught.value.message


def one_row(rows, **what):
    for column, value in what.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def test_two_runs_become_means_with_intervals_and_items(two):
    rows, found = lm_eval.read(*two, Compression(method="gptq", bits=4))
    assert tuple(rows.columns) == NAMES
    assert len(rows) == 2
    before, after = one_row(rows, method="none"), one_row(rows, method="gptq")
    # 3 of 4 and 2 of 4 are right.
    assert (before["value"], before["n"], before["ratio"]) == (0.75, 4, 0.0)
    assert (after["value"], after["n"], after["ratio"], after["bits"]) == (0.5, 4, 0.75, 4)
    # Wilson at 2 of 4: z = 1.96, z^2 = 3.8415; centre (2 + z^2/2) / (4 + z^2) = 0.5, half width
    # z / (4 + z^2) * sqrt(2 * 2 / 4 + z^2 / 4) = 1.96 / 7.8415 * 1.40005 = 0.34995.
    np.testing.assert_allclose([after["low"], after["high"]], [0.15004, 0.84996], atol=2e-5)
    assert before["benchmark"] == "quiz"
    assert before["base_model"] == after["base_model"] == "pythia-14m"
    assert after["raw_base_model"] == "me/pythia-14m-gptq"
    assert (before["level"], before["unit"], before["worse"]) == ("aggregate", "share", "lower")
    assert after["file"] == samples_file(two[0]).name
    assert found["doc_id"].tolist() == [0, 1, 2, 3]
    assert found["baseline"].tolist() == [1, 1, 1, 0]
    assert found["compressed"].tolist() == [1, 0, 0, 1]
    flips = paired(found).iloc[0]
    # Questions 1 and 2 are lost, 3 is gained, 0 is right under both.
    assert flips[["n", "lost", "gained"]].tolist() == [4, 2, 1]


def test_the_order_of_lines_does_not_matter(two, tmp_path):
    run(tmp_path / "comp", {"quiz": accuracies([1.0, 0.0, 0.0, 1.0])[::-1]}, "me/pythia-14m-gptq")
    found = lm_eval.read(*two, Compression(method="gptq")).items
    assert found["compressed"].tolist() == [1, 0, 0, 1]


def test_a_model_folder_may_be_named_itself(two):
    inner = tuple(samples_file(folder).parent for folder in two)
    pd.testing.assert_frame_equal(
        lm_eval.read(*inner, Compression(method="gptq")).rows,
        lm_eval.read(*two, Compression(method="gptq")).rows,
    )


def test_crows_pairs_has_one_row_per_attribute(tmp_path):
    def pairs(first, second):
        return [
            sample(0, {"likelihood_diff": first, "pct_stereotype": 1.0}, bias_type="race-color"),
            sample(1, {"likelihood_diff": second, "pct_stereotype": 0.0}, bias_type="age"),
            sample(2, {"likelihood_diff": 4.0, "pct_stereotype": 1.0}, bias_type="age"),
        ]

    run(tmp_path / "base", {"crows_pairs_english": pairs(1.0, 2.0)})
    run(tmp_path / "comp", {"crows_pairs_english": pairs(0.5, 6.0)})
    rows = lm_eval.read(
        tmp_path / "comp", tmp_path / "base", Compression(method="wanda", ratio=0.5)
    ).rows
    wanda = rows[rows["method"] == "wanda"]
    age = one_row(wanda, metric="likelihood_diff", axis="age")
    # (6 + 4) / 2; no interval for a number that is no share.
    assert (age["value"], age["n"], age["level"]) == (5.0, 2, "axis")
    assert np.isnan(age["low"]) and age["unit"] == "" and age["worse"] == "higher"
    stereotype = one_row(wanda, metric="pct_stereotype", axis="")
    assert stereotype["value"] == pytest.approx(2 / 3)
    assert stereotype["worse"] == "higher" and stereotype["dimension"] == "representation"
    assert set(rows["axis"].astype(str)) == {"", "age", "race_color"}
    assert (age["ratio"], age["structure"]) == (0.5, "")


def test_bbq_is_split_by_whether_the_text_says_who(tmp_path):
    conditions = ["ambig", "disambig", "ambig", "disambig"]

    def answers(outcomes):
        return [
            sample(
                n, {"acc": value, "accuracy_amb": [value, 0]}, category="Age", context_condition=c
            )
            for n, (value, c) in enumerate(zip(outcomes, conditions, strict=True))
        ]

    run(tmp_path / "base", {"bbq": answers([1.0, 1.0, 0.0, 1.0])})
    run(tmp_path / "comp", {"bbq": answers([0.0, 1.0, 0.0, 0.0])})
    rows, found = lm_eval.read(tmp_path / "comp", tmp_path / "base", Compression(method="int8"))
    shown = {
        (row["method"], row["metric"]): row["value"]
        for _, row in rows[rows["axis"] == "age"].iterrows()
    }
    assert shown == {
        ("none", "acc"): 0.75,
        ("none", "acc_ambiguous"): 0.5,
        ("none", "acc_disambiguated"): 1.0,
        ("int8", "acc"): 0.25,
        ("int8", "acc_ambiguous"): 0.0,
        ("int8", "acc_disambiguated"): 0.5,
    }
    # [outcome, condition] is no number of one question.
    assert "accuracy_amb" not in set(found["metric"])
    assert len(found) == 8


def test_filters_are_metrics_of_their_own(tmp_path):
    def answers(strict, loose):
        return [
            sample(n, {"exact_match": value}, filter_=name)
            for name, values in (("strict-match", strict), ("flexible", loose))
            for n, value in enumerate(values)
        ]

    run(tmp_path / "base", {"gsm8k": answers([0, 1], [1, 1])})
    run(tmp_path / "comp", {"gsm8k": answers([0, 0], [1, 0])})
    found = lm_eval.read(tmp_path / "comp", tmp_path / "base", Compression(method="int8")).items
    lost = paired(found).set_index("metric")["lost"]
    assert lost.to_dict() == {"exact_match,strict-match": 1, "exact_match,flexible": 1}


def test_a_number_that_is_no_mean_over_questions_is_not_imported(tmp_path):
    def scored(log_p):
        return [sample(n, {"perplexity": value, "acc": 1}) for n, value in enumerate(log_p)]

    for name, log_p in (("base", [-1.0, -3.0]), ("comp", [-2.0, -4.0])):
        # The harness publishes exp(2) and exp(3), the samples are log-probabilities.
        published = {"lambada": {"perplexity,none": float(np.exp(-np.mean(log_p)))}}
        run(tmp_path / name, {"lambada": scored(log_p)}, published=published)
    rows, found = lm_eval.read(tmp_path / "comp", tmp_path / "base", Compression(method="int8"))
    assert set(rows["metric"].astype(str)) == set(found["metric"]) == {"acc"}


def test_a_task_without_any_such_metric_is_refused(tmp_path):
    for name in ("base", "comp"):
        run(tmp_path / name, {"wikitext": [sample(0, {"word_perplexity": [-9.5, 4]})]})
    assert "No task of" in refused(tmp_path / "comp", tmp_path / "base")


def test_what_is_not_finite_is_left_out_on_both_sides_and_flagged(tmp_path):
    run(tmp_path / "base", {"quiz": accuracies([1.0, 0.0, 1.0])})
    run(tmp_path / "comp", {"quiz": accuracies([1.0, float("nan"), 0.0])})
    rows, found = lm_eval.read(tmp_path / "comp", tmp_path / "base", Compression(method="int8"))
    assert found["doc_id"].tolist() == [0, 2]
    assert rows["value"].tolist() == [1.0, 0.5]
    assert rows["n"].tolist() == [2, 2]
    assert rows["flags"].tolist() == ["left_out", "left_out"]


def test_runs_of_differently_loaded_models_in_one_folder_are_refused(tmp_path):
    run(tmp_path / "base", {"quiz": accuracies([1.0])})
    run(tmp_path / "comp", {"quiz": accuracies([1.0])})
    loaded = {"pretrained": "EleutherAI/pythia-14m", "load_in_8bit": True}
    N_ = {"arguments": loaded, "date": "2026-11-22T03-24-51"}
    run(tmp_path / "comp", {"exam": accuracies([1.0])}, **N_)
    assert "differently loaded models" in refused(tmp_path / "comp", tmp_path / "base")


def test_a_folder_may_have_several_runs_of_different_tasks(tmp_path):
    N_ = "2026-11-22T03-24-51"
    for name in ("base", "comp"):
        run(tmp_path / name, {"quiz": accuracies([1.0])})
        run(tmp_path / name, {"exam": accuracies([0.0])}, date=N_)
    found = lm_eval.read(tmp_path / "comp", tmp_path / "base", Compression(method="int8")).items
    assert set(found["task"]) == {"quiz", "exam"}
    run(tmp_path / "comp", {"quiz": accuracies([0.0])}, date=N_)
    assert "two runs of quiz" in refused(tmp_path / "comp", tmp_path / "base")


@pytest.mark.parametrize(
    ("arguments", "method", "bits"),
    [
        ({"pretrained": "a/b", "load_in_8bit": True}, "int8", 8),
        ({"pretrained": "a/b", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}, "nf4", 4),
        # As older versions wrote them.
        ("pretrained=a/b,load_in_8bit=True", "int8", 8),
    ],
)
def test_the_method_is_read_from_the_arguments(tmp_path, arguments, method, bits):
    run(tmp_path / "base", {"quiz": accuracies([1.0])}, model="a/b")
    run(tmp_path / "comp", {"quiz": accuracies([1.0])}, model="a/b", arguments=arguments)
    rows = lm_eval.read(tmp_path / "comp", tmp_path / "base").rows
    after = one_row(rows, method=method)
    assert (after["bits"], after["ratio"], after["structure"]) == (bits, 1 - bits / 16, "none")
    assert one_row(rows, method="none")["base_model"] == "b"


def test_a_method_that_nobody_says_is_asked_for(two):
    assert "is not in its run's arguments" in refused(*two, method="")
    assert "is not in its run's arguments" in refused(*two, method="none")


@pytest.mark.parametrize("told", [{"bits": 32}, {"ratio": 50.0}, {"structure": "1:2"}])
def test_what_is_told_is_checked(two, told):
    assert str(next(iter(told.values()))).removesuffix(".0") in refused(*two, **told)


def test_another_question_under_the_same_number_is_named(two):
    file = samples_file(two[0])
    for number, name in enumerate(HASHES):
        lines = file.read_text().splitlines()
        changed = json.loads(lines[2]) | {name: sha("another")}
        run(two[0], {"quiz": [json.loads(x) for x in lines[:2]] + [changed]}, "me/pythia-14m-gptq")
        run(two[1], {"quiz": accuracies([1.0, 1.0, 1.0])})
        message = refused(*two)
        assert f"{file}, line 3: doc_id 2 has another {name}" in message, number
        file.write_text("\n".join(lines) + "\n")


def test_a_question_on_one_side_only_is_named_and_counted(two):
    run(two[0], {"quiz": accuracies([1.0, 0.0])}, "me/pythia-14m-gptq")
    message = refused(*two)
    assert f"{samples_file(two[1])}, line 3: {samples_file(two[0])} has no doc_id 2" in message
    assert "nor 1 more of its 4 samples" in message
    run(two[0], {"quiz": accuracies([1.0] * 5)}, "me/pythia-14m-gptq")
    assert f"{samples_file(two[0])}, line 5" in refused(*two)


def test_other_tasks_versions_and_folders_are_refused(two, tmp_path):
    both = {"quiz": accuracies([1.0] * 4), "exam": accuracies([1.0])}
    run(tmp_path / "more", both)
    assert "has the task exam" in refused(two[0], tmp_path / "more")
    assert "has the task exam" in refused(tmp_path / "more", two[1])
    assert "Both runs are" in refused(two[0], two[0])
    assert "There is no folder" in refused(tmp_path / "absent", two[1])
    assert "no results_DATE.json" in refused(two[0], samples_file(two[1]).parent.parent.parent)
    run(two[1], {"quiz": accuracies([1.0] * 4)}, model="another")
    assert "the runs of several models: EleutherAI__pythia-14m, another" in refused(*two)


def rewritten(folder, change):
    path = next(folder.glob("**/results_*.json"))
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_other_settings_of_the_harness_are_refused(two):
    rewritten(two[0], lambda document: document["versions"].update(quiz=2.0))
    assert "differ in the task's version: 1.0 and 2.0" in refused(*two)
    rewritten(two[0], lambda document: document["versions"].update(quiz=1.0))
    rewritten(
        two[0], lambda document: document["configs"]["quiz"].update(generation_kwargs={"a": 1})
    )
    assert "differ in generation_kwargs" in refused(*two)


def test_a_file_that_was_cut_off_is_refused_wherever_it_ends(two):
    file = samples_file(two[0])
    whole = file.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(len(whole) - 1):
        file.write_bytes(whole[:end])
        message = refused(*two)
        assert str(file) in message
        if end > first and whole[end - 1 : end + 1].count(b"\n") == 0:
            assert f"line {whole[:end].count(chr(10).encode()) + 1}" in message


def test_a_changed_outcome_is_noticed(two):
    file = samples_file(two[0])
    file.write_text(file.read_text().replace('"acc": 0.0', '"acc": 1.0', 1))
    assert "the mean acc,none is 0.75, the results say 0.5" in refused(*two)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('"acc": 0.0', '"acc": "wrong"', "line 2, 'acc': 'wrong' is not a number"),
        ('"doc_id": 1', '"doc_id": 0', "line 2: doc_id 0 is there twice, first in line 1"),
        ('"doc_id": 1', '"doc_id": "1"', "line 2: there is no doc_id"),
        ('"doc_id": 1', '"id": 1', "line 2: there is no doc_id"),
        ('"doc_id": 1', f'"doc_id": {10**30}', "line 2: there is no doc_id"),
        pytest.param('"acc": 0.0', f'"acc": {10**400}', "line 2, 'acc'", id="large"),
        pytest.param('"acc": 0.0', f'"acc": {"1" * 5000}', "line 2: this is not", id="longest"),
        ('"doc_hash"', '"hash"', "line 1: there is no doc_id, or no doc_hash"),
        ('{"doc_id": 1', '"doc_id": 1', "line 2: this is not JSON"),
        ("Question 1", "Question \udce9", "is not UTF-8 (line 2"),
    ],
)
def test_a_damaged_line_is_named(two, old, new, what):
    file = samples_file(two[0])
    text = file.read_text()
    assert old in text
    file.write_bytes(text.replace(old, new, 1).encode("utf-8", "surrogateescape"))
    message = refused(*two)
    assert str(file) in message and what in message


def test_files_of_another_program_are_refused(two):
    path = next(two[0].glob("**/results_*.json"))
    for text, what in (
        ("{}", "is not a results file of lm-evaluation-harness"),
        ("[1]", "is not a results file of lm-evaluation-harness"),
        ('{"results": {},\n"configs"', "line 2: this is not JSON"),
    ):
        path.write_text(text)
        assert path.name in refused(*two) and what in refused(*two)


def test_a_run_without_logged_samples_is_refused(two):
    file = samples_file(two[0])
    file.unlink()
    assert f"there is no {file.name}" in refused(*two)


def test_an_older_run_lists_neither_its_metrics_nor_its_filter(two):
    expected = lm_eval.read(*two, Compression(method="gptq"))
    for folder in two:
        file = samples_file(folder)
        samples = [json.loads(line) for line in file.read_text().splitlines()]
        for one in samples:
            del one["metrics"], one["filter"]
        file.write_text("".join(json.dumps(one) + "\n" for one in samples))
    found = lm_eval.read(*two, Compression(method="gptq"))
    pd.testing.assert_frame_equal(found.rows, expected.rows)
    pd.testing.assert_frame_equal(found.items, expected.items)


def table(**columns):
    base = {"task": "quiz", "doc_id": [0, 1], "metric": "acc", "group": ""}
    return pd.DataFrame(base | {"baseline": [1.0, 0.0], "compressed": [0.0, 0.0]} | columns)


def test_an_item_table_is_checked():
    assert items.items(table()).dtypes["doc_id"] == "int64"
    for wrong, what in (
        (table(doc_id=[0, 0]), "Question 0 of quiz is there twice"),
        (table(baseline=[1.0, float("nan")]), "not measured"),
        (table().drop(columns="group"), "group is missing"),
    ):
        with pytest.raises(BadTable, match=what):
            items.items(wrong)


def test_only_outcomes_of_0_and_1_flip():
    row = paired(items.items(table())).iloc[0]
    assert (row["n"], row["lost"], row["gained"], row["change"]) == (2, 1, 0, -0.5)
    graded = paired(items.items(table(baseline=[0.5, 1.0]))).iloc[0]
    assert graded[["lost", "gained"]].isna().all()
    # Both fell: of four signings two are as extreme.
    assert (graded["p"], graded["p_holm"]) == (0.5, 0.5)


def test_groups_stand_below_the_row_over_all_items():
    rows = paired(items.items(table(group=["a", "b"])))
    assert rows["group"].tolist() == ["", "a", "b"]
    assert rows["n"].tolist() == [2, 1, 1]
    assert rows["lost"].tolist() == [1, 1, 0]


def test_an_output_path_that_ends_in_json_is_imported(two, tmp_path):
    """Both runs then lie in one folder, told apart by the name they were given and their dates."""
    expected = lm_eval.read(*two, Compression(method="gptq")).rows
    together = tmp_path / "together"
    together.mkdir()
    for folder, name, date in zip(
        two, ("comp", "base"), (DATE, DATE.replace("24", "25")), strict=True
    ):
        for path in folder.glob("*/*"):
            target = path.name.replace(DATE, date).replace("results_", f"{name}_")
            path.rename(together / target)
    paths = together / "comp.json", together / "base.json"
    pd.testing.assert_frame_equal(
        lm_eval.read(*paths, Compression(method="gptq")).rows.drop(columns=["file", "source"]),
        expected.drop(columns=["file", "source"]),
    )
    assert "base.json, comp.json" in refused(together, paths[1])
    assert "no other_DATE.json" in refused(together / "other.json", paths[1])
