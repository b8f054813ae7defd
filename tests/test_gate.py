"""A gate's verdicts: over hand-made numbers, over stored runs, and from a file that measures."""

import json
import math
from xml.etree import ElementTree

import pytest
import reports
from in_commands import fairviz

from fairviz.cli.gate.numbers import Groups, Measure, numbers
from fairviz.cli.gate.rules import judged, rule
from fairviz.core.errors import BadSpec

NAN = math.nan


@pytest.mark.parametrize(
    ("text", "measure", "verdict"),
    [
        ("kl > 0.05", Measure(0.06, 0.051, 0.08), "fail"),
        ("kl > 0.05", Measure(0.06, 0.05, 0.08), "open"),  # at the limit is not beyond it
        ("kl > 0.05", Measure(0.04, 0.03, 0.06), "open"),
        ("kl > 0.05", Measure(0.04, 0.03, 0.05), "pass"),
        ("kl>.05", Measure(0.06), "fail"),  # without an interval the number itself
        ("kl > 5e-2", Measure(0.05), "pass"),
        ("kl > 0.05", Measure(NAN), "unmeasured"),
        ("kl < 0.5", Measure(0.4, 0.3, 0.45), "fail"),
        ("kl < 0.5", Measure(0.6, 0.3, 0.7), "open"),
        ("kl < 50 %", Measure(0.6, 0.5, 0.7), "pass"),
        ("kl > -1", Measure(-0.5, -0.9, -0.1), "fail"),
        ("|kl| > 0.1", Measure(-0.3, -0.5, -0.2), "fail"),
        ("|kl| > 0.1", Measure(-0.3, -0.5, 0.05), "open"),
        ("|kl| > 0.1", Measure(-0.01, -0.05, 0.02), "pass"),
        ("|kl| < 0.1", Measure(0.0, -0.05, 0.02), "fail"),
        ("kl > 1", Measure(0.5, 0.1, math.inf), "open"),
        ("kl > 3 %", Measure(0.11, 0.06, 0.17, "share"), "fail"),
    ],
)
def test_a_verdict_is_of_the_whole_interval(text, measure, verdict):
    (found,) = judged([rule(text)], {"kl": measure}, Groups())
    assert found.outcome == verdict


@pytest.mark.parametrize(
    ("groups", "verdict"),
    [
        (Groups(("women",), 6), "fail"),
        (Groups((), 6), "pass"),
        (Groups(why="no groups"), "unmeasured"),
    ],
)
def test_any_changed_group(groups, verdict):
    (found,) = judged([rule("any  group changed")], {}, groups)
    assert found.outcome == verdict


@pytest.mark.parametrize(
    ("text", "unit"), [("flips > 3", "share"), ("kl > 3 %", "nats"), ("kl > 1e999", "nats")]
)
def test_a_limit_that_nothing_can_break_is_refused(text, unit):
    with pytest.raises(BadSpec):
        list(judged([rule(text)], dict.fromkeys(("flips", "kl"), Measure(0, unit=unit)), Groups()))


@pytest.mark.parametrize("text", ["", "kl", "kl >", "> 1", "|kl > 1", "kl > one", "kl >= 1 ; rm"])
def test_what_is_no_limit_is_refused(text):
    with pytest.raises(BadSpec, match="no limit"):
        rule(text)


def test_a_number_that_a_run_lacks_is_refused_with_those_it_has():
    with pytest.raises(BadSpec, match="It has kl, ppl"):
        list(judged([rule("kld > 1")], {"ppl": Measure(1), "kl": Measure(1)}, Groups()))


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    root = tmp_path_factory.mktemp("cache")
    reports.keep(root)
    return root


def test_numbers_of_every_kind(cache):
    from fairviz.analyses.store import Store

    of = {kind: numbers(kind, Store(cache).load(kind, key)) for kind, key in reports.KEYS.items()}
    reading = reports.reading().traces[0]
    assert of["reading"]["mean_kl"].value == pytest.approx(reading.kl.mean())
    assert of["comparison"]["mean_kl"].unit == "nats"
    table = Store(cache).load("audit", reports.KEYS["audit"]).table
    assert of["audit"]["mean_kl"] == of["audit"]["kl_mean"]
    assert of["audit"]["mean_kl"].value == pytest.approx(table["kl"].mean())
    whole = Store(cache).load("probe", reports.KEYS["probe"]).outcome.groups.iloc[0]
    assert of["probe"]["shift"][:3] == (whole["difference"], whole["low"], whole["high"])


def test_a_stored_run_passes_or_fails_and_says_so_in_every_form(cache, tmp_path):
    key = reports.KEYS["audit"]
    bad, good, files = "mean_kl > 0", "mean_kl > 100", (tmp_path / "j.xml", tmp_path / "m.md")
    assert fairviz("gate", key, "--fail-if", good, cache=cache).returncode == 0
    done = fairviz(
        "gate", key, "--fail-if", bad, "--fail-if", good, "--json", "-",
        "--junit", files[0], "--markdown", files[1], cache=cache,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    (run,) = json.loads(done.stdout)["runs"]
    assert [one["verdict"] for one in run["rules"]] == ["fail", "pass"]
    suite = ElementTree.parse(files[0]).getroot().find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [case.find("failure") is not None for case in suite] == [True, False]
    assert "❌ fail | mean\\_kl > 0" in files[1].read_text("utf-8")


def test_strict_fails_where_the_limit_lies_within_the_interval(cache):
    found = fairviz("gate", reports.KEYS["audit"], "--fail-if", "mean_kl > 0", "--json", "-",
                    cache=cache)  # fmt: skip
    value = json.loads(found.stdout)["runs"][0]["rules"][0]["found"].split()[0]
    asked = "gate", reports.KEYS["audit"], "--fail-if", f"mean_kl > {value}"
    assert fairviz(*asked, cache=cache).returncode == 0
    assert fairviz(*asked, "--strict", cache=cache).returncode == 3


def test_a_gate_does_not_open_for_what_was_not_measured(cache):
    asked = "gate", reports.KEYS["audit"], "--fail-if", "any group changed"
    done = fairviz(*asked, cache=cache)
    assert done.returncode == 3
    assert "--null 20" in done.stdout


def test_a_file_measures_every_form_and_finds_it_again(checkpoints, cache, tmp_path):
    model = checkpoints["opt"]
    (tmp_path / "set.txt").write_text("Il était une fois\n\nOnce upon a time\n", encoding="utf-8")
    file = tmp_path / "gate.toml"
    file.write_text(
        f"""baseline = "{model}"
        compressed = ["{model}", "{model}+nf4"]
        [[measure]]
        kind = "audit"
        prompts = "set.txt"
        floor = false
        fail_if = "mean_kl > 0"
        """,
        encoding="utf-8",
    )
    done = fairviz("gate", file, "--json", "-", cache=cache)
    assert done.returncode in (0, 3), done.stderr
    runs = json.loads(done.stdout)["runs"]
    assert [run["rules"][0]["found"] != "0 nats" for run in runs] == [False, True]
    again = json.loads(fairviz("gate", file, "--json", "-", cache=cache).stdout)["runs"]
    assert [run["key"] for run in again] == [run["key"] for run in runs]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("fail_if", "no TOML"),
        ("# nothing", "measures nothing"),
        ("colour = 1\n[[measure]]\nkind = 'audit'", "no colour"),
        ("[[measure]]\nkind = 'sing'", "kind 'sing'"),
        ("[[measure]]\nkind = 'audit'", "Nothing is refused"),
        ("fail_if = 3\n[[measure]]\nkind = 'audit'", "no list of limits"),
        ("fail_if = 'kl > 1'\n[[measure]]\nkind = 'audit'", "has no baseline"),
        ("fail_if = 'kl > 1'\nbaseline = 'a'\ncompressed = 'b'\n[[measure]]\nkind = 'audit'\n"
         "on_step = 1", "No file sets on_step"),
    ],
)  # fmt: skip
def test_what_a_file_cannot_ask_is_one_line(content, said, tmp_path):
    refused(tmp_path, content, said)


TWO = "fail_if = 'kl > 1'\nbaseline = 'a'\ncompressed = 'b'\n[[measure]]\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("measure = [1]", "measures nothing"),
        ("x=" + "[" * 5000, "no TOML"),
        (TWO.replace("'a'", "5") + "kind='audit'", "baseline of the audit is no text"),
        (TWO.replace("'b'", "{a=1}") + "kind='audit'", "compressed of the audit is no text"),
        (TWO + "kind=['audit']", "has the kind"),
        (TWO + "kind='audit'\nprompts=['a b']", "prompts of the audit is no text"),
        (TWO + "kind='probe'\nname='bbq'\non_load='x'", "No file sets on_load"),
        (TWO + f"kind='audit'\nprompts='{'a' * 300}'", ""),
    ],
)
def test_values_of_another_kind_are_one_line(content, said, tmp_path):
    refused(tmp_path, content, said)


def refused(tmp_path, content, said):
    (file := tmp_path / "gate.toml").write_text(content, encoding="utf-8")
    done = fairviz("gate", file, cache=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere", "--fail-if", "kl > 1"), "There is no run nowhere"),
        ((reports.KEYS["audit"],), "Nothing is refused"),
        ((reports.KEYS["audit"], "--fail-if", "kld > 1"), "this run has no kld"),
    ],
)
def test_what_cannot_be_asked_is_one_line(arguments, said, cache):
    done = fairviz("gate", *arguments, cache=cache)
    assert done.returncode == 2
    assert said in done.stderr
