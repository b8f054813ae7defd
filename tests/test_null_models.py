"""Null models: noise of the form's own size, and what a form does beyond it."""

import math

import numpy as np
import pytest
import torch

from fairviz.core.specs import ModelSpec
from fairviz.inference.null_model import beside, dequantized, disturbed, sizes
from fairviz.inference.scoring import score
from fairviz.models.pair import load_pair
from fairviz.stats.null_models import by_group, excess


@pytest.fixture(scope="module")
def pair(checkpoints):
    """A Llama and its nf4 form."""
    folder = str(checkpoints["llama"])
    return load_pair(ModelSpec(folder), ModelSpec.parse(f"{folder}+nf4"), device="cpu")


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
    import dataclasses

    pair = type("Pair", (), {"baseline": one, "compressed": dataclasses.replace(one, model=other)})
    noise = sizes(pair)
    assert noise.of == {"model.embed_tokens": pytest.approx(0.1, rel=1e-5)}
    model = disturbed(one, noise, 1, 0).model
    assert model.lm_head.weight is model.model.embed_tokens.weight
    error = (model.lm_head.weight - one.model.lm_head.weight).std()
    assert float(error) == pytest.approx(0.1, rel=0.05)


def test_null_models_have_the_mean_kl_of_the_form(pair):
    told = []
    found = beside(pair, TEXTS, range(3), told=lambda done, of: told.append((done, of)))
    bos, width = pair.baseline.vocabulary.bos_id, pair.vocabulary_size
    readers = pair.baseline.reader, pair.compressed.reader
    read = dict(score(*readers, TEXTS, width=width, bos_id=bos))
    kl = np.concatenate([read[0].kl, read[1].kl])
    assert found.equal_kl.shape == found.equal_weights.shape == (3, len(kl))
    assert found.equal_kl[0].mean() == pytest.approx(kl.mean(), rel=0.02)
    assert found.uniformity.shape == (4, len(kl)) and (found.uniformity > 0).all()
    assert all(done < of for done, of in told)


def test_where_activations_are_rounded_only_the_scale_is_told(checkpoints):
    folder = str(checkpoints["llama"])
    pair = load_pair(ModelSpec(folder), ModelSpec.parse(f"{folder}+int8"), device="cpu")
    found = beside(pair, TEXTS, range(2))
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
    assert told["c"].excess == pytest.approx(0.75 * math.log(3), abs=0.1)
    assert all(one.p_value > 0.05 for one in by_group(kl[0], kl[1:], groups).values())


def test_tokens_without_a_number_and_few_null_models():
    entropy, kl = _draws(6, tokens=60)
    kl[0, :5], kl[2, 7] = 0, np.nan
    found = excess(kl[0], kl[1:], entropy)
    assert found.n == 54 and np.isnan(found.high).all() and found.p_bins >= 1 / 6
    with pytest.raises(ValueError, match="one null model"):
        excess(kl[0], kl[1:2], entropy)
    assert math.isnan(excess(kl[0], kl[1:], np.ones(60)).slope)


def test_a_reading_with_null_models_is_kept_said_and_found_again(tmp_path, monkeypatch):
    import fairviz
    from fairviz.analyses.reading.request import ReadingRequest
    from fairviz.analyses.registry import ANALYSES
    from fairviz.analyses.store import Store

    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))
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


def test_a_level_of_its_own_is_no_shape_and_one_null_model_is_refused():
    entropy, kl = _draws(21, seed=3)
    found, louder = (excess(times * kl[0], kl[1:], entropy) for times in (1, 1.6))
    assert louder.p_bins == found.p_bins and louder.slope == pytest.approx(found.slope)
    from fairviz.analyses.reading.request import ReadingRequest
    from fairviz.core.errors import BadSpec

    with pytest.raises(BadSpec, match="1 null model"):
        ReadingRequest(ModelSpec("a"), ModelSpec("b"), ("text",), null=1)
