"""Outcomes on disk, data sets of the Hub, and published numbers beside one's own."""

from __future__ import annotations

import json
import math
import os
import sys
from types import SimpleNamespace

import pandas as pd
import pytest
from outcomes import run

from fairviz.analyses.probe.document import document
from fairviz.analyses.probe.request import probe_request
from fairviz.analyses.store import Store
from fairviz.core.errors import BadSpec, MissingPackage, ModelUnavailable
from fairviz.core.specs import ModelSpec
from fairviz.core.stored import CannotKeep
from fairviz.probes.cells import published
from fairviz.probes.fields import fetched
from fairviz.probes.minimal_pairs import MINIMAL_PAIRS
from fairviz.probes.record import Items
from fairviz.probes.registry import PROBES

PRINTS = ("a", "b")
DEMO, NF4 = ModelSpec.parse("demo"), ModelSpec.parse("demo+nf4")


def test_a_run_comes_back_as_it_was(tmp_path):
    store, before = Store(tmp_path), run()
    store.save("probe", "abc1", before)
    after = store.load("probe", "abc1")
    assert after.request == before.request
    assert after.left_out == before.left_out
    assert after.outcome.sentences == before.outcome.sentences
    assert after.outcome.neutral == 0.5
    pd.testing.assert_frame_equal(after.outcome.groups, before.outcome.groups)
    pd.testing.assert_frame_equal(after.outcome.details["swaps"], before.outcome.details["swaps"])
    # Lists in a cell come back as arrays; as JSON they are the same.
    assert document(after) == document(before)
    json.dumps(document(after), allow_nan=False)
    assert document(after)["items"]["n"] == 3


def test_real_outcomes_come_back(tmp_path):
    """Of the probes that need no model, with every kind of column they make."""
    store = Store(tmp_path)
    auc = b"id,label,baseline,compressed,group\n" + b"".join(
        b"%d,%d,0.%d,0.%d,%s\n" % (n, n % 2, n % 7, n % 5, b"ab"[n % 3 % 2 :][:1])
        for n in range(24)
    )
    texts = b"prompt,baseline,compressed\nwho?,she is good,he is bad\nwhy?,so,so\n"
    for name, content in (("group_auc", auc), ("stored", texts)):
        which = PROBES[name]
        items = which.read(content, "own.csv")
        outcome = which.run(None, items, lambda step: None)
        question = probe_request(
            name, ModelSpec.parse("baseline"), ModelSpec.parse("compressed"), items, {}
        )
        before = type(run())(question, outcome, {}, (), {})
        store.save("probe", name.replace("_", ""), before)
        assert document(store.load("probe", name.replace("_", ""))) == document(before)


def test_the_key_is_the_question(tmp_path):
    store, items = Store(tmp_path), Items("own.csv", pd.DataFrame(index=range(2)), content="c")

    def key(settings, prints=PRINTS, device="cpu", compressed=NF4, content="c"):
        items = Items("own.csv", pd.DataFrame(index=range(2)), content=content)
        question = probe_request("samples", DEMO, compressed, items, settings)
        return store.key("probe", question, prints, device, "float32")

    same = key({"seed": 1, "lexicon": (b"word\nbad", "own.csv")})
    assert same == key({"seed": 1, "lexicon": (b"word\nbad", "own.csv")})
    others = [
        key({"seed": 2, "lexicon": (b"word\nbad", "own.csv")}),
        key({"seed": 1, "lexicon": (b"word\nworse", "own.csv")}),
        key({"seed": 1, "lexicon": (b"word\nbad", "own.csv")}, prints=("a", "c")),
        key({"seed": 1, "lexicon": (b"word\nbad", "own.csv")}, device="cuda"),
        key({"seed": 1, "lexicon": (b"word\nbad", "own.csv")}, compressed=DEMO),
        key({"seed": 1, "lexicon": (b"word\nbad", "own.csv")}, content="d"),
    ]
    assert len({same, *others}) == 7
    assert "bad" not in json.dumps(
        probe_request(
            "samples", DEMO, NF4, items, {"lexicon": (b"word\nbad", "own.csv")}
        ).document()
    )


def test_recent_runs_the_newest_first_and_damage_left_out(tmp_path):
    store = Store(tmp_path)
    for number in range(3):
        store.save("probe", f"k{number}", run())
        path = tmp_path / "probes" / f"k{number}" / "probe.json"
        os.utime(path, (number, number))
    (tmp_path / "probes" / "k1" / "groups.parquet").write_bytes(b"damaged")
    (tmp_path / "probes" / "bad").mkdir()
    (tmp_path / "probes" / "bad" / "probe.json").write_text("{")
    assert [one.key for one in store.recent("probe")] == ["k2", "k1", "k0"]
    assert store.load("probe", "k1") is None
    assert store.load("probe", "../k0") is None
    assert store.load("probe", "none") is None


def test_a_folder_that_takes_nothing_is_told(tmp_path):
    (tmp_path / "probes").write_text("a file where the folder should be")
    with pytest.raises(CannotKeep, match="cannot be written"):
        Store(tmp_path).save("probe", "k", run())


@pytest.fixture
def hub(monkeypatch):
    """A library `datasets` that knows one data set."""
    asked_for = []

    def load_dataset(identity, subset=None):
        asked_for.append((identity, subset))
        if identity != "own/pairs":
            raise ValueError("no such data set\nand a second line")
        row = {"more": "Die Ärztin", "less": "Der Arzt", "bias_type": "gender"}
        return {"train": [row] * 5, "test": [row] * 2}

    monkeypatch.setitem(sys.modules, "datasets", SimpleNamespace(load_dataset=load_dataset))
    return asked_for


def test_a_data_set_of_the_hub_is_read_like_a_file(hub):
    content, name = fetched("hub:own/pairs:fr")
    assert hub == [("own/pairs", "fr")]
    assert name == "pairs fr test.jsonl"
    found = MINIMAL_PAIRS.read(content, name)
    assert len(found.rows) == 1 or len(found.rows) == 2  # the reader may merge equal pairs
    assert "Ärztin" in content.decode()
    assert content.count(b"\n") == 1  # the test set of two rows, not the five for training


def test_the_command_line_takes_a_data_set_of_the_hub(hub):
    from typer.testing import CliRunner

    from fairviz.cli import app

    done = CliRunner().invoke(app, ["probe", "minimal_pairs", "--items", "hub:no/such"])
    assert done.exit_code
    assert hub == [("no/such", None)]


def test_what_the_hub_refuses_is_advice(hub, monkeypatch):
    with pytest.raises(ModelUnavailable, match="no such data set") as told:
        fetched("other/set")
    assert "second line" not in told.value.message
    with pytest.raises(BadSpec, match="names no data set"):
        fetched("hub:../../etc/passwd")
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingPackage, match="not installed"):
        fetched("own/pairs")


def test_published_values_stand_below_ones_own():
    metrics = pd.DataFrame(
        {
            "metric": "s_ambiguous", "axis": ["", "", "age", "age"],
            "level": ["aggregate", "aggregate", "group", "group"],
            "value": [0.1, 0.3, 0.9, 0.9], "side": ["baseline", "compressed"] * 2,
        }
    )  # fmt: skip
    table = pd.DataFrame(
        {
            "benchmark": "bbq", "level": "aggregate", "axis": "", "metric": "s_ambiguous",
            "base_model": "llama2_7b", "method": ["none", "awq", "gptq", "wanda", "wanda"],
            "value": [0.2, 0.15, 0.4, math.nan, 9.0],
            "source": ["study", "study", "study", "study", "own"],
        }
    )  # fmt: skip
    found = published(SimpleNamespace(metrics=metrics), PROBES["bbq"], table)
    assert found["models"].tolist() == ["these two models", "Llama-2 7B"]
    own, study = found.to_dict("records")
    assert (own["before"], own["lowest"], own["highest"]) == (0.1, 0.3, 0.3)
    # A cell without a value and a row of one's own do not count as published.
    assert (study["before"], study["lowest"], study["highest"], study["forms"]) == (
        0.2,
        0.15,
        0.4,
        2,
    )
    elsewhere = published(SimpleNamespace(metrics=metrics), PROBES["unqover"], table)
    assert len(elsewhere) == 0
