"""The command line: keys, exit codes, one clear line, harmless output."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from in_commands import fairviz, process

from fairviz import __version__, cli
from fairviz.analyses import runner
from fairviz.cli.output import printable


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def test_the_whole_comparison_as_json(checkpoints, cache):
    folder = checkpoints["bloom"]
    asked = (
        "compare", "--baseline", folder, "--compressed", f"{folder}+nf4",
        "--prompt", "Il était une fois", "--max-new-tokens", 8, "--json", "-",
    )  # fmt: skip
    done = process(*asked, cache=cache)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert set(document["texts"]) == {"baseline", "compressed"}
    assert "first_divergence" in document
    for text in ("on_baseline", "on_compressed"):
        part = document[text]
        assert len(part["ids"]) == len(part["tokens"]) == len(part["kl"]) == 8
        assert {"kl_reverse", "js", "same_top"} <= set(part)
        for side in ("baseline", "compressed"):
            assert {"log_prob", "entropy", "rank", "top_ids", "top_log_probs"} <= set(part[side])
            assert len(part[side]["top_ids"][0]) == 10
    provenance = document["provenance"]
    assert provenance["baseline"]["revision"].startswith("sha256:")
    assert provenance["compressed"]["method"] == "nf4"
    assert {"device", "dtype", "seed", "versions", "date"} <= set(provenance)
    assert document["summary"]["on_baseline"]["mean_kl"]["value"] > 0
    # Asked again, the answer is the stored one: same date, same seconds, to the last digit.
    assert json.loads(fairviz(*asked, cache=cache).stdout) == document


def test_both_texts_and_the_summary_as_text(checkpoints, cache):
    folder = checkpoints["gpt2"]
    done = fairviz(
        "compare", "--baseline", folder, "--compressed", folder, "--prompt", "The nurse",
        "--max-new-tokens", 4, "--no-store", cache=cache,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\nThe nurse") == 2
    assert "Both models wrote the same 4 tokens." in done.stdout
    assert "Mean KL" in done.stdout and "nats" in done.stdout


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"--baseline": "no/such-model-anywhere"}, "local cache"),
        ({"--compressed": "{folder}+int7"}, "int7"),
        ({"--compressed": "/no/such/folder"}, "/no/such/folder"),
        ({"--temperature": "-1"}, "temperature"),
        ({"--prompt": ""}, "prompt"),
        ({"--device": "tpu"}, "tpu"),
        ({"--max-new-tokens": "0"}, "max_new_tokens"),
        ({"--max-new-tokens": "200", "--baseline": "{other}"}, "tokens"),
    ],
)
def test_a_users_error_is_one_line_and_exit_code_2(checkpoints, cache, change, says):
    folder, other = checkpoints["bloom"], checkpoints["llama"]
    options = {"--baseline": folder, "--compressed": folder, "--prompt": "Il", **change}
    flat = [
        str(part).format(folder=folder, other=other)
        for option in options.items()
        for part in option
    ]
    done = fairviz("compare", *flat, cache=cache)
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and says in lines[0]
    assert "Traceback" not in done.stderr and done.stdout == ""


def test_doctor_looks_at_every_method(cache):
    done = fairviz("doctor", cache=cache)
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr
    for name in ("torch", "device cpu", "method int8", "method nf4", "method fp4", "model demo"):
        assert name in done.stdout
    for line in done.stdout.splitlines():
        if "method" in line:
            assert line.startswith("ok"), line


def test_every_line_of_a_command_goes_through_what_writes_codes_out():
    rooms = Path(cli.__file__).parent.rglob("*.py")
    assert [path.name for path in rooms if "echo(" in path.read_text("utf-8")] == ["output.py"]


def test_a_models_colour_codes_are_not_obeyed():
    assert printable("a\x1b[31mé\n\r") == "a\\x1b[31mé\n\\x0d"
    # C1 controls and characters that turn the reading direction around count as such,
    # the no-break space before a French colon does not.
    assert printable("\x9b1m \u202e fin\u00a0: 🦊") == "\\x9b1m \\u202e fin\u00a0: 🦊"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["compare"], 2, "--baseline"),
        (["compare", "Once upon a time", "demo", "demo+nf4"], 2, "a prompt goes behind --prompt"),
        (["compare", "--nope"], 2, "--nope"),
        (["nope"], 2, "nope"),
        (["compare", "--seed", "x"], 2, "--seed"),
        (
            ["compare", "--baseline", "demo", "--compressed", "demo", "--prompt", "\udcff"],
            2,
            "UTF-8",
        ),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(monkeypatch, capsys, arguments, code, says):
    monkeypatch.setattr(sys, "argv", ["fairviz", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == code
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1
    assert err.startswith("error: ") and says in err


def test_no_command_opens_the_dashboard(monkeypatch, cache):
    started = []
    monkeypatch.setattr("fairviz.cli.running.os.execve", lambda *told: started.append(told))
    assert fairviz(cache=cache).returncode == 0
    assert "streamlit" in started.pop()[1]


def test_version(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["fairviz", "--version"])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code and capsys.readouterr().out.strip() == __version__


def test_ctrl_c_is_130_without_a_traceback(monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "answer", interrupted)
    asked = ["compare", "--baseline", "demo", "--compressed", "demo", "--prompt", "Il"]
    monkeypatch.setattr(sys, "argv", ["fairviz", *asked])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 130
    assert capsys.readouterr().err == "stopped\n"


def test_an_answer_survives_a_store_that_cannot_be_written(checkpoints, tmp_path):
    (tmp_path / "runs").write_text("")
    folder, target = checkpoints["gpt2"], tmp_path / "answer.json"
    done = fairviz(
        "compare", "--baseline", folder, "--compressed", folder, "--prompt", "The nurse",
        "--max-new-tokens", 3, "--json", target, cache=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "note: not stored" in done.stderr
    assert len(json.loads(target.read_text(encoding="utf-8"))["on_baseline"]["ids"]) == 3


QUERY = (
    "tables query --benchmark bbq --base-model llama2_7b --method magnitude --ratio 0.5 "
    "--structure unstructured --metric acc_disambiguated --level aggregate --json -"
).split()


def test_tables_query_prints_value_and_flags(cache):
    done = fairviz(*QUERY, cache=cache)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert row["value"] == 0.4552616256
    assert row["flags"] == []
    assert (row["file"], row["line"], row["column"]) == ("bbq.csv", 54, "avg_acc_disambiguated")


def test_tables_query_explains_a_flag(cache):
    done = fairviz(
        "tables", "query", "--benchmark", "bbq", "--metric", "s_ambiguous", "--axis", "religion",
        "--base-model", "llama-2-7b", "--method", "bitsandbytes", "--json", "-", cache=cache,
    )  # fmt: skip
    (row,) = json.loads(done.stdout)
    assert row["flags"] == ["accuracy_plus_constant"]
    assert "measures no bias" in row["explanations"]["accuracy_plus_constant"]
    hidden = fairviz(
        "tables", "query", "--metric", "s_ambiguous", "--axis", "religion", "--no-flagged",
        "--json", "-", cache=cache,
    )  # fmt: skip
    assert json.loads(hidden.stdout) == []


def test_tables_count_counts_the_faithful_import_and_the_canonical_rows(cache):
    done = fairviz("tables", "count", "--json", "-", cache=cache)
    document = json.loads(done.stdout)
    counted = document["sources"]["beyond_perplexity"]
    for part in (document, counted):
        assert (part["cells"], part["canonical"]) == (129_814, 93_775)
    assert counted["flags"]["other_item_set"] == 44


def test_an_unknown_word_of_a_table_is_one_line_with_the_known_ones(cache):
    done = fairviz("tables", "query", "--benchmark", "bqb", cache=cache)
    assert done.returncode == 2
    assert "bqb" in done.stderr
    assert "holistic_bias" in done.stderr
    assert "Traceback" not in done.stderr


def test_importing_a_broken_table_is_one_line(cache, tmp_path):
    broken = tmp_path / "own.csv"
    broken.write_text("benchmark,base_model,method,metric,value\nb,m,none,acc,high\n")
    done = fairviz("tables", "import", broken, cache=cache)
    assert done.returncode == 2
    assert "own.csv" in done.stderr
    assert "line 2" in done.stderr
    assert "value" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_tables_need_no_torch(cache):
    code = (
        "import sys; sys.argv = ['fairviz', 'tables', 'count']\n"
        "from fairviz.cli import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'torch', 'transformers', 'streamlit'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "FAIRVIZ_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
