"""Answers on disk: exact, whole, and readable after the worst."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fairviz.analyses import store as runs
from fairviz.analyses.comparison.codec import CODEC
from fairviz.analyses.comparison.request import Comparison, ComparisonRequest
from fairviz.analyses.store import Store
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.core.stored import CannotKeep
from fairviz.metrics.traces import PairTrace, TokenTrace


def trace(count, seed):
    numbers = np.random.default_rng(seed)
    log_prob = -numbers.exponential(size=count)
    if count > 1:
        log_prob[1] = -np.inf
    return TokenTrace(
        ids=np.arange(count) + 7,
        log_prob=log_prob,
        entropy=numbers.random(count),
        rank=numbers.integers(1, 99, count),
        margin=np.full(count, np.nan),
        top_ids=numbers.integers(0, 99, (count, 3 if count else 0)),
        top_log_probs=-numbers.random((count, 3 if count else 0)),
        top_tokens=tuple(("é", "<b>", "\n") for _ in range(count)),
    )


def pair(count, seed=0):
    numbers = np.random.default_rng(seed)
    return PairTrace(
        tokens=tuple(["pê", "cheur", "", "🦊", " $x$"][i % 5] for i in range(count)),
        baseline=trace(count, seed),
        compressed=replace(trace(count, seed + 1), ids=np.arange(count) + 7),
        kl=numbers.random(count),
        kl_reverse=numbers.random(count),
        js=numbers.random(count),
        same_top=numbers.random(count) > 0.5,
    )


def comparison(count=6, prompt="Il était une fois"):
    question = ComparisonRequest(
        ModelSpec.parse("demo"), ModelSpec.parse("demo+nf4"), prompt, Decoding(max_new_tokens=9)
    )
    return Comparison(
        request=question,
        context=("Il", " était"),
        on_baseline=pair(count),
        on_compressed=pair(count, 5),
        first_divergence=2,
        provenance={"date": "2026-11-20T10:00:00+00:00", "seed": 0},
    )


def same(left: Comparison, right: Comparison) -> bool:
    for text in ("on_baseline", "on_compressed"):
        one, two = getattr(left, text), getattr(right, text)
        if one.tokens != two.tokens:
            return False
        for name in ("kl", "kl_reverse", "js", "same_top"):
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
        for side in ("baseline", "compressed"):
            for name, value in vars(getattr(one, side)).items():
                np.testing.assert_array_equal(value, getattr(getattr(two, side), name))
    return (left.request, left.context, left.first_divergence, left.provenance) == (
        right.request,
        right.context,
        right.first_divergence,
        right.provenance,
    )


@pytest.mark.parametrize("count", [0, 1, 6])
def test_a_run_comes_back_to_the_last_bit(tmp_path, count):
    store = Store(tmp_path)
    store.save("comparison", "abc", comparison(count))
    assert same(store.load("comparison", "abc"), comparison(count))


def test_the_json_document_holds_every_number_and_none_where_nothing_was_measured():
    document = json.loads(json.dumps(comparison().document(), allow_nan=False))
    text = document["on_baseline"]
    assert text["kl"] == comparison().on_baseline.kl.tolist()
    assert set(text["baseline"]["margin"]) == {None}


def test_what_changes_the_answer_changes_the_key(tmp_path):
    store = Store(tmp_path)
    asked = comparison().request
    key = store.key("comparison", asked, ("a", "b"), "cpu", "float32")
    assert key == store.key("comparison", asked, ("a", "b"), "cpu", "float32")
    others = [
        store.key("comparison", replace(asked, prompt="Une"), ("a", "b"), "cpu", "float32"),
        store.key("comparison", asked, ("a", "c"), "cpu", "float32"),
        store.key("comparison", asked, ("a", "b"), "cuda", "float32"),
        store.key("comparison", asked, ("a", "b"), "cpu", "bfloat16"),
        store.key(
            "comparison", replace(asked, decoding=Decoding(seed=1)), ("a", "b"), "cpu", "float32"
        ),
    ]
    assert len({key, *others}) == 6


@pytest.mark.parametrize(
    "harm",
    [
        lambda run: (run / "run.json").write_text("{"),
        lambda run: (run / "run.json").unlink(),
        lambda run: (run / "on_baseline.parquet").write_bytes(b"PAR1"),
        lambda run: os.truncate(run / "on_compressed.parquet", 200),
        lambda run: (run / "run.json").write_text("[]"),
    ],
)
def test_a_damaged_run_is_set_aside(tmp_path, harm):
    store = Store(tmp_path)
    store.save("comparison", "good", comparison())
    harm(store.save("comparison", "bad", comparison()))
    assert store.load("comparison", "bad") is None
    assert len(store.damaged("comparison")) == 1
    assert [run.key for run in store.recent("comparison")] == ["good"]
    store.save("comparison", "bad", comparison())  # and its place is free again
    assert store.load("comparison", "bad") is not None


def test_recent_runs_are_the_newest_first(tmp_path):
    store = Store(tmp_path)
    for index in range(4):
        folder = store.save("comparison", f"run{index}", comparison(prompt=f"prompt {index}"))
        os.utime(folder / "run.json", (index, index))
    assert [run.request.prompt for run in store.recent("comparison", 2)] == [
        "prompt 3",
        "prompt 2",
    ]


@pytest.mark.parametrize("key", ["../../etc", "", "a/b", "damaged", "."])
def test_a_link_cannot_leave_the_folder(tmp_path, key):
    assert Store(tmp_path).load("comparison", key) is None


def test_a_second_answer_replaces_the_first(tmp_path):
    store = Store(tmp_path)
    store.save("comparison", "abc", comparison(3))
    store.save("comparison", "abc", comparison(5))
    assert len(store.load("comparison", "abc").on_baseline) == 5
    assert {path.name for path in store.folder("comparison").iterdir()} == {"abc", ".lock"}


def test_a_large_run_stays_open_until_it_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "_LARGE", 1)
    store = Store(tmp_path)
    store.save("comparison", "abc", comparison(3))
    first = store.load("comparison", "abc")
    assert store.load("comparison", "abc") is first
    store.save("comparison", "abc", comparison(5))
    assert len(store.load("comparison", "abc").on_baseline) == 5
    # Damage is found whatever was open.
    (store.folder("comparison", "abc") / "run.json").write_text("{", encoding="utf-8")
    assert store.load("comparison", "abc") is None


RIVALS = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from test_store import comparison
from fairviz.analyses.store import Store
for _ in range(60):
    Store(Path({cache!r})).save("comparison", "abc", comparison(int(sys.argv[1])))
"""


def test_rivals_for_one_name_leave_one_whole_run(tmp_path):
    tests = Path(__file__).parent
    code = RIVALS.format(tests=str(tests), root=str(tests.parent), cache=str(tmp_path))
    store = Store(tmp_path)
    store.save("comparison", "abc", comparison(4))
    rivals = [
        subprocess.Popen([sys.executable, "-c", code, str(count)], stderr=subprocess.PIPE)
        for count in (3, 5)
    ]
    seen = 0
    while any(rival.poll() is None for rival in rivals):
        found = store.load(
            "comparison", "abc"
        )  # a reader meanwhile sees one of them, never half of each
        if found is not None:
            seen += 1
            assert same(found, comparison(len(found.on_baseline)))
    assert seen
    assert [(rival.returncode, rival.stderr.read()) for rival in rivals] == [(0, b"")] * 2
    assert {path.name for path in store.folder("comparison").iterdir()} == {"abc", ".lock"}
    assert store.damaged("comparison") == []


def test_no_rival_fails_at_the_renaming(tmp_path, monkeypatch):
    # Without the time that a run takes to write, the writers meet at the renaming itself.
    monkeypatch.setattr(
        "fairviz.analyses.comparison.codec.CODEC",
        replace(CODEC, write=lambda folder, _: (folder / "run.json").write_text("{}")),
    )
    store = Store(tmp_path)
    with ThreadPoolExecutor(4) as rivals:
        list(rivals.map(lambda _: store.save("comparison", "abc", comparison(0)), range(400)))
    assert {path.name for path in store.folder("comparison").iterdir()} == {"abc", ".lock"}


@pytest.mark.parametrize("broken", [True, False])
def test_a_run_replaced_while_it_is_read_is_read_again(tmp_path, monkeypatch, broken):
    store = Store(tmp_path)
    store.save("comparison", "abc", comparison(3))
    calls = []

    def slow(folder):
        calls.append(folder)
        found = CODEC.read(folder)
        if len(calls) == 1:
            store.save("comparison", "abc", comparison(5))
            if broken:
                raise FileNotFoundError("on_baseline.parquet")
        return found

    monkeypatch.setattr("fairviz.analyses.comparison.codec.CODEC", replace(CODEC, read=slow))
    assert same(store.load("comparison", "abc"), comparison(5))
    assert len(calls) == 2 and store.damaged("comparison") == []


def test_a_folder_that_cannot_be_written_says_why(tmp_path):
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "cache")
    with pytest.raises(CannotKeep, match="cache"):
        store.save("comparison", "abc", comparison())
    assert store.load("comparison", "abc") is None and store.recent("comparison") == []


def test_an_empty_store_is_empty(tmp_path):
    store = Store(tmp_path / "nowhere")
    assert (
        store.recent("comparison") == []
        and store.damaged("comparison") == []
        and store.load("comparison", "abc") is None
    )


ENDLESS = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}, {root!r}]
from test_store import comparison
from fairviz.analyses.store import Store
store = Store(Path({cache!r}))
for number in range(10**9):
    store.save("comparison", f"run{{number}}x{{sys.argv[1]}}", comparison(60))
    print(number, flush=True)
"""


def test_kill_9_leaves_the_store_readable(tmp_path):
    tests = Path(__file__).parent
    code = ENDLESS.format(tests=str(tests), root=str(tests.parent), cache=str(tmp_path))
    chance = random.Random(0)
    for attempt in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", code, str(attempt)], stdout=subprocess.PIPE, text=True
        )
        child.stdout.readline()  # it is writing now
        time.sleep(chance.random() * 0.05)  # anywhere within a write
        child.send_signal(signal.SIGKILL)
        child.wait()
    store = Store(tmp_path)
    runs = store.recent("comparison", 10**6)
    assert len(runs) >= 4
    assert all(same(store.load("comparison", run.key), comparison(60)) for run in runs)
    assert store.damaged("comparison") == []
    store.save("comparison", "last", comparison())
    assert [path.name for path in store.folder("comparison").glob(".*")] == [
        ".lock"
    ]  # what the killed ones left half-written is gone
