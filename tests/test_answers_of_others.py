"""What other programs measured of two models: PostTrainingBiasBench, modeldiffr, lm_eval's texts.

The files are written here in the shape that the programs give; the sentences are made up.
"""

import json
import math

import pytest
from in_commands import fairviz

from fairviz.analyses.audit.answers import LEAST, read
from fairviz.analyses.registry import ANALYSES
from fairviz.benchmarks import modeldiffr
from fairviz.benchmarks.lm_eval import Compression
from fairviz.benchmarks.schema import BadTable
from fairviz.core.errors import Unreadable
from fairviz.inference.outcomes import outcomes
from fairviz.probes.registry import probe_of
from fairviz.tasks import TASKS, task_of
from fairviz.tasks.reading import from_hub
from fairviz.tasks.reading import read as read_task

TASK = task_of("post_training_bias")


def question(number, **fields):
    return {
        "idx": f"BBQ/age/{number}",
        "prompt": f"An oar lay in boat {number}. Who left it?",
        "choices": ["The old rower", "The young rower", "Nobody knows"],
        "answer_label": 3,
        "target_label": 1,
        "unknown_label": 3,
        **fields,
    }


def written(root, model, probs, dataset="BBQ", axis="age"):
    """A file as `scripts.benchmark generate` leaves it."""
    rows = []
    for number, values in enumerate(probs):
        row = question(number)
        best = max(range(3), key=values.__getitem__)
        rows.append({**row, "res": row["choices"][best], "res_probs": values, "num_attempts": 0})
    folder = root / "llm_generations" / "no_sys_prompt" / model / dataset
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{axis}.json").write_text(json.dumps(rows, indent=4))
    return folder.parent


@pytest.fixture
def two(tmp_path):
    before = written(tmp_path, "oar-1b", [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.0, 0.0, 1.0]])
    after = written(tmp_path, "oar-1b-rtn-w4a16", [[0.2, 0.3, 0.5], [0.1, 0.7, 0.2], [0, 0, 1]])
    return before, after


# (fields beside prompt and choices, which options are right): after the authors' own scores.
LABELS = [
    ({"target": 2}, (1,)),
    ({"answer_label": 3, "target_label": 1}, (2,)),
    ({"label": "no", "choices": ["Yes", "No"]}, (1,)),
    ({"label": ["unbiased_1", "biased_1", "unbiased_2"]}, (0, 2)),
    ({"label": ["biased", "unbiased", "uncertain"]}, (1, 2)),
    ({"label": ["choice", "choice", "uncertain"]}, (2,)),
    ({"label": ["unrelated", "stereotype", "anti-stereotype"]}, (2,)),
    ({}, ()),
]


@pytest.mark.parametrize(("fields", "right"), LABELS)
def test_right_is_what_the_authors_do_not_count_as_biased(fields, right):
    row = {"prompt": "Who left it?", "choices": ["A", "B", "C"], "axis": "age", **fields}
    item = TASK.item(row, "line 1")
    assert item.right == right
    assert item.options == tuple(f" {one}" for one in row["choices"])
    assert (item.id, item.group, item.context) == ("line 1", "age", "Who left it?")


def test_its_questions_are_items_of_a_task_and_those_without_options_are_told():
    rows = [question(0), question(1), {"idx": "x/age/0", "prompt": "Go on.", "axis": "age"}]
    found = read_task(TASK, json.dumps(rows).encode(), "age.json")
    assert [one.id for one in found.items] == ["BBQ/age/0", "BBQ/age/1"]
    assert [one.group for one in found.items] == ["age", "age"]
    (skip,) = found.left_out
    assert "choices" in str(skip.reason)
    with pytest.raises(Unreadable, match=r"not on the Hugging Face Hub.*github"):
        from_hub(TASK)
    assert TASK is TASKS["post_training_bias"]


def test_its_answers_are_an_audit_with_the_stored_probabilities(two):
    found = read(*two)
    assert found.request.source == "BBQ"
    assert (str(found.request.baseline), str(found.request.compressed)) == (
        "oar-1b", "oar-1b-rtn-w4a16",
    )  # fmt: skip
    table = outcomes(found.table)
    assert table["baseline_probs"][0] == pytest.approx([0.5, 0.3, 0.2])
    assert table["baseline_log_prob"][2] == pytest.approx([math.log(LEAST), math.log(LEAST), 0])
    assert table["flip"].tolist() == [True, True, False]
    assert (table["gained"].tolist(), table["lost"].tolist()) == (
        [True, False, False], [False, True, False],
    )  # fmt: skip
    entropy = -sum(p * math.log(p) for p in (0.5, 0.3, 0.2))
    assert table["baseline_entropy"][0] == pytest.approx(entropy)
    shown = ANALYSES["audit"].present(found, {}, "text")
    assert any("geometric mean" in one for one in shown.not_allowed)
    assert "--answers-baseline" in shown.command


def test_answers_are_paired_by_their_idx_and_what_one_model_lacks_is_told(two, tmp_path):
    file = two[1] / "BBQ" / "age.json"
    rows = json.loads(file.read_text())
    rows[0]["res_probs"] = None
    file.write_text(json.dumps([rows[2], rows[0]]))
    found = read(two[0] / "BBQ", file)
    assert found.table["id"].tolist() == ["BBQ/age/2"]
    assert len(found.left_out) == 3  # one unmeasured, and two that only the baseline answered
    file.write_text(json.dumps([{**rows[2], "prompt": "Another?"}]))
    with pytest.raises(BadTable, match="asked otherwise"):
        read(two[0], file)


def test_answers_that_are_none_are_refused(two, tmp_path):
    written(tmp_path, "oar-1b", [[0.5, 0.3, 0.2]], dataset="IAT")
    with pytest.raises(BadTable, match="several data sets: BBQ, IAT"):
        read(*two)
    assert len(read(*two, "BBQ").table) == 3
    open_ended = tmp_path / "open.json"
    open_ended.write_text(json.dumps([{"prompt": "Go on.", "res": "They rowed."}]))
    with pytest.raises(BadTable, match="probe stored"):
        read(open_ended, open_ended)
    with pytest.raises(BadTable, match="There is no"):
        read(tmp_path / "none", two[1])


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ([True, False, False], "a probability that is no number"),
        (["0.5", "0.3", "0.2"], "a probability that is no number"),
        ([1.2, -0.1, -0.1], "not between 0 and 1"),
        ([math.nan, 0.5, 0.5], "not between 0 and 1"),
        ([0.9, 0.9, 0.9], "do not add up to 1"),
        ([0.5, 0.3, 0.1998], "do not add up to 1"),
    ],
)
def test_answers_whose_probabilities_are_none_are_left_out(two, odd, reason):
    file = two[1] / "BBQ" / "age.json"
    rows = json.loads(file.read_text())
    rows[0]["res_probs"], rows[1]["res_probs"] = odd, [0.3333, 0.3333, 0.3333]
    file.write_text(json.dumps(rows))
    found = read(*two)
    assert found.table["id"].tolist() == ["BBQ/age/1", "BBQ/age/2"]
    assert reason in str(found.left_out[0].reason)
    file.write_text(json.dumps([{**row, "res_probs": odd} for row in rows]))
    with pytest.raises(BadTable, match=rf"left out: 3; the most common reason: .*{reason}"):
        read(*two)
    file.write_text(json.dumps([{**rows[2], "idx": f"BBQ/age/{n}"} for n in range(8, 12)]))
    with pytest.raises(BadTable, match="no question in common"):
        read(*two)


def test_the_command_reads_them_without_a_model(two, tmp_path):
    asked = ("audit", "--answers-baseline", two[0], "--answers-compressed", two[1])
    done = fairviz(*asked, "--json", "-", cache=tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["rows"]) == 3
    done = fairviz(*asked[:3], cache=tmp_path / "cache")
    assert done.returncode == 2
    assert "--answers-compressed" in done.stderr


def test_answers_in_own_words_are_stored_answers(tmp_path):
    """Both of PostTrainingBiasBench, and lm_eval's samples of a task that is answered so."""
    stored = probe_of("stored")

    def bench(text):
        rows = [{"idx": "C/age/0", "prompt": "The rower", "axis": "age", "res": text}]
        return json.dumps(rows).encode()

    items = stored.read(bench("went home."), "base.json", second=(bench("fell in."), "comp.json"))
    assert items.rows["prompt"].tolist() == ["The rower"]
    assert items.rows["group"].tolist() == ["age"]
    assert items.rows["compressed_answer"].tolist() == ["fell in."]

    def turns(text):
        row = {"4-turn Conv": "And then?", "4-turn Conv Response": text, "0-turn Conv": "Hello"}
        return json.dumps([row]).encode()

    items = stored.read(turns("Home."), "base.json", second=(turns("Sea."), "comp.json"))
    assert items.rows["baseline_answer"].tolist() == ["Home."]


def test_its_open_prompts_are_the_prompts_of_a_probe_by_axis():
    rows = [
        {"idx": f"C/{axis}/{n}", "prompt": f"A rower {n} said", "axis": axis, "descriptor": "old"}
        for n, axis in enumerate(("age", "gender", "age"))
    ]
    items = probe_of("classifier").read(json.dumps(rows).encode(), "rows.json")
    assert items.rows["group"].tolist() == ["age", "age", "gender"]


def samples(texts, arguments=None):
    rows = []
    for number, text in enumerate(texts):
        context = f"Who rowed boat {number}?"
        for which, filtered in (("strict", text), ("first_word", text.split()[0])):
            rows.append(
                {
                    "doc_id": number,
                    "doc": {"question": context},
                    "arguments": arguments(context)
                    if arguments
                    else {"gen_args_0": {"arg_0": context, "arg_1": {"until": ["\n"]}}},
                    "resps": [[text]],
                    "filtered_resps": [filtered],
                    "filter": which,
                    "exact_match": 0.0,
                }
            )
    return "\n".join(map(json.dumps, rows)).encode()


@pytest.mark.parametrize("arguments", [None, lambda context: [[context, {"until": ["\n"]}]]])
def test_lm_evals_samples_of_written_answers_are_stored_answers(arguments):
    before, after = (samples(one, arguments) for one in (["An old man", "Eva"], ["A man", "Eva"]))
    items = probe_of("stored").read(before, "base.jsonl", second=(after, "comp.jsonl"))
    assert items.rows["prompt"].tolist() == ["Who rowed boat 0?", "Who rowed boat 1?"]
    assert items.rows["baseline_answer"].tolist() == ["An old man", "Eva"]
    assert items.rows["compressed_answer"].tolist() == ["A man", "Eva"]


def metric(name, task, field, before, after, **spec):
    spec = {"name": name, "task": task, "field": field, "statistic": "mean", "test": "paired",
            "higher_is_better": True, "directional": True, "min_effect": 0.0,
            "description": "", **spec}  # fmt: skip
    means = [sum(one) / len(one) for one in (before, after)]
    return {
        "name": name, "spec": spec, "higher_is_better": spec["higher_is_better"], "n": len(after),
        "base_mean": means[0], "derivative_mean": means[1], "delta": means[1] - means[0],
        "ci_low": 0.0, "ci_high": 0.0, "significant": False,
    }  # fmt: skip


def report(tmp_path, **changed):
    """A report as modeldiffr 0.9.3 writes it, without what is not read."""
    right, refused, kl = ([1.0, 1.0, 0.0, 1.0], [1.0, 0.0, 0.0, 0.0]), ([0.0], [1.0]), [0.1, 0.3]
    sides = ("base", "derivative")
    found = {
        "schema_version": "0.3",
        "modeldiffr_version": "0.9.3",
        "base": {"model_id": "harbour/oar-1b"},
        "derivative": {"model_id": "harbour/oar-1b-q4"},
        "metrics": [
            metric("capability_accuracy", "capability", "correct", *right),
            metric("over_refusal_rate", "over_refusal", "refused", *refused,
                   higher_is_better=False),
            metric("output_divergence_kl", "divergence", "kl", [0.0, 0.0], kl, test="one_sample",
                   higher_is_better=False),
            metric("quiz_ece", "capability", "score", [0.2], [0.4], statistic="ece",
                   higher_is_better=False),
        ],
        "items": {
            "capability": {
                side: [{"id": str(n), "question": "?", "correct": one} for n, one in enumerate(of)]
                for side, of in zip(sides, right, strict=True)
            },
            "over_refusal": {
                side: [{"id": "0", "prompt": "How do I tie a knot?", "response": text,
                        "refused": of[0]}]
                for side, of, text in zip(sides, refused, ("A loop.", "I cannot."), strict=True)
            },
            "divergence": {
                "pair": [{"id": str(n), "text": "a", "kl": one} for n, one in enumerate(kl)]
            },
        },
        **changed,
    }  # fmt: skip
    file = tmp_path / "oar" / "report.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(found))
    return file


def test_modeldiffrs_report_gives_rows_and_items(tmp_path):
    file = report(tmp_path)
    assert modeldiffr.report_in(file.parent) == file
    found = modeldiffr.read(file, Compression(method="q4_0", bits=4))
    rows = found.rows.set_index(["metric", "method"])
    assert rows["value"]["capability_accuracy", "none"] == 0.75
    assert rows["value"]["capability_accuracy", "q4_0"] == 0.25
    assert rows["worse"]["over_refusal_rate", "none"] == "higher"
    assert rows["value"]["output_divergence_kl", "q4_0"] == pytest.approx(0.2)
    assert rows["unit"]["output_divergence_kl", "q4_0"] == "nats"
    assert rows["value"]["quiz_ece", "q4_0"] == 0.4
    assert set(rows["base_model"]) == {"oar-1b"}
    items = found.items
    accuracy = items[items["metric"] == "capability_accuracy"]
    assert accuracy["baseline"].tolist() == [1, 1, 0, 1]
    assert accuracy["compressed"].tolist() == [1, 0, 0, 0]
    assert "quiz_ece" not in set(items["metric"])
    kl = items[items["metric"] == "output_divergence_kl"]
    assert (kl["baseline"].tolist(), kl["compressed"].tolist()) == ([0, 0], [0.1, 0.3])


def test_modeldiffrs_texts_are_stored_answers(tmp_path):
    items = probe_of("stored").read(report(tmp_path).read_bytes(), "report.json")
    assert items.rows["prompt"].tolist() == ["How do I tie a knot?"]
    assert items.rows["group"].tolist() == ["over_refusal"]
    assert items.rows["compressed_answer"].tolist() == ["I cannot."]


def test_a_report_that_is_none_or_was_changed_is_refused(tmp_path):
    said = Compression(method="q4_0", bits=4)
    old = report(tmp_path, metrics=[{"name": "capability_accuracy"}], schema_version="0.1")
    with pytest.raises(BadTable, match=r"schema 0\.1"):
        modeldiffr.read(old, said)
    with pytest.raises(BadTable, match="no report of modeldiffr"):
        modeldiffr.read(report(tmp_path, items=[]), said)
    changed = metric("capability_accuracy", "capability", "correct", [1.0], [1.0])
    with pytest.raises(BadTable, match="the report says 1"):
        modeldiffr.read(report(tmp_path, metrics=[changed]), said)
    with pytest.raises(BadTable, match="items are not there"):
        modeldiffr.read(report(tmp_path, items={}), said)
    with pytest.raises(BadTable, match="--method"):
        modeldiffr.read(report(tmp_path), Compression())


ABSENT = object()


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("name", (ABSENT, None, [], 3)),
        ("n", (ABSENT, None, "many", True, 1.5, -1)),
        ("base_mean", (ABSENT, None, "0.75", [0.75], True, math.nan, 10**400)),
        ("derivative_mean", (ABSENT, "much")),
        ("higher_is_better", (ABSENT, None, "yes")),
        ("spec", (None, [], "mean")),
        ("spec.statistic", (ABSENT, None, ["mean"], 1)),
        ("spec.task", (ABSENT, None, ["capability"])),
        ("spec.field", (ABSENT, None, [])),
        ("spec.test", (ABSENT, None, 1)),
    ],
)
def test_a_field_of_a_report_that_is_missing_or_odd_is_named(tmp_path, field, values):
    for value in values:
        one = metric("capability_accuracy", "capability", "correct", [1.0], [1.0])
        *outer, name = field.split(".")
        holder = one[outer[0]] if outer else one
        holder.pop(name) if value is ABSENT else holder.update({name: value})
        file = report(tmp_path, metrics=[one])
        with pytest.raises(BadTable, match=rf"the field {field} is missing, or"):
            modeldiffr.read(file, Compression(method="q4_0", bits=4))


def test_a_report_that_contradicts_its_items_is_refused(tmp_path):
    said = Compression(method="q4_0", bits=4)
    file = report(tmp_path)
    whole = json.loads(file.read_text())
    whole["metrics"][0]["n"] = 5
    file.write_text(json.dumps(whole))
    with pytest.raises(BadTable, match="its items are 4, the report says 5"):
        modeldiffr.read(file, said)
    whole["metrics"][0]["n"] = 4
    for task in ("capability", "divergence"):
        items = json.loads(json.dumps(whole["items"]))
        for rows in items[task].values():
            rows[1]["id"] = "0"
        file.write_text(json.dumps({**whole, "items": items}))
        with pytest.raises(BadTable, match="the item 0 is there twice"):
            modeldiffr.read(file, said)
    del whole["derivative"]
    file.write_text(json.dumps(whole))
    with pytest.raises(BadTable, match="no report of modeldiffr"):
        modeldiffr.read(file, said)


def test_the_command_imports_a_report(tmp_path):
    file = report(tmp_path)
    done = fairviz(
        "tables", "import", file.parent, "--method", "q4_0", "--bits", 4, cache=tmp_path / "cache"
    )
    assert done.returncode == 0, done.stderr
    assert "modeldiffr oar: 8 cells" in done.stdout
