"""`score`, `audit` and `tasks` on the command line."""

import json
from pathlib import Path

import pytest
from in_commands import fairviz

TASKS = Path(__file__).parent / "fixtures" / "tasks"
TEXT = "Il était une fois une pêcheuse qui vivait au bord de la mer."


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def models(checkpoints):
    folder = checkpoints["opt"]
    return "--baseline", folder, "--compressed", f"{folder}+nf4"


def test_score_prints_the_pair_trace_and_llama_cpps_block(models, cache, tmp_path):
    file = tmp_path / "text.txt"
    file.write_text(TEXT, encoding="utf-8")
    done = fairviz("score", *models, "--text-file", file, "--json", "-", cache=cache)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    (trace,), (context,) = document["traces"], document["contexts"]
    assert "".join(context) + "".join(trace["tokens"]) == TEXT
    size = len(trace["tokens"])
    for name in ("kl", "kl_reverse", "js", "same_top"):
        assert len(trace[name]) == size
    for side in ("baseline", "compressed"):
        for name in ("log_prob", "entropy", "rank", "margin", "top_ids"):
            assert len(trace[side][name]) == size
    statistics = document["statistics"]
    assert {"ppl_baseline", "ppl_compressed", "kld_mean", "kld_99_9", "dp_rms", "same_top"} <= set(
        statistics
    )
    mean = sum(trace["kl"]) / size
    assert statistics["kld_mean"]["value"] == pytest.approx(mean)
    assert document["noise_floor"]["size"]["kl"] > 0
    assert document["provenance"]["compressed"]["method"] == "nf4"


def test_score_reads_stdin_and_prints_a_table(models, cache):
    done = fairviz("score", *models, "--text-file", "-", cache=cache, stdin=TEXT)
    assert done.returncode == 0, done.stderr
    assert "Mean KLD" in done.stdout
    assert "The noise floor" in done.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"\xff", "not UTF-8 (line 1, byte 0)"), (b"I", "1 token,")],
)
def test_a_text_that_is_none_is_one_clear_line(models, cache, tmp_path, content, said):
    file = tmp_path / "text.txt"
    file.write_bytes(content)
    done = fairviz("score", *models, "--text-file", file, cache=cache)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_audit_prints_every_prompt_and_the_summary_once_computed(models, cache):
    asked = ("audit", *models, "--prompts", "bank", "--limit", 20, "--json", "-")
    done = fairviz(*asked, cache=cache)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert len(document["rows"]) == 20
    assert {"text", "baseline_entropy", "compressed_margin", "kl", "js", "top_changed"} <= set(
        document["rows"][0]
    )
    assert "rank correlation" in document["sentences"][0]
    assert {one["name"] for one in document["summary"]} >= {"entropy_kl", "top_changed"}
    assert {"language", "theme", "group"} <= set(document["parts"])
    # Asked again, it comes from the store: the same date.
    assert json.loads(fairviz(*asked, cache=cache).stdout) == document


def test_audit_prints_every_item_of_a_task(models, cache):
    done = fairviz(
        "audit", *models, "--task", "truthfulqa_mc1", "--items", TASKS / "truthfulqa.csv",
        "--json", "-", cache=cache,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert [row["id"] for row in document["rows"]] == ["line 2", "line 3"]
    assert document["left_out"] == [{"which": "line 4", "reason": "Best Answer is empty"}]
    row = document["rows"][0]
    assert len(row["baseline_probs"]) == len(row["options"]) == 3
    assert sum(row["baseline_probs"]) == pytest.approx(1)
    assert {"flip", "baseline_correct", "compressed_true_confidence"} <= set(row)
    assert "answers changed" in document["sentences"][0] or "no answer" in document["sentences"][0]


def test_audit_reads_answers_in_own_words(models, cache):
    done = fairviz(
        "audit", *models, "--task", "truthfulqa_gen", "--items", TASKS / "truthfulqa.csv",
        "--max-new-tokens", 4, cache=cache,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "of 2 questions. Moved from nearer to true" in done.stdout
    assert "Left out: 1" in done.stdout


def test_audit_of_a_file_of_ones_own(models, cache, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("wording;langue\nIl était;fr\nbroken\nThe nurse;en\n", encoding="utf-8")
    done = fairviz("audit", *models, "--prompts", file, cache=cache)
    assert done.returncode == 2
    assert "Which column of own.csv is the prompt? It has wording, langue" in done.stderr
    done = fairviz(
        "audit", *models, "--prompts", file, "--column", "text=wording", "--no-store", cache=cache
    )
    assert done.returncode == 0, done.stderr
    assert "line 3  number of fields: 1, the file has 2" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "one of --prompts and --task"),
        (("--task", "glue", "--items", "x"), "no task 'glue'"),
        (("--task", "piqa"), "questions are not named"),
        (("--task", "piqa", "--items", "/nowhere.jsonl"), "cannot be read"),
        (("--prompts", "bank", "--length", "word"), "--length is 'word'"),
        (("--lm-eval-baseline", "/x"), "Only one run"),
    ],
)
def test_what_is_missing_is_one_clear_line(models, cache, arguments, said):
    done = fairviz("audit", *models, *arguments, cache=cache)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_tasks_are_listed_with_format_and_source(cache):
    done = fairviz("tasks", cache=cache)
    assert done.returncode == 0
    assert "truthfulqa_mc1: TruthfulQA, one true answer" in done.stdout
    assert "https://arxiv.org/abs/2009.03300" in done.stdout
