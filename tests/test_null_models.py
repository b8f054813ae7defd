"""Null models: noise of the form's own size, and what a form does beyond it."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
import torch

from fairviz.core.specs import ModelSpec
from fairviz.inference.null_model import dequantized, disturbed, sizes
from fairviz.inference.null_readings import Null, Reading, _scale, beside, texts
from fairviz.inference.scoring import score
from fairviz.models.pair import load_pair
from fairviz.stats.null_models import by_group, excess


@pytest.fixture(scope="module")
def pair(checkpoints):
    """A Llama and its nf4 form."""
    folder = str(checkpoints["llama"])
    return load_pair(ModelSpec(folder), ModelSpec.parse(f"{folder}+nf4"), device="cpu")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Where null models' readings are kept."""
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))
    return tmp_path


TEXTS = [[5, 6, 7, 8, 9, 10, 11, 60, 61], [9, 8, 7, 40, 41, 42]]


def test_sizes_are_the_root_mean_square_of_what_a_form_changes(pair):
    found = sizes(pair)
    assert found.of_weights
    ours, theirs = (dict(one.model.named_modules()) for one in (pair.baseline, pair.compressed))
    name = "model.layers.0.mlp.down_proj"
    error = (dequantized(theirs[name]) - ours[name].weight).double()
    assert found.of[name] == pytest.approx(float(error.square().mean().sqrt()), rel=1e-6)
    assert "model.embed_tokens" not in found.of  # which nf4 leaves alone


def test_noise_is_seeded_of_its_size_and_leaves_the_baseline_as_it_was(pair):
    before = {name: one.clone() for name, one in pair.baseline.model.named_parameters()}
    noise = sizes(pair)
    name = "model.layers.1.self_attn.q_proj"
    seen = []

    def reads(seed, scale=1.0):
        other = disturbed(pair.baseline, noise, scale, seed)
        layer = dict(other.model.named_modules())[name]
        own, forward = layer.weight, layer.forward

        def look(*given):
            seen.append(layer.weight if layer.weight is not own else None)
            return forward(*given)

        with torch.inference_mode():
            return other.model(torch.tensor(TEXTS[:1])).logits

    first, again, second = reads(0), reads(0), reads(1)
    assert torch.equal(first, again) and not torch.equal(first, second)
    small = reads(0, 1e-3)
    with torch.inference_mode():
        own = pair.baseline.model(torch.tensor(TEXTS[:1])).logits
    assert 0 < (small - own).abs().max() < (first - own).abs().max() / 100
    for key, value in pair.baseline.model.named_parameters():
        assert torch.equal(value, before[key])
        assert dict(disturbed(pair.baseline, noise, 1, 0).model.named_parameters())[key] is value


def test_a_null_model_of_a_tied_head_has_one_noise_for_both(checkpoints, tmp_path):
    from transformers import AutoModelForCausalLM

    folder = str(checkpoints["llama"])
    one = load_pair(ModelSpec(folder), ModelSpec(folder), device="cpu").baseline
    one.model.lm_head.weight = one.model.model.embed_tokens.weight
    other = AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        other.model.embed_tokens.weight.add_(0.1)
        other.lm_head.weight = other.model.embed_tokens.weight
    pair = type("Pair", (), {"baseline": one, "compressed": dataclasses.replace(one, model=other)})
    noise = sizes(pair)
    assert noise.of == {"model.embed_tokens": pytest.approx(0.1, rel=1e-5)}
    model = disturbed(one, noise, 1, 0).model
    assert model.lm_head.weight is model.model.embed_tokens.weight
    error = (model.lm_head.weight - one.model.lm_head.weight).std()
    assert float(error) == pytest.approx(0.1, rel=0.05)


def test_null_models_have_the_mean_kl_of_the_form(pair):
    told = []
    found = Null.of(
        beside(pair, texts(TEXTS), range(3), told=lambda done, of: told.append((done, of)))
    )
    bos, width = pair.baseline.vocabulary.bos_id, pair.vocabulary_size
    readers = pair.baseline.reader, pair.compressed.reader
    read = dict(score(*readers, TEXTS, width=width, bos_id=bos))
    kl = np.concatenate([read[0].kl, read[1].kl])
    assert found.equal_kl.shape == found.equal_weights.shape == (3, len(kl))
    assert found.equal_kl[0].mean() == pytest.approx(kl.mean(), rel=0.02)
    assert found.uniformity.shape == (4, len(kl)) and (found.uniformity > 0).all()
    assert all(done < of for done, of in told)


def test_a_scale_is_told_only_if_it_was_read():
    for kl, wanted in ((lambda one: 1e-3 * one**2, 0.1), (lambda one: 1 + 0.3 * (one > 2.5), 1.15)):
        read = {}
        found = _scale(lambda one, kl=kl, read=read: read.setdefault(one, kl(one)), wanted)
        # Of those read it is the nearest: a step of KL has none that is within 2 %.
        assert found in read
        assert abs(read[found] - wanted) == min(abs(one - wanted) for one in read.values())
    assert _scale(lambda one: 0.0, 0.1) is None
    assert _scale(lambda one: 5.0, 0.1) is None


def test_what_a_null_model_read_is_not_read_again(pair, tmp_path):
    of, read = texts(TEXTS), []

    def counted(pair):
        read.append(pair.compressed)
        return of.read(pair)

    first = beside(pair, Reading(of.name, counted), range(2))
    assert len(read) >= 5 and len(list((tmp_path / "null_models").glob("*.npz"))) == len(read) - 1
    read.clear()
    again = beside(pair, Reading(of.name, counted), range(3))
    assert len(read) == 1 + 2  # the form itself, and the new seed at both sizes
    np.testing.assert_array_equal(again.equal_kl["kl"][:2], first.equal_kl["kl"])
    assert again.scale == first.scale
    for path in (tmp_path / "null_models").glob("*.npz"):
        path.write_bytes(b"damaged")
    read.clear()
    beside(pair, Reading(of.name, counted), range(2))
    assert len(read) >= 5


def test_where_activations_are_rounded_only_the_scale_is_told(checkpoints):
    folder = str(checkpoints["llama"])
    pair = load_pair(ModelSpec(folder), ModelSpec.parse(f"{folder}+int8"), device="cpu")
    found = beside(pair, texts(TEXTS), range(2))
    assert found.equal_weights.shape == (0, 13) and 0 < found.scale < 50


def _draws(count, tokens=400, seed=0, spread=0.3):
    """KL of so many models: one entropy's effect for all, a level and noise of each."""
    random = np.random.default_rng(seed)
    entropy = random.uniform(0, 4, tokens)
    level = random.normal(0, 0.2, (count, 1))
    tilt = random.normal(0, 0.05, (count, 1)) * (entropy - 2)
    kl = np.exp(-5 + entropy + level + tilt + random.normal(0, spread, (count, tokens)))
    return entropy, kl


def test_one_of_the_null_models_is_no_finding_as_often_as_told():
    entropy, kl = _draws(1000)
    found = [excess(kl[start], kl[start + 1 : start + 20], entropy) for start in range(0, 1000, 20)]
    p = np.array([[one.p_slope, one.p_bins] for one in found])
    assert (p <= 0.05).mean(axis=0) == pytest.approx([0.05, 0.05], abs=0.07)
    assert p.mean(axis=0) == pytest.approx([0.52, 0.52], abs=0.12)


def test_what_is_more_than_null_is_found_where_it_is():
    entropy, kl = _draws(21, seed=1)
    own = kl[0] * np.exp(0.5 * (entropy - 2))
    found = excess(own, kl[1:], entropy)
    assert found.p_slope == found.p_bins == pytest.approx(1 / 21)
    assert found.slope == pytest.approx(0.5, abs=0.15)
    assert found.mean[-1] > found.high[-1] and found.mean[0] < found.low[0]
    assert found.n == 400 and len(found.edges) == 9
    groups = np.array(["a", "b", "c", "d"])[np.arange(400) % 4]
    louder = np.where(groups == "c", 3, 1) * kl[0]
    told = by_group(louder, kl[1:], groups)
    assert [name for name, one in told.items() if one.p_value < 0.05] == ["c"]
    assert told["c"].value == pytest.approx(0.75 * math.log(3), abs=0.1)
    assert all(one.p_value > 0.05 for one in by_group(kl[0], kl[1:], groups).values())


def test_tokens_without_a_number_and_few_null_models():
    entropy, kl = _draws(6, tokens=60)
    kl[0, :5], kl[2, 7] = 0, np.nan
    found = excess(kl[0], kl[1:], entropy)
    assert found.n == 54 and np.isnan(found.high).all() and found.p_bins >= 1 / 6
    with pytest.raises(ValueError, match="one null model"):
        excess(kl[0], kl[1:2], entropy)
    assert math.isnan(excess(kl[0], kl[1:], np.ones(60)).slope)


def test_a_reading_with_null_models_is_kept_said_and_found_again():
    import fairviz
    from fairviz.analyses.reading.request import ReadingRequest
    from fairviz.analyses.registry import ANALYSES
    from fairviz.analyses.store import Store

    text = "The little mouse was happy. She went to the market with her friend the baker."
    found = fairviz.score("demo", "demo+nf4", text, floor=False, null=3)
    shown = found.present()
    (line,) = [one for one in shown.allowed if "3 null models, random" in one]
    again = Store().load("reading", found.key)
    assert again.null["found"].seeds == (0, 1, 2)
    for name in ("equal_weights", "equal_kl", "uniformity"):
        np.testing.assert_array_equal(
            getattr(again.null["found"], name), getattr(found.value.null["found"], name)
        )
    assert line in ANALYSES["reading"].present(again, {}, "report").allowed
    assert "--null 3" in shown.command
    assert [one.name for one in shown.figures][-1] == "null_models"
    # Asked without, it is the question that it was before there were null models.
    plain = ReadingRequest(found.value.request.baseline, found.value.request.compressed, (text,))
    assert "null" not in plain.document() and plain != found.value.request
    assert "null_models" not in [
        one.name for one in fairviz.score("demo", "demo", text, floor=False).present().figures
    ]
    same = fairviz.score("demo", "demo", text, floor=False, null=2)
    assert any("could not be measured" in one for one in same.present().not_allowed)


@pytest.fixture(scope="module")
def of_demo():
    return load_pair(ModelSpec("demo"), ModelSpec.parse("demo+nf4"), device="cpu")


def test_an_audit_with_null_models_tells_of_its_groups(of_demo, tmp_path):
    from fairviz.analyses.audit.codec import CODEC
    from fairviz.analyses.audit.request import audit_request
    from fairviz.analyses.audit.run import run
    from fairviz.analyses.audit.tables import document
    from fairviz.analyses.registry import ANALYSES
    from fairviz.inference.set_rows import prompt_rows
    from fairviz.prompts.bank import bank

    prompts = [one for one in bank() if one.group in ("women", "men")]
    asked = of_demo.baseline.spec, of_demo.compressed.spec, "bank", prompts
    request = audit_request(*asked, null=2, floor=False)
    told = []
    *_rest, audit = run(of_demo, request, prompts, told=told.append)
    assert told[0].null and all(one.done < one.total for one in told)
    null = audit.null["found"]
    assert null.equal_weights.shape == null.equal_kl.shape == (2, len(prompts))
    kl = [row["kl"] for row in prompt_rows(of_demo, prompts, [])]
    assert null.equal_kl[0].mean() == pytest.approx(np.mean(kl), rel=0.02)
    CODEC.write(tmp_path, audit)
    again = CODEC.read(tmp_path)
    np.testing.assert_array_equal(again.null["found"].equal_kl, null.equal_kl)
    assert "fewer than 19" in " ".join(ANALYSES["audit"].present(again).allowed)
    # As if it had been 19, of which only the level differs.
    noise = np.random.default_rng(0).normal(0, 0.3, (19, len(prompts)))
    drawn = kl * np.exp(noise)
    many = Null(tuple(range(19)), drawn, drawn, 1.0, np.zeros((0, len(kl))))
    again = dataclasses.replace(again, null={"found": many})
    shown = ANALYSES["audit"].present(again)
    assert shown.figures[-1].name == "null_models" and "--null 2" in shown.command
    (groups,) = [one.frame for one in shown.tables if "p by Holm" in one.frame]
    assert sorted(groups.iloc[:, 1]) == [25, 25]
    assert any("Of 2 groups" in one or "More than null" in one for one in shown.allowed)
    assert set(document(again)["null"]["groups"]) == {"women", "men"}
    # Without them it is the question that it was.
    assert "null" not in audit_request(*asked).document()


def test_items_have_null_models_and_answers_in_own_words_none(of_demo):
    from fairviz.analyses.audit.request import audit_request
    from fairviz.analyses.audit.run import run
    from fairviz.analyses.registry import ANALYSES
    from fairviz.core.errors import BadSpec
    from fairviz.tasks.item import Item, Open

    items = [
        Item(f"{who} {how}", f"The {who} was {how} and went", (" home", " to the market"), (0,))
        for who in ("mouse", "baker", "nurse", "king")
        for how in ("happy", "sad", "late")
    ]
    asked = of_demo.baseline.spec, of_demo.compressed.spec, "own"
    *_rest, audit = run(of_demo, audit_request(*asked, items, null=2, floor=False), items)
    null = audit.null["found"]
    shown = ANALYSES["audit"].present(audit, {"length": "sum"})
    js = [one for one in shown.allowed if one.startswith("JS is")]
    assert len(js) == 1 and "fewer than 19" in js[0]
    assert null.equal_kl.shape == (2, 12) and null.uniformity.shape == (0, 12)
    assert "null_models" not in [
        one.name for one in ANALYSES["audit"].present(audit, {"length": "character"}).figures
    ]
    with pytest.raises(BadSpec, match="answers in own words"):
        audit_request(*asked, [Open("1", "Why?", ("Because",), ("No",))], 5, null=2)


def test_a_probe_tells_its_change_from_that_of_null_models(of_demo):
    from fairviz.analyses.probe.null import TABLE, _held
    from fairviz.analyses.probe.request import probe_request
    from fairviz.analyses.probe.run import measure
    from fairviz.core.errors import BadSpec
    from fairviz.i18n import said
    from fairviz.inference.null_readings import Beside
    from fairviz.probes.minimal_pairs import bundled
    from fairviz.probes.record import Items

    own = bundled(language="fr")
    few = Items(own.source, own.rows.head(24), content="few")
    asked = "minimal_pairs", of_demo.baseline.spec, of_demo.compressed.spec, few, {}
    request, told = probe_request(*asked, null=2), []
    plain, found = measure(request, few, {})(of_demo, None, told.append)
    pd.testing.assert_frame_equal(plain.outcome.groups, found.outcome.groups)
    assert any(one.null for one in told) and "null" not in probe_request(*asked).document()
    table = found.outcome.details[TABLE]
    assert table["difference"].iloc[0] == plain.outcome.groups["difference"].iloc[0]
    assert "fewer than the 19" in said.shown(found.outcome.sentences[-1])
    with pytest.raises(BadSpec, match="No model is run"):
        probe_request("stored", of_demo.baseline.spec, of_demo.compressed.spec, few, {}, null=2)
    # 20 null models that change the groups by some hundredths, and a form that changes one by more.
    null = np.random.default_rng(0).normal(0, 0.02, (20, 3))
    groups = pd.DataFrame(
        {"group": ["all", "women", "men"], "n": 40, "units": 40, "difference": [0.01, 0.2, -0.02]}
    )
    kl = np.ones(5)
    beside_20 = Beside(tuple(range(20)), 1.0, {"kl": kl}, 2 * np.ones((20, 5)), {"changes": null})
    outcome = dataclasses.replace(plain.outcome, groups=groups)
    table, sentences = _held(outcome, beside_20)
    assert list(table["p_holm"] < 0.05) == [False, True, False]
    assert table["null_low"].iloc[0] < -0.03 and table["null_high"].iloc[0] > 0.03
    within, beyond, size = map(said.shown, sentences)
    assert "do as much" in within and beyond.endswith("by Holm: women.") and "0.50 times" in size
    # Few units are not tested.
    groups["units"] = [40, 5, 40]
    assert list(_held(outcome, beside_20)[0]["group"]) == ["all", "men"]


def test_methods_tells_each_form_s_kl_beside_random_errors_as_large(cache):
    from fairviz.analyses.tradeoff.evaluation_text import EvaluationText
    from fairviz.analyses.tradeoff.measure import measure, measured
    from fairviz.analyses.tradeoff.present import present
    from fairviz.analyses.tradeoff.request import Tradeoff, TradeoffRequest

    words = ("mouse", "baker", "nurse", "king", "pilot", "cook", "judge", "sailor", "queen", "cat")
    text = EvaluationText("ours", tuple(f"The {one} went home and was happy." for one in words))
    base = ModelSpec("demo")
    forms = [ModelSpec.parse(f"demo+{form}") for form in ("nf4", "int8")]
    plain = measure(base, forms[0], text=text, device="cpu")
    assert "null" not in plain.document()  # as it was kept before there were null models
    nf4, int8 = (measure(base, one, text=text, device="cpu", null=3) for one in forms)
    assert dataclasses.replace(nf4, null=None, null_ratio=None, null_low=None, null_high=None) == (
        plain
    )
    read = [np.load(one)["kl"].mean() for one in (cache / "null_models").glob("*.npz")]
    assert len(read) == 3 and nf4.null_ratio == pytest.approx(nf4.kl / np.mean(read))
    assert nf4.null_low == pytest.approx(nf4.kl / max(read)) and int8.null_ratio is None
    assert {one.null for one in measured(base)} == {3}
    request = TradeoffRequest(base, ("demo+nf4", "demo+int8"), text.name, text.hash)
    shown = present(Tradeoff(request, (nf4, int8)))
    said = " ".join(shown.allowed)
    assert f"demo+nf4 has {nf4.null_ratio:.2f} times" in said and "size of demo+int8" in said
    assert shown.command.endswith("--null 3")
    assert shown.tables[0].frame["KL, times random errors'"].notna().sum() == 1


def test_a_level_of_its_own_is_no_shape_and_one_null_model_is_refused():
    entropy, kl = _draws(21, seed=3)
    found, louder = (excess(times * kl[0], kl[1:], entropy) for times in (1, 1.6))
    assert louder.p_bins == found.p_bins and louder.slope == pytest.approx(found.slope)
    from fairviz.analyses.reading.request import ReadingRequest
    from fairviz.core.errors import BadSpec

    with pytest.raises(BadSpec, match="1 null model"):
        ReadingRequest(ModelSpec("a"), ModelSpec("b"), ("text",), null=1)
