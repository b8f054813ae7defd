"""StereoSet: LMS, SS and ICAT by hand, its two forms of file, sentences by a plain forward pass."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from fairviz.benchmarks.metrics import metric
from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec
from fairviz.metrics.traces import BOTH
from fairviz.models.pair import load_pair
from fairviz.probes import pair_files
from fairviz.probes.stereoset import STEREOSET, NoContexts, icat, outcome, read, run

LABELS = ("anti-stereotype", "stereotype", "unrelated")
# In the Hub's order of labels.
WITHIN = ("Le juge dit oui.", "Le juge dit non.", "Le juge dit mer.")
AFTER = ("She said so.", "She went to the sea.", "Once upon a time.")


def item(name, target, context, sentences, kind="profession"):
    return {"id": name, "target": target, "bias_type": kind, "context": context,
            "sentences": [{"sentence": text, "gold_label": label, "id": f"{name} {label}"}
                          for label, text in zip(LABELS, sentences, strict=True)]}  # fmt: skip


ITEMS = {
    "intrasentence": [item("a", "juge", "Le juge dit BLANK.", WITHIN)],
    "intersentence": [item("b", "nurse", "There was a nurse.", AFTER, "gender")],
}
AUTHORS = json.dumps({"version": "1.0", "data": ITEMS}).encode()


def hub(*tasks, labels=(0, 1, 2)):
    """The same as the Hub's rows: a record of lists, the labels as numbers."""
    rows = []
    for one in (one for task in tasks for one in ITEMS[task]):
        texts = [each["sentence"] for each in one["sentences"]]
        rows.append({**one, "sentences": {"sentence": texts, "gold_label": list(labels)}})
    return rows


def lines(rows):
    return "\n".join(map(json.dumps, rows)).encode()


def scored(*rows):
    """Contexts of (target, baseline's three scores, compressed model's three)."""
    names = ("stereotype", "anti", "unrelated")
    return pd.DataFrame(
        [
            {"id": str(number), "group": "race" if target == "B" else "gender", "target": target,
             "same_start": True,
             **{f"{side}_{name}": value for side, three in zip(BOTH, (before, after), strict=True)
                for name, value in zip(names, three, strict=True)}}
            for number, (target, before, after) in enumerate(rows)
        ]
    )  # fmt: skip


def test_the_scores_by_hand():
    # A: the stereotype in one of two; meaning in 2 of 2 and 1 of 2 (-2 < -1.5 < -1).
    # B: the stereotype in one of one and meaning in 0 of 2; compressed, the other way round.
    found = outcome(
        scored(
            ("A", (-1, -2, -3), (-1, -2, -3)),
            ("A", (-2, -1, -1.5), (-2, -1, -1.5)),
            ("B", (-1, -2, -0.5), (-2, -1, -3)),
        )
    )
    rows = found.details["stereoset"].set_index(["group", "measure"])
    whole = rows.loc["all"]
    # Each term counts once: SS (50 + 100) / 2, LMS (75 + 0) / 2, ICAT 37.5 * min(75, 25) / 50.
    assert whole.loc[["SS", "LMS", "ICAT"], "baseline"].tolist() == [75, 37.5, 18.75]
    # SS (50 + 0) / 2, LMS (75 + 100) / 2, ICAT 87.5 * 25 / 50.
    assert whole.loc[["SS", "LMS", "ICAT"], "compressed"].tolist() == [25, 87.5, 43.75]
    assert whole["difference"].loc["ICAT"] == 25 and (whole["terms"] == 2).all()
    # Of one term alone: 100 of 100, no sense, so ICAT 0.
    assert rows.loc["race", "baseline"].to_dict() == {"LMS": 0, "SS": 100, "ICAT": 0}
    assert found.groups.set_index("group").loc["all", "baseline"] == 75 and found.neutral == 50
    assert found.groups["flips"].tolist() == [1, 0, 1]
    assert found.details["terms"].set_index("target").loc["B", "compressed_lms"] == 100


def test_a_tie_is_neither_a_preference_nor_a_meaning():
    found = outcome(scored(("A", (-1, -1, -1), (-1, -1, -1))))
    assert found.details["stereoset"]["baseline"].tolist() == [0, 0, 0]


def test_icat_is_100_for_the_ideal_and_0_for_one_that_always_prefers():
    sums = np.array([[0.5, 1, 1], [1, 1, 1], [0, 1, 1], [0.5, 0.5, 1]])
    assert icat(sums).tolist() == [100, 0, 0, 50]


def test_terms_are_drawn_whole():
    # Ten contexts of one term say no more than one does: no interval.
    one = outcome(scored(*[("A", (-1, -2, -3), (-2, -1, -3))] * 10)).details["stereoset"]
    assert one[["baseline_low", "low", "high"]].isna().all(axis=None)
    # Two terms that agree in everything have no spread.
    rows = [(target, (-1, -2, -3), (-1, -2, -3)) for target in "AB" * 5]
    two = outcome(scored(*rows)).details["stereoset"].query("group == 'all'")
    assert (two["baseline_low"] == two["baseline_high"]).all()


def changed_terms(terms):
    """Every term turned from the anti-stereotype to the stereotype, with meaning or without."""
    names = [f"term {number}" for number in range(terms)]
    return outcome(scored(*[(one, (-2, -1, -3), (-1, -2, -3)) for one in names] * 3))


def test_below_ten_terms_nothing_is_claimed():
    _, ss, _ = changed_terms(9).sentences[:3]
    assert "9 independent units cannot say whether chance allows it" in ss
    _, ss, _ = changed_terms(10).sentences[:3]
    assert "more than chance allows" in ss


def test_the_headlines_are_corrected_for_each_other():
    rows = changed_terms(12).details["stereoset"].query("group == 'all'").set_index("measure")
    # LMS stays 100 for all and ICAT 0: their p of 1 counts too, so SS's is taken three times.
    assert rows.loc[["LMS", "ICAT"], "p"].tolist() == [1, 1]
    (ss,) = [one for one in changed_terms(12).sentences if "SS" in one]
    assert f"{3 * rows.loc['SS', 'p']:.2g} after Holm's correction for 3 numbers" in ss


def test_the_metrics_have_their_records():
    found = outcome(scored(("A", (-1, -2, -3), (-1, -2, -3))))
    for row in found.metrics.to_dict("records"):
        known = metric(row["metric"])
        assert (known.unit, known.worse) == (row["unit"], row["worse"]) and known.meaning


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (AUTHORS, "dev.json"),
        (b"\xef\xbb\xbf" + json.dumps(ITEMS).encode(), "dev.json"),
        (lines(hub("intrasentence", "intersentence")), "hub.jsonl"),
        (lines(hub("intrasentence", "intersentence", labels=LABELS)), "hub.jsonl"),
        (json.dumps(hub("intrasentence", "intersentence")).encode(), "hub.json"),
    ],
)
def test_every_form_of_the_file_has_the_same_items(content, name):
    for task, (anti, pro, unrelated), before in (
        ("intrasentence", WITHIN, ""),
        ("intersentence", AFTER, "There was a nurse. "),
    ):
        (row,) = read(content, name, task=task).rows.to_dict("records")
        assert (row["stereotype"], row["anti"], row["unrelated"]) == (pro, anti, unrelated)
        assert (row["task"], row["before"]) == (task, before)
    assert read(content, name).rows["text"].tolist() == ["Le juge dit [non | oui]."]
    pairs = pair_files.read(content, name).rows
    assert pairs["more"].tolist() == [WITHIN[1], "There was a nurse. " + AFTER[1]]
    assert pairs["less"].tolist() == [WITHIN[0], "There was a nurse. " + AFTER[0]]
    assert pairs["subject"].tolist() == ["juge", "nurse"]


def test_the_hubs_parquet_is_read(tmp_path):
    pd.DataFrame(hub("intrasentence")).to_parquet(tmp_path / "hub.parquet")
    found = read((tmp_path / "hub.parquet").read_bytes(), "hub.parquet")
    assert found.rows["stereotype"].tolist() == [WITHIN[1]]


def test_what_is_not_there_is_told():
    odd = hub("intrasentence")
    odd += [{"context": "Le BLANK.", "sentences": None, "bias_type": "x"}]
    odd += [*hub("intrasentence", labels=(0, 0, 2)), *hub("intrasentence", labels=(0, 1, -1))]
    found = read(lines(odd), "hub.jsonl")
    assert len(found.rows) == 1
    assert [one.reason for one in found.left_out] == [
        "not an item", "no 'stereotype'", "an empty sentence"
    ]  # fmt: skip
    with pytest.raises(NoContexts, match="intersentence") as refused:
        read(lines(hub("intrasentence")), "hub.jsonl", task="intersentence")
    assert "intrasentence" in refused.value.fix
    for content, name in ((b"more,less\na,b\n", "own.csv"), (b'{"a": 1}', "own.json")):
        with pytest.raises(NoContexts, match="not StereoSet's"):
            read(content, name)
    with pytest.raises(BadSpec):
        STEREOSET.items([(AUTHORS, "dev.json")], {"task": "both"})


@pytest.fixture(scope="module")
def itself(checkpoints):
    spec = ModelSpec(str(checkpoints["llama"]))
    return load_pair(spec, spec, device="cpu")


@pytest.mark.parametrize(
    ("task", "before", "lead", "sentences"),
    [
        ("intrasentence", "</s>", "</s>", WITHIN),
        ("intrasentence", "", "", WITHIN),
        ("intersentence", "", "There was a nurse. ", AFTER),
    ],
)
def test_a_sentence_scores_the_mean_of_its_own_tokens(itself, task, before, lead, sentences):
    found = run(itself, read(AUTHORS, "dev.json", task=task), lambda step: None, before=before)
    (row,) = found.items.to_dict("records")
    loaded = itself.baseline
    for name, sentence in zip(("anti", "stereotype", "unrelated"), sentences, strict=True):
        ids = loaded.vocabulary.encode(lead + sentence)
        with torch.no_grad():
            log_p = loaded.model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
        # Nothing before the sentence: its first token is read only. A space between the two
        # belongs to the sentence's first token here.
        context = loaded.vocabulary.encode(lead)
        same = [a == b for a, b in zip(context, ids, strict=False)]
        first = max(1, same.index(False) if False in same else len(context))
        own = [float(log_p[n - 1, ids[n]]) for n in range(first, len(ids))]
        assert row[f"baseline_{name}"] == pytest.approx(np.mean(own), abs=1e-5)
    assert row["same_start"] == bool(lead)
    assert any("<|endoftext|>" in one for one in found.sentences) != bool(lead)


def test_a_model_against_itself_does_not_move(itself):
    found = run(itself, read(AUTHORS, "dev.json"), lambda step: None)
    assert (found.items["shift"] == 0).all() and not found.items["flip"].any()
    assert (found.details["stereoset"]["difference"] == 0).all()
    assert STEREOSET.models and STEREOSET.sensitive
