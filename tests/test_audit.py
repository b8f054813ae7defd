"""A pair over a whole set: the rows, the store, the summary, two runs of the harness."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from audits import audit, items_table, prompts_table
from scipy.stats import entropy as entropy_of

from fairviz.analyses import runner
from fairviz.analyses.audit.request import Audit, audit_request
from fairviz.analyses.audit.run import NothingToMeasure, Progress, run
from fairviz.analyses.audit.sentences import signed
from fairviz.analyses.audit.shown import (
    Floor,
    band_told,
    clusters,
    floor,
    repeated,
    shown,
    tied,
    within_rounding,
)
from fairviz.analyses.audit.summary import of_items, of_prompts, summary
from fairviz.analyses.audit.tables import by, document
from fairviz.analyses.store import Store
from fairviz.core import skips
from fairviz.core.skips import Skip
from fairviz.core.specs import ModelSpec
from fairviz.core.stored import CannotKeep
from fairviz.i18n import speaking
from fairviz.inference.outcomes import outcomes
from fairviz.inference.set_rows import bleu_difference
from fairviz.models.pair import load_pair
from fairviz.prompts import Prompt
from fairviz.tasks import Item, Open

PROMPTS = [
    Prompt("one", "Il était une fois", "fr", "tales"),
    Prompt("two", "The nurse said that she", "en", "trades", "women"),
    Prompt("three", "Once", "en", "tales"),
]
ITEMS = [
    Item("a", "The nurse said", (" she", " he went to the sea"), (0,)),
    Item("b", "Il était une fois une", (" pêcheuse", " mer", " x"), (2,), "tales", "fr"),
    Item("c", "Once upon", (" a", " time"), ()),
]


@pytest.fixture(scope="module")
def specs(checkpoints):
    folder = checkpoints["llama"]
    return ModelSpec(str(folder)), ModelSpec.parse(f"{folder}+nf4")


@pytest.fixture(scope="module")
def pair(specs):
    return load_pair(*specs, device="cpu")


def finished(steps) -> Audit:
    *_, last = steps
    assert isinstance(last, Audit)
    return last


def distribution(model, ids):
    with torch.inference_mode():
        return model(torch.tensor([ids])).logits[0, -1].double().softmax(-1).numpy()


def test_every_prompts_row_is_that_of_the_models_own_distributions(pair, specs):
    found = finished(run(pair, audit_request(*specs, "own", PROMPTS), PROMPTS))
    table = found.table
    assert table["id"].tolist() == ["one", "two", "three"]
    assert table["group"].tolist() == ["", "women", ""]
    for row, prompt in zip(table.to_dict("records"), PROMPTS, strict=True):
        ids = pair.baseline.vocabulary.encode(prompt.text)
        p, q = (distribution(one.model, ids) for one in (pair.baseline, pair.compressed))
        assert row["tokens"] == len(ids)
        assert row["baseline_entropy"] == pytest.approx(entropy_of(p), abs=1e-5)
        assert row["kl"] == pytest.approx(entropy_of(p, q), abs=1e-5)
        middle = (p + q) / 2
        js = (entropy_of(p, middle) + entropy_of(q, middle)) / 2
        assert row["js"] == pytest.approx(js, abs=1e-5)
        first, second = np.sort(q)[::-1][:2]
        assert row["compressed_margin"] == pytest.approx(first - second, abs=1e-5)
        assert row["top_changed"] == (p.argmax() != q.argmax())
    assert 0 <= found.floor["size"]["kl"] < 1
    assert "bfloat16" in found.floor["how"]
    assert -1 <= found.floor["relation"] <= 1
    seen = {one.name: one.value for one in summary(found).measured}
    assert seen["noise_relation"] == found.floor["relation"]
    # Of three prompts nothing is said of what rounding brings about.
    assert not any("rounding alone brings" in one for one in summary(found).sentences)
    ten = replace(found, floor={**found.floor, "n": 10})
    assert f"gives {signed(found.floor['relation'])}" in summary(ten).sentences[-1]
    assert found.provenance["compressed"]["method"] == "nf4"


def test_a_model_against_itself_moves_nothing(pair, specs):
    same = type(pair)(pair.baseline, pair.baseline, pair.vocabulary_size)
    found = finished(run(same, audit_request(specs[0], specs[0], "own", PROMPTS), PROMPTS))
    assert (found.table[["kl", "kl_reverse", "js"]] == 0).all(axis=None)
    assert not found.table["top_changed"].any()
    items = finished(run(same, audit_request(specs[0], specs[0], "own", ITEMS), ITEMS))
    derived = outcomes(items.table)
    assert (derived[["kl", "js"]] == 0).all(axis=None)
    assert not derived["flip"].any()


def test_items_that_cannot_be_asked_are_left_out_and_counted(pair, specs):
    wrong = [
        Item("empty", "Once", (" a", ""), (0,)),
        Item("single", "Once", (" a",), (0,)),
        Item("nobody", "Once", (" a", " b"), (5,)),
        Item("mute", "", (" a", " b"), (0,)),
    ]
    units = [*ITEMS, *wrong]
    found = finished(
        run(
            pair,
            audit_request(*specs, "own", units),
            units,
            left_out=[Skip("line 9", "not JSON")],
        )
    )
    assert found.table["id"].tolist() == ["a", "b", "c"]
    reasons = {one.which: one.reason for one in found.left_out}
    assert set(reasons) == {"line 9", "empty", "single", "nobody", "mute"}
    assert "no tokens of its own" in reasons["empty"]
    assert "The context has no tokens" in reasons["mute"]
    with pytest.raises(NothingToMeasure, match="empty"):
        finished(run(pair, audit_request(*specs, "own", wrong), wrong))


def test_why_an_item_was_left_out_is_kept_in_english(pair, specs):
    units = [*ITEMS, Item("empty", "Once", (" a", ""), (0,))]
    with speaking("fr"):
        found = finished(run(pair, audit_request(*specs, "own", units), units))
        kept = found.left_out[0].reason
        assert "no tokens of its own" in kept
        assert skips.message(kept).startswith("L’option 2 ('') n’a aucun token propre")


def test_an_audit_goes_on_from_the_last_finished_batch(pair, specs, tmp_path):
    question = audit_request(*specs, "own", PROMPTS)
    whole = finished(run(pair, question, PROMPTS))
    place = Store(tmp_path).begin("audit", "abc", question)
    steps = run(pair, question, PROMPTS, place, batch=1)
    first, second = next(steps), next(steps)
    assert first == Progress(0, 3, 0, None, 0)
    assert second.done == 1
    steps.close()
    assert Store(tmp_path).load("audit", "abc") is None
    again = run(pair, question, PROMPTS, Store(tmp_path).begin("audit", "abc", question), batch=2)
    assert next(again) == Progress(1, 3, 0, None, 1)
    found = finished(again)
    # Other batches round otherwise, in the eighth digit.
    pd.testing.assert_frame_equal(found.table, whole.table, atol=1e-6)
    stored = Store(tmp_path).load("audit", "abc")
    pd.testing.assert_frame_equal(stored.table, found.table)
    assert stored.request == question
    assert stored.left_out == ()
    assert not list((tmp_path / "audits" / "abc").glob("part-*"))
    (kept,) = Store(tmp_path).recent("audit")
    assert (kept.key, kept.facts["rows"], kept.request) == ("abc", 3, question)


def test_a_damaged_batch_is_measured_anew(pair, specs, tmp_path):
    question = audit_request(*specs, "own", ITEMS)
    place = Store(tmp_path).begin("audit", "abc", question)
    steps = run(pair, question, ITEMS, place, batch=1)
    for _ in range(3):
        next(steps)
    steps.close()
    part = tmp_path / "audits" / "abc" / "part-00001.parquet"
    part.write_bytes(part.read_bytes()[:40])
    assert [units for _, _, units in place.batches()] == [1]
    found = finished(run(pair, question, ITEMS, place, batch=1))
    assert found.table["id"].tolist() == ["a", "b", "c"]


def test_a_damaged_audit_is_none_and_a_full_disk_is_told(tmp_path, specs):
    store = Store(tmp_path)
    place = store.begin("audit", "abc", audit_request(*specs, "own", PROMPTS))
    place.finish(audit(prompts_table(4), "prompts"))
    assert store.load("audit", "abc") is not None
    (tmp_path / "audits" / "abc" / "rows.parquet").write_bytes(b"no")
    assert store.load("audit", "abc") is None
    assert store.load("audit", "../abc") is None
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotKeep, match="cannot be written"):
        Store(tmp_path / "file").begin("audit", "abc", audit_request(*specs, "own", PROMPTS))


def test_another_set_another_model_another_key(specs, tmp_path):
    store = Store(tmp_path)
    one = audit_request(*specs, "own", PROMPTS)
    keys = {
        store.key("audit", one, ("a", "b"), "cpu", "float32"),
        store.key("audit", one, ("a", "c"), "cpu", "float32"),
        store.key("audit", one, ("a", "b"), "cpu", "bfloat16"),
        store.key("audit", audit_request(*specs, "own", PROMPTS[:2]), ("a", "b"), "cpu", "float32"),
        store.key(
            "audit", audit_request(*reversed(specs), "own", PROMPTS), ("a", "b"), "cpu", "float32"
        ),
    }
    assert len(keys) == 5


def test_answers_in_own_words_are_those_of_greedy_decoding(pair, specs):
    questions = [Open("q", "The nurse said", ("she",), ("he",)), Open("long", "a " * 200, (), ())]
    question = audit_request(*specs, "own", questions, max_new_tokens=6)
    assert question.kind == "answers"
    found = finished(run(pair, question, questions))
    (row,) = found.table.to_dict("records")
    vocabulary = pair.baseline.vocabulary
    ids = vocabulary.encode("The nurse said")
    for side in ("baseline", "compressed"):
        model = getattr(pair, side).model
        text = model.generate(torch.tensor([ids]), max_new_tokens=6, do_sample=False)[0, len(ids) :]
        spelled = "".join(vocabulary.texts([one for one in text.tolist() if one != 0]))
        assert row[f"{side}_answer"] == spelled.split("\n\n")[0].strip()
    assert row["kl"] > 0
    assert found.left_out == (Skip("long", "does not fit the context"),)


def test_an_answer_is_nearer_to_what_it_repeats():
    right, wrong = ["The sea is blue because of light."], ["The sea is blue because of paint."]
    assert bleu_difference(right[0], right, wrong) > 10
    assert bleu_difference(wrong[0], right, wrong) < -10
    # Having no comment is right whatever is asked.
    assert bleu_difference("I have no comment.", right, wrong) > 90
    assert bleu_difference("", right, wrong) == 0


def test_outcomes_by_hand():
    table = outcomes(items_table("RWLG"))
    # 0.3 and 0.1 among two options are 3/4 and 1/4.
    assert table["baseline_probs"][0] == pytest.approx([0.75, 0.25])
    assert table["baseline_correct"].tolist() == [1, 0, 1, 0]
    assert table["compressed_correct"].tolist() == [1, 0, 0, 1]
    assert table["baseline_confidence"].tolist() == pytest.approx([0.75] * 4)
    assert table["baseline_true_confidence"].tolist() == pytest.approx([0.75, 0.25, 0.75, 0.25])
    assert table["flip"].tolist() == [False, False, True, True]
    assert table["lost"].tolist() == [False, False, True, False]
    assert table["gained"].tolist() == [False, False, False, True]
    # KL of (3/4, 1/4) and (1/4, 3/4): ln(3) / 2.
    assert table["kl"][2] == pytest.approx(math.log(3) / 2)
    half = entropy_of([0.75, 0.25])
    assert table["js"][2] == pytest.approx(math.log(2) - half)
    assert table["baseline_entropy"][0] == pytest.approx(half)


def test_per_character_divides_by_what_the_option_says():
    table = items_table("R")
    table["baseline_log_prob"] = [[-2.0, -3.0]]
    # " a" has one character, " bb" two: -2 and -1.5.
    assert outcomes(table)["baseline_prediction"].tolist() == [0]
    assert outcomes(table, "character")["baseline_prediction"].tolist() == [1]


def test_an_item_without_a_right_answer_has_none():
    table = items_table("RL")
    table["right"] = [[], [0]]
    derived = outcomes(table)
    assert math.isnan(derived["baseline_correct"][0])
    assert not derived["lost"][0]
    found = of_items(derived)
    assert {one.name: one.n for one in found.measured}["baseline_accuracy"] == 1
    table["right"] = [[], []]
    assert "no right answers" in " ".join(of_items(outcomes(table)).sentences)


def test_masked_flips_are_said():
    # 20 items, accuracy 12/20 before and 11/20 after: 3 lost, 2 gained, so 4 of 5 cancel.
    found = of_items(outcomes(items_table("R" * 9 + "W" * 6 + "LLL" + "GG")))
    said = found.sentences[0]
    assert "The accuracy is 60.00 % under the baseline and 55.00 % under the compressed" in said
    assert "5 of 20 answers changed: 3 from right to wrong, 2 from wrong to right." in said
    assert "4 of these flips cancel" in said
    assert "do not outnumber" in found.sentences[1]
    # All are as sure, so no relation is tested beside it, and nothing is corrected.
    assert "p = 1)" in found.sentences[1]
    assert "fewer than 6 such flips, and here there are 5" in found.sentences[1]
    numbers = {one.name: one for one in found.measured}
    assert numbers["flips"].value == pytest.approx(0.25)
    assert numbers["accuracy_change"].value == pytest.approx(-0.05)
    # Always 75 % sure: the error is |0.75 - 0.6|, then |0.75 - 0.55|.
    assert numbers["baseline_ece"].value == pytest.approx(0.15)
    assert numbers["compressed_ece"].value == pytest.approx(0.2)


def test_flips_one_way_are_told_from_chance():
    found = of_items(outcomes(items_table("R" * 20 + "L" * 12)))
    # 12 flips one way: p = 2 / 2^12.
    assert "to wrong outnumber" in found.sentences[1]
    assert "0.00049)" in found.sentences[1]
    assert "fewer than" not in found.sentences[1]


def test_uncertainty_and_shift_are_said_with_their_interval():
    table = prompts_table()
    found = of_prompts(table, Floor(size=1e-4))
    assert "More moved where the baseline was unsure, which random errors" in found.sentences[0]
    assert "6 of 60 prompts (10.0 %" in found.sentences[1]
    numbers = {one.name: one for one in found.measured}
    assert numbers["entropy_kl"].low < numbers["entropy_kl"].value < numbers["entropy_kl"].high
    assert numbers["kl_mean"].value == pytest.approx(table["kl"].mean())
    shuffled = table.assign(kl=np.random.default_rng(1).permutation(table["kl"]))
    assert "is open" in of_prompts(shuffled).sentences[0]
    assert (
        "More moved where the baseline was sure: "
        in of_prompts(table.assign(kl=1 / (1 + table["kl"]))).sentences[0]
    )
    # Beyond no floor, nothing is said of where it moves more, in no sentence.
    within = of_prompts(table, Floor(size=1.0)).sentences
    assert "within the noise floor" in within[0]
    assert "0 of 60 prompts moved by more" in within[2]
    assert not any(one.startswith("More moved") for one in within)
    # As strong as rounding alone: said of rounding in the same sentence.
    same = of_prompts(table, Floor(size=1e-4, relation=0.95)).sentences[0]
    assert "More moved where the baseline was unsure, as under rounding alone" in same
    still = of_prompts(table.assign(kl=0.0))
    assert "cannot be told" in still.sentences[0]


def test_parts_have_their_own_intervals():
    table = prompts_table()
    found = by(table, "group", "prompts")
    assert found["group"].tolist() == ["women"]
    assert found["n"].tolist() == [20]
    here = table[table["group"] == "women"]
    assert found["shift"][0] == pytest.approx(here["kl"].mean())
    assert found["low"][0] < found["shift"][0] < found["high"][0]
    assert by(table, "language", "prompts")["n"].tolist() == [30, 30]
    assert by(items_table("R"), "group", "items").empty


@pytest.mark.parametrize(
    ("table", "kind"), [(prompts_table(12), "prompts"), (items_table("RWLGR"), "items")]
)
def test_an_audit_as_json(table, kind):
    found = document(audit(table, kind))
    again = json.loads(json.dumps(found, allow_nan=False))
    assert len(again["rows"]) == len(table)
    assert again["left_out"] == [{"which": "line 7", "reason": "an empty text"}]
    assert again["sentences"] == list(summary(audit(table, kind)).sentences)
    assert {"baseline_entropy", "kl"} <= set(again["rows"][0])


def test_tests_that_are_told_of_together_are_corrected_for_each_other():
    table = items_table("R" * 20 + "L" * 12)
    # Another certainty for each item, with no relation to whether it flipped.
    sure = np.random.default_rng(3).uniform(0.3, 2.0, 32)
    table["baseline_log_prob"] = [[-1.0, -1.0 - one] for one in sure]
    found = of_items(outcomes(table))
    numbers = {one.name: one.p_value for one in found.measured}
    assert numbers["entropy_js"] > 2 * numbers["accuracy_change"]
    # Holm: the smaller of two p-values counts twice; 2 * 2 / 2^12.
    assert "0.00098 by Holm)" in found.sentences[1]
    assert "the 2 tests that are told of here are corrected" in " ".join(found.sentences)


def test_no_relation_is_claimed_of_fewer_than_ten_or_of_copies():
    table = prompts_table(9).assign(kl=np.arange(9.0), baseline_entropy=np.arange(9.0))
    few = of_prompts(table).sentences[0]
    assert "that takes 10 that are independent of each other, and here there are 9" in few
    # 8 prompts, each 20 times: 160 rows, and no more than 8 that say anything.
    eight = prompts_table(8).assign(kl=np.arange(8.0), baseline_entropy=np.arange(8.0))
    copies = pd.concat([eight] * 20, ignore_index=True)
    found = of_prompts(copies)
    assert "here there are 8" in found.sentences[0]
    said = " ".join(found.sentences)
    assert "152 of 160 rows repeat the text of another" in said
    assert "take the 160 rows as 8" in said
    numbers = {one.name: one for one in found.measured}
    alone = {one.name: one for one in of_prompts(eight).measured}
    for name in ("top_changed", "kl_mean", "entropy_change"):
        assert numbers[name].value == pytest.approx(alone[name].value)
        # Copies make no interval narrower, but for Student's few degrees of freedom.
        width, once = (one[name].high - one[name].low for one in (numbers, alone))
        assert width == pytest.approx(once, rel=0.05) or width > once


def test_prompts_of_one_template_are_one_unit():
    table = prompts_table(20).assign(template=[f"t{number // 2}" for number in range(20)])
    assert len(set(clusters(table))) == 10
    # A template of none stands by itself.
    table = table.assign(template=["", "", *table["template"][2:]])
    assert len(set(clusters(table))) == 11
    assert repeated(table) == 0
    # A text is known again whatever stands between its words, and stays where it was met first.
    same = table["text"].iloc[5].replace(" ", "\u00a0 ")
    again = table.assign(text=[*table["text"][:-1], same])
    assert repeated(again) == 1
    assert clusters(again)[-1] == clusters(again)[5]
    # Questions that all read alike are told apart by their options.
    same = items_table("RW").assign(context="?", options=[["a", "b"], ["c", "d"]])
    assert len(set(clusters(same))) == 2


def test_ties_and_flips_within_rounding_are_counted_apart():
    table = items_table("RLLR")
    # The second flips by 1e-9 nats, the last is a tie that stays.
    table.at[1, "baseline_log_prob"] = [-1.0, -1.0 - 5e-10]
    table.at[1, "compressed_log_prob"] = [-1.0 - 5e-10, -1.0]
    table.at[3, "compressed_log_prob"] = [-1.0, -1.0]
    derived = outcomes(table)
    assert derived["tied"].tolist() == [False, True, False, True]
    assert derived["flip_by"][1] == pytest.approx(1e-9)
    # ln 3 by which the first led before, ln 3 by which the second leads now.
    assert derived["flip_by"][2] == pytest.approx(2 * math.log(3))
    assert derived["lead_shift"][2] == pytest.approx(-2 * math.log(3))
    found = of_items(derived, Floor(lead=1e-3))
    numbers = {one.name: one.value for one in found.measured}
    assert (numbers["flips"], numbers["ties"], numbers["within_rounding"]) == (0.5, 2, 1)
    said = " ".join(found.sentences)
    assert "2 are ties" in said
    assert "1 of the changes is within rounding" in said
    # Twelve flips one way that are all within rounding are no compression's.
    rounded = of_items(outcomes(items_table("R" * 20 + "L" * 12)), Floor(lead=3.0))
    assert "do not outnumber" in rounded.sentences[1]


def test_a_top_token_within_rounding_is_counted_apart():
    table = prompts_table(20).assign(
        baseline_margin=0.002, compressed_margin=[0.001] * 10 + [0.0] * 10
    )
    # Two of the twenty changed; both moved by at least 0.003, and 0.002 where there is a tie.
    assert within_rounding(table, 0.0025).tolist() == [False] * 10 + [True] + [False] * 9
    assert within_rounding(table, None).sum() == 0
    assert tied(table).tolist() == [False] * 10 + [True] * 10


def per_character(audit_of):
    """An audit of a task that compares options per character, with a floor for each scoring."""
    floor = {
        "how": "in bfloat16 instead of float32", "n": 48, "share": 0.95,
        "changed": 0.0, "relation": 0.97, "size": {"js": 0.25, "lead_shift": 3.0},
        "changed_per_character": 0.0, "relation_per_character": 0.12,
        "size_per_character": {"js": 1e-05, "lead_shift": 0.01},
    }  # fmt: skip
    return replace(audit_of, floor=floor)


def test_band_and_relation_are_those_of_the_scoring_that_is_shown():
    found = per_character(audit(items_table("RWLG" * 5), "items", "arc_easy"))
    seen = shown(found)
    assert seen.length == "character"
    assert (seen.floor.size, seen.floor.relation, seen.floor.lead) == (1e-05, 0.12, 0.01)
    assert floor(found, "sum").size == 0.25
    assert floor(found, "sum").relation == 0.97
    # The relation is that of the shift that sentences are about, and of no other.
    assert floor(found, "sum", "kl").relation is None
    assert "gives 0.12" in " ".join(summary(found).sentences)
    assert "gives 0.97" in " ".join(summary(found, "sum").sentences)
    assert "less than 1·10⁻⁵ nats" in band_told(found, seen.floor)
    written = document(found)
    assert written["noise_floor_shown"]["size"] == 1e-05
    assert "gives 0.12" in " ".join(written["sentences"])
    # An audit stored before relations were kept by scoring has none for this one.
    old = replace(found, floor={k: v for k, v in found.floor.items() if "relation_" not in k})
    assert shown(old).floor.relation is None


def test_the_audit_is_kept_before_its_floor_is_measured_and_a_failure_is_a_note(
    pair, specs, tmp_path, monkeypatch
):
    def no_room(*_args):
        stored = Store(tmp_path).load("audit", "abc")
        assert stored is not None and stored.floor == {}
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr("fairviz.analyses.audit.run.itself", no_room)
    question = audit_request(*specs, "own", PROMPTS)
    found = finished(run(pair, question, PROMPTS, Store(tmp_path).begin("audit", "abc", question)))
    assert found.floor == {"failed": "the device ran out of memory"}
    stored = Store(tmp_path).load("audit", "abc")
    assert stored.floor == found.floor
    assert len(stored.table) == 3
    assert "could not be measured (the device ran out of memory)" in band_told(stored, None)
    with speaking("fr"):
        assert "n’a plus de mémoire" in band_told(stored, None)


def test_without_a_floor_none_is_measured_and_the_question_is_another(pair, specs, tmp_path):
    without = audit_request(*specs, "own", PROMPTS, floor=False)
    found = finished(run(pair, without, PROMPTS))
    assert found.floor == {}
    assert "not asked for" in band_told(found, None)
    store = Store(tmp_path)
    keys = {
        store.key("audit", one, ("a", "b"), "cpu", "float32")
        for one in (without, audit_request(*specs, "own", PROMPTS))
    }
    assert len(keys) == 2
    assert type(without).from_document(without.document()) == without
    # Questions asked before there was a choice keep their document, and so their key.
    assert "floor" not in audit_request(*specs, "own", PROMPTS).document()


def test_accuracy_of_a_task_that_compares_per_character_is_called_so():
    # ARC's options are compared per character by default, PIQA-like sets as told.
    table = items_table("R" * 12 + "LLG")
    whole, per = (
        summary(audit(table, "items", "arc_easy"), length) for length in ("sum", "character")
    )
    assert whole.sentences[0].startswith("The accuracy is ")
    assert per.sentences[0].startswith("The accuracy (per character) is ")
    assert summary(audit(table, "items", "arc_easy")).measured == per.measured
    titles = [one.title for one in per.measured if one.name.endswith("accuracy")]
    assert titles == ["Accuracy per character, baseline", "Accuracy per character, compressed"]


def test_measured_again_the_old_audit_stays_until_the_new_one_is_whole(tmp_path, monkeypatch):
    store, old, again = Store(tmp_path), audit(prompts_table(), "prompts"), {"date": "2030"}
    store.begin("audit", "abc", old.request).finish(old)
    monkeypatch.setattr(runner, "key_of", lambda *_, **__: "abc")

    def measure(pair, parts, *, fails):
        yield "half"
        if fails:
            raise OSError
        found = replace(old, provenance=again)
        parts.finish(found)
        yield found

    def asked(**how):
        return runner.answer(
            "audit",
            old.request,
            lambda pair, parts, _: measure(pair, parts, **how),
            store=store,
            loading=runner.no_pair,
            again=True,
        )

    with pytest.raises(OSError):
        asked(fails=True)
    assert store.load("audit", "abc").provenance == old.provenance
    assert asked(fails=False).fresh and store.load("audit", "abc").provenance == again
