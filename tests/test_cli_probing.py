"""`probe` and `probes` on the command line."""

import csv
import json

import pytest
from in_commands import fairviz

from fairviz.probes.registry import PROBES

PAIRS = "id,more,less\n1,Il était au bord.,Elle était au bord.\n2,Il dit mer.,Elle dit mer.\n"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def models(checkpoints):
    folder = checkpoints["opt"]
    return "--baseline", folder, "--compressed", f"{folder}+nf4"


@pytest.fixture
def pairs(tmp_path):
    file = tmp_path / "pairs.csv"
    file.write_text(PAIRS, encoding="utf-8")
    return file


def test_probes_lists_every_probe_with_what_it_cannot_show(cache):
    done = fairviz("probes", cache=cache)
    assert done.returncode == 0, done.stderr
    for name, one in PROBES.items():
        assert f"{name}: {one.title}" in done.stdout
        assert one.cannot in done.stdout
    assert "--set length=sum" in done.stdout


def test_a_file_of_ones_own_as_json(models, cache, pairs):
    asked = ("probe", "minimal_pairs", *models, "--items", pairs, "--set", "before=x", "--json")
    done = fairviz(*asked, "-", cache=cache)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["items"]["source"] == "pairs.csv"
    assert document["settings"]["before"] == "x"
    assert [row["id"] for row in document["rows"]] == ["1", "2"]
    row = document["rows"][0]
    assert row["shift"] == pytest.approx(row["compressed"] - row["baseline"])
    assert document["groups"][0]["group"] == "all"
    # Holm's correction has nothing to say of the row of all: null, not NaN.
    assert document["groups"][0]["p_holm"] is None
    assert {one["method"] for one in document["table"]} == {"none", "nf4"}
    assert document["provenance"]["compressed"]["method"] == "nf4"
    assert document["sentences"]


def test_a_swap_that_is_typed_is_printed_in_sentences(models, cache):
    asked = ("--set", "template={N} said", "--set", "first=She", "--set", "second=He")
    done = fairviz("probe", "counterfactual", *models, *asked, "--set", "top=3", cache=cache)
    assert done.returncode == 0, done.stderr
    assert "In one template the swap changes what follows" in done.stdout
    assert "group" in done.stdout


def test_the_rows_go_into_the_tables_and_come_out_again(models, cache, pairs, tmp_path):
    target = tmp_path / "own.csv"
    done = fairviz("probe", "minimal_pairs", *models, "--items", pairs, "--table", target,
                   cache=cache)  # fmt: skip
    assert done.returncode == 0, done.stderr
    with target.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["method"] for row in rows] == ["none", "nf4"]
    assert fairviz("tables", "import", target, cache=cache).returncode == 0
    asked = ("tables", "query", "--source", "own", "--json", "-")
    found = json.loads(fairviz(*asked, cache=cache).stdout)
    assert [row["metric"] for row in found] == ["pair_preference"] * 2
    assert [row["value"] for row in found] == pytest.approx([float(row["value"]) for row in rows])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing", "--baseline", "demo"), "not a probe of fairviz"),
        (("minimal_pairs", "--baseline", "demo"), "models are not named"),
        (("minimal_pairs", "--set", "length"), "KEY=VALUE"),
        (("minimal_pairs", "--set", "tone=1"), "It has score, length"),
        (("counterfactual", "--set", "top=0"), "Give 1 or more"),
        (("counterfactual", "--set", "top=many"), "whole number"),
        (("counterfactual", "--second", "x.csv"), "without --items"),
        (("minimal_pairs", "--items", "nowhere.csv"), "cannot be read"),
        (("minimal_pairs", "--set", "language=it"), "Use '' or fr or en"),
    ],
)
def test_what_cannot_be_asked_is_one_clear_line(cache, arguments, said):
    done = fairviz("probe", *arguments, cache=cache)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_words_of_an_item_cannot_command_the_terminal(models, cache, tmp_path):
    file = tmp_path / "pairs.csv"
    file.write_text("more,less\nIl \x1b[31mdit,Elle dit\n,Elle \x1b]0;x\x07dort\n", "utf-8")
    done = fairviz("probe", "minimal_pairs", *models, "--items", file, cache=cache)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout + done.stderr
