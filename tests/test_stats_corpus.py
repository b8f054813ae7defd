"""The block of llama.cpp: by hand, by another way, and on a real model and its 4-bit form."""

import copy
import math

import numpy as np
import pytest
from comparisons import pair_trace

from fairviz.inference.pair_scoring import trace
from fairviz.inference.scoring import score
from fairviz.models.handles import Reader
from fairviz.stats import corpus

STORY = (
    "Once upon a time there was a little dog. He liked to run in the park with his friend Tim. "
    "One day they found a big red ball near the tree. Tim threw the ball and the dog ran after it."
)


def block(pairs):
    return {estimate.name: estimate for estimate in corpus(pairs)}


def again(before, after, kl, same):
    """The same from the sums that llama.cpp keeps, written out."""
    n = len(before)
    x, y = -np.asarray(after), -np.asarray(before)
    out = {}
    mean_x, mean_y = x.sum() / n, y.sum() / n
    unc_x = math.sqrt(((x * x).sum() / n - mean_x**2) / (n - 1))
    unc_y = math.sqrt(((y * y).sum() / n - mean_y**2) / (n - 1))
    cov = ((x * y).sum() / n - mean_x * mean_y) / (n - 1)
    out["ppl_compressed"] = math.exp(mean_x), math.exp(mean_x) * unc_x
    out["ppl_baseline"] = math.exp(mean_y), math.exp(mean_y) * unc_y
    out["ppl_correlation"] = cov / (unc_x * unc_y), None
    unc = math.sqrt(unc_x**2 + unc_y**2 - 2 * cov)
    out["ln_ppl_ratio"] = mean_x - mean_y, unc
    out["ppl_ratio"] = math.exp(mean_x - mean_y), math.exp(mean_x - mean_y) * unc
    p, q = math.exp(mean_x), math.exp(mean_y)
    out["ppl_difference"] = (
        p - q, math.sqrt((p * unc_x) ** 2 + (q * unc_y) ** 2 - 2 * p * q * cov)
    )  # fmt: skip
    kl = np.sort(kl)
    out["kld_mean"] = kl.mean(), math.sqrt(((kl**2).mean() - kl.mean() ** 2) / (n - 1))
    change = np.sort(np.exp(-x) - np.exp(-y))
    for name, values, percents in (
        ("kld", kl, (99.9, 99, 95, 90, 50, 10, 5, 1, 0.1)),
        ("dp", change, (99.9, 99, 95, 90, 75, 50, 25, 10, 5, 1, 0.1)),
    ):
        out[f"{name}_maximum"], out[f"{name}_minimum"] = (values[-1], None), (values[0], None)
        for percent in percents:
            place = percent / 100 * (n - 1)
            low = int(place)
            part = place - low
            value = (1 - part) * values[low] + part * values[min(low + 1, n - 1)]
            out[f"{name}_{percent:g}".replace(".", "_")] = value, None
    square = change**2
    rms = math.sqrt(square.mean())
    out["dp_mean"] = change.mean(), math.sqrt((square.mean() - change.mean() ** 2) / (n - 1))
    unc = math.sqrt(((square**2).mean() - square.mean() ** 2) / (n - 1)) / (2 * rms)
    out["dp_rms"] = rms, unc
    share = np.mean(same)
    out["same_top"] = share, math.sqrt(share * (1 - share) / (n - 1))
    return out


def check(found, expected, tolerance=1e-9):
    assert set(found) == set(expected)
    for name, (value, error) in expected.items():
        assert found[name].value == pytest.approx(value, abs=tolerance), name
        if error is None:
            assert math.isnan(found[name].standard_error), name
        else:
            assert found[name].standard_error == pytest.approx(error, abs=tolerance), name


def test_every_row_is_that_of_the_sums():
    pairs = [pair_trace(tuple("abcdefgh")), pair_trace(tuple("xyz"))]
    joined = [
        np.concatenate([getattr(pair, name) for pair in pairs]) for name in ("kl", "same_top")
    ]
    before, after = (
        np.concatenate([getattr(pair, side).log_prob for pair in pairs])
        for side in ("baseline", "compressed")
    )
    check(block(pairs), again(before, after, *joined))


def test_a_model_against_itself():
    from dataclasses import replace

    pair = pair_trace(tuple("abcd"))
    same = replace(
        pair, compressed=pair.baseline, kl=np.zeros(4), same_top=np.ones(4, dtype=np.bool_)
    )
    found = block([same])
    assert found["ln_ppl_ratio"].value == 0
    assert found["ln_ppl_ratio"].standard_error == pytest.approx(0, abs=1e-12)
    assert found["ppl_correlation"].value == pytest.approx(1)
    assert found["same_top"].value == 1
    assert found["dp_rms"].value == found["kld_mean"].value == 0


def test_one_token_is_no_corpus():
    with pytest.raises(ValueError):
        corpus([pair_trace(("a",))])


def to_4_bit(weight, group=32):
    """Round to nearest, symmetric, 16 levels a group of 32 weights."""
    import torch

    flat = weight.reshape(-1, group)
    scale = flat.abs().amax(1, keepdim=True) / 7
    return (torch.round(flat / scale.clamp(min=1e-12)).clamp(-8, 7) * scale).reshape(weight.shape)


def test_a_real_llama_against_its_4_bit_form_from_token_ids_in_float64(shared_folder):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from fairviz.models.vocabulary import Vocabulary

    folder = shared_folder / "models" / "stories260K-llama"
    vocabulary = Vocabulary(AutoTokenizer.from_pretrained(folder))
    baseline = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    compressed = copy.deepcopy(baseline)
    with torch.no_grad():
        for name, module in compressed.named_modules():
            if isinstance(module, torch.nn.Linear) and "lm_head" not in name:
                module.weight.copy_(to_4_bit(module.weight))
    ids = vocabulary.encode(STORY)
    width = baseline.config.vocab_size
    readers = (Reader(baseline, 512), Reader(compressed, 512))
    ((_, scored),) = score(*readers, [ids], width=width, bos_id=vocabulary.bos_id)
    found = block([trace(vocabulary, scored)])
    sides = []
    for model in (baseline, compressed):
        with torch.inference_mode():
            logits = model.double()(torch.tensor([ids])).logits[0, :-1]
        sides.append(logits.log_softmax(-1))
    p, q = sides
    own = torch.tensor(ids[1:])[:, None]
    expected = again(
        p.gather(1, own)[:, 0].numpy(),
        q.gather(1, own)[:, 0].numpy(),
        (p.exp() * (p - q)).sum(-1).numpy(),
        (p.argmax(-1) == q.argmax(-1)).numpy(),
    )
    check(found, expected, 1e-4)
    assert 0.001 < found["kld_mean"].value < 1
    assert len(ids) > 60
