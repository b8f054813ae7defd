"""Entropy, KL and Jensen-Shannon against hand computations, float64 and invariants."""

import math

import numpy as np
import pytest
import torch

from fairviz.metrics.reference import distance, log_normalizer


def logits(*probabilities: float) -> torch.Tensor:
    return torch.tensor([probabilities]).log()


def test_two_coins_by_hand():
    # P = (1/2, 1/2), Q = (1/4, 3/4).
    # KL(P||Q) = 1/2 ln 2 + 1/2 ln(2/3) = 1/2 ln(4/3); KL(Q||P) = 1/4 ln(1/2) + 3/4 ln(3/2)
    apart = distance(logits(0.5, 0.5), logits(0.25, 0.75))
    assert apart.kl.item() == pytest.approx(0.5 * math.log(4 / 3), abs=1e-7)
    assert apart.kl_reverse.item() == pytest.approx(
        0.25 * math.log(0.5) + 0.75 * math.log(1.5), abs=1e-7
    )
    # M = (3/8, 5/8); JS = H(M) - (H(P) + H(Q)) / 2
    mixture = -(0.375 * math.log(0.375) + 0.625 * math.log(0.625))
    entropy_q = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert apart.js.item() == pytest.approx(mixture - (math.log(2) + entropy_q) / 2, abs=1e-7)
    assert apart.entropy_p.item() == pytest.approx(math.log(2), abs=1e-7)
    # d = ln(1/2) or ln(3/2), each half the time.
    assert apart.collision.item() == pytest.approx(0.5, abs=1e-7)
    assert apart.variance.item() == pytest.approx((math.log(3) / 2) ** 2, abs=1e-7)


def test_uniform_entropy_is_ln_v_beyond_one_chunk():
    flat = torch.zeros(1, 250_880)
    assert distance(flat, flat).entropy_p.item() == pytest.approx(math.log(250_880), abs=1e-9)


def test_against_itself_is_exactly_zero():
    some = torch.randn(3, 70_000, generator=torch.Generator().manual_seed(0)) * 5
    apart = distance(some, some.clone())
    assert apart.kl.tolist() == apart.kl_reverse.tolist() == apart.js.tolist() == [0.0] * 3


def test_nothing_in_common_is_ln_2():
    left, right = torch.full((1, 8), -1e30), torch.full((1, 8), -1e30)
    left[0, 0] = right[0, 1] = 0
    assert distance(left, right).js.item() == pytest.approx(math.log(2))


def test_impossible_tokens_give_no_nan():
    left = torch.tensor([[0.0, -torch.inf, 1.0]])
    apart = distance(left, torch.tensor([[0.5, -torch.inf, 0.0]]))
    assert all(torch.isfinite(value).all() for value in apart)


def test_a_shift_of_a_millionth_keeps_its_size():
    # Second order: KL = JS * 4 = 1/2 sum p (d - mean d)^2 for a small change d of the logits.
    generator = torch.Generator().manual_seed(1)
    base = torch.randn(1, 500, generator=generator, dtype=torch.float64)
    change = 1e-6 * torch.randn(1, 500, generator=generator, dtype=torch.float64)
    apart = distance(base, base + change)
    p = base.softmax(-1)
    expected = 0.5 * ((p * change**2).sum() - (p * change).sum() ** 2).item()
    assert apart.kl.item() == pytest.approx(expected, rel=1e-2)
    assert apart.js.item() == pytest.approx(expected / 4, rel=1e-2)


@pytest.mark.parametrize("scale", [0.01, 1.0, 20.0])
def test_bounds_and_numpy_reference(scale):
    generator = torch.Generator().manual_seed(2)
    left = torch.randn(4, 66_000, generator=generator) * scale
    right = left + torch.randn(4, 66_000, generator=generator) * scale
    apart = distance(left, right)
    p = np.exp(left.double().numpy())
    q = np.exp(right.double().numpy())
    p, q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
    m = (p + q) / 2
    kl = (p * np.log(p / q)).sum(1)
    np.testing.assert_allclose(apart.kl.numpy(), kl, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(apart.kl_reverse.numpy(), (q * np.log(q / p)).sum(1), rtol=1e-9)
    js = ((p * np.log(p / m)).sum(1) + (q * np.log(q / m)).sum(1)) / 2
    np.testing.assert_allclose(apart.js.numpy(), js, rtol=1e-9, atol=1e-12)
    assert (apart.kl >= 0).all() and (apart.js <= math.log(2)).all()


def test_log_normalizer_of_large_logits():
    assert log_normalizer(torch.tensor([[1000.0, 1000.0]])).item() == pytest.approx(
        1000 + math.log(2)
    )
