"""The fused reduction against plain float64 expressions, and what must hold of any distance."""

import math

import pytest
import torch

from fairviz.metrics.fused import Reduced, reduce
from fairviz.metrics.top import top


def plain(p, q, targets, k):
    """The same in float64 with one expression a measure."""
    out = {}
    lp, lq = p.double().log_softmax(-1), q.double().log_softmax(-1)
    big_p, big_q = lp.exp(), lq.exp()
    mixed = torch.logaddexp(lp, lq) - math.log(2)
    zero = torch.zeros((), dtype=torch.float64)

    def mean(weight, value):
        return torch.where(weight > 0, weight * value, zero).sum(-1)

    out["kl"], out["kl_reverse"] = mean(big_p, lp - lq), mean(big_q, lq - lp)
    out["js"] = (mean(big_p, lp - mixed) + mean(big_q, lq - mixed)) / 2
    out["collision"] = (big_p * big_p).sum(-1)
    out["variance"] = mean(big_p, (lq - lp + out["kl"][:, None]).square())
    for name, log_p in (("baseline", lp), ("compressed", lq)):
        own = log_p.gather(1, targets[:, None])
        best = log_p.topk(k, -1)
        two = best.values[:, :2].exp()
        out[name] = {
            "log_prob": own[:, 0],
            "entropy": -mean(log_p.exp(), log_p),
            "rank": (log_p > own).sum(-1) + 1,
            "margin": two[:, 0] - two[:, 1],
            "top_log_probs": best.values,
        }
    return out


def pair(rows, width, shift, scale=3.0, seed=0):
    random = torch.Generator().manual_seed(seed)
    p = torch.randn(rows, width, generator=random) * scale
    q = p + torch.randn(rows, width, generator=random) * shift
    return p, q, torch.randint(0, width, (rows,), generator=random)


def check(found: Reduced, expected, tolerance=1e-5):
    for name in ("kl", "kl_reverse", "js", "collision", "variance"):
        # Of squares of up to 1e5 nats no more digits are left than float32 has.
        rtol = 1e-5 if name == "variance" else 1e-6
        atol = 2 * tolerance if name == "collision" else tolerance  # a square
        torch.testing.assert_close(getattr(found, name), expected[name], atol=atol, rtol=rtol)
    for side in ("baseline", "compressed"):
        for name, value in expected[side].items():
            torch.testing.assert_close(
                getattr(getattr(found, side), name), value, atol=tolerance, rtol=1e-6
            )


@pytest.mark.parametrize("width", [2, 300, 511, 5120, 6000, 50_257, 250_880])
@pytest.mark.parametrize("shift", [1e-3, 0.3, 4.0])
def test_every_measure_is_that_of_float64(width, shift):
    p, q, targets = pair(5, width, shift)
    k = min(10, width)
    check(reduce(p, q, targets, k), plain(p, q, targets, k), 1e-6)


def test_a_model_against_itself_is_exactly_no_distance():
    p, _, targets = pair(6, 50_257, 0)
    found = reduce(p, p.clone(), targets)
    for value in (found.kl, found.kl_reverse, found.js, found.variance):
        assert (value == 0).all()
    assert found.same_top.all()


def test_distances_stay_within_their_bounds_for_peaked_and_disjoint_models():
    for scale in (0.0, 1.0, 60.0, 400.0):
        p, _, targets = pair(4, 3000, 0, scale)
        q, _, _ = pair(4, 3000, 0, scale, seed=1)
        found = reduce(p, q, targets)
        assert (found.kl >= 0).all()
        assert (found.js >= 0).all()
        assert (found.js <= math.log(2)).all()
        assert torch.isfinite(found.kl).all()
        check(found, plain(p, q, targets, 10), 1e-4)


def test_a_uniform_model_has_the_entropy_of_its_vocabulary():
    flat = torch.zeros(2, 1234)
    found = reduce(flat, flat, torch.tensor([0, 7])).baseline
    torch.testing.assert_close(found.entropy, torch.full((2,), math.log(1234)).double())
    torch.testing.assert_close(found.log_prob, torch.full((2,), -math.log(1234)).double())
    assert found.rank.tolist() == [1, 1]
    assert found.margin.tolist() == [0, 0]


def test_a_word_that_cannot_be_said_changes_nothing():
    p, q, targets = pair(3, 700, 0.5)
    p[:, 650:], q[:, 650:] = -math.inf, -math.inf
    targets %= 650
    with_them, without = reduce(p, q, targets), reduce(p[:, :650], q[:, :650], targets)
    torch.testing.assert_close(with_them.kl, without.kl)
    torch.testing.assert_close(with_them.js, without.js)
    torch.testing.assert_close(with_them.baseline.entropy, without.baseline.entropy)


def test_half_precision_logits_are_read_as_they_are():
    p, q, targets = pair(3, 2000, 0.5)
    p, q = p.bfloat16(), q.bfloat16()
    check(reduce(p, q, targets), plain(p, q, targets, 10), 1e-6)


@pytest.mark.parametrize("width", [10, 511, 512, 5121, 20_000])
def test_the_sieve_finds_the_top(width):
    logits = pair(7, width, 0)[0]
    values, ids = top(logits, 10)
    torch.testing.assert_close(values, logits.topk(10).values)
    torch.testing.assert_close(logits.gather(1, ids), values)


def test_the_sieve_with_all_of_the_top_in_one_block():
    logits = torch.zeros(1, 10_000)
    logits[0, 600:610] = torch.arange(10.0) + 1
    assert top(logits, 10).ids.tolist() == [list(range(609, 599, -1))]


def test_hand_computed_two_words():
    # P = (3/4, 1/4), Q = (1/2, 1/2)
    p, q = torch.tensor([[math.log(3), 0.0]]), torch.zeros(1, 2)
    found = reduce(p, q, torch.tensor([1]), 2)
    kl = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    reverse = 0.5 * math.log(2 / 3) + 0.5 * math.log(2)
    d = math.log(0.5 / 0.75), math.log(0.5 / 0.25)
    variance = 0.75 * 0.25 * (d[0] - d[1]) ** 2
    assert found.collision.item() == pytest.approx(0.75**2 + 0.25**2, abs=1e-7)
    assert found.variance.item() == pytest.approx(variance, abs=1e-6)
    m = (0.625, 0.375)
    js = 0.5 * (0.75 * math.log(0.75 / m[0]) + 0.25 * math.log(0.25 / m[1]))
    js += 0.5 * (0.5 * math.log(0.5 / m[0]) + 0.5 * math.log(0.5 / m[1]))
    assert found.kl.item() == pytest.approx(kl, abs=1e-7)
    assert found.kl_reverse.item() == pytest.approx(reverse, abs=1e-7)
    assert found.js.item() == pytest.approx(js, abs=1e-7)
    assert found.baseline.rank.item() == 2
    assert found.baseline.margin.item() == pytest.approx(0.5, abs=1e-7)


def quantiles(values):
    """Those that llama.cpp prints of its divergences, the lowest among them."""
    shares = torch.tensor([0.001, 0.01, 0.05, 0.1, 0.5, 0.9, 0.99], dtype=torch.float64)
    return values.quantile(shares)


@pytest.mark.parametrize("width", [300, 5121])
def test_the_lowest_quantiles_of_near_models_are_those_of_float64(width):
    """As of a model in another number type: divergences from 1e-11 to 1e-2 in one batch."""
    random = torch.Generator().manual_seed(3)
    p = torch.randn(400, width, generator=random) * 3 + 7
    shift = 10 ** (-5.5 + 4 * torch.rand(400, 1, generator=random))
    q = p + torch.randn(400, width, generator=random) * shift
    p[:, 5] += 12 * torch.rand(400, generator=random)  # some are all but sure of a word
    q[:, 5] = p[:, 5]
    found = reduce(p, q, torch.zeros(400, dtype=torch.long))
    log_p, log_q = p.double().log_softmax(-1), q.double().log_softmax(-1)
    d = log_q - log_p
    # Terms of one sign, since the plain differences round at 1e-16 a word too.
    exact = {
        "kl": (log_p.exp() * (d.expm1() - d)).sum(-1),
        "kl_reverse": (log_q.exp() * ((-d).expm1() + d)).sum(-1),
    }
    assert exact["kl"].min() < 1e-11 and exact["kl"].max() > 1e-4
    exact["variance"] = (log_p.exp() * (d + exact["kl"][:, None]).square()).sum(-1)
    for name, values in exact.items():
        torch.testing.assert_close(
            quantiles(getattr(found, name)), quantiles(values), rtol=0.02, atol=0
        )
        near = values > 1e-10
        torch.testing.assert_close(getattr(found, name)[near], values[near], rtol=1e-3, atol=0)
    near = exact["kl"] > 1e-10
    y = d / 2
    log_cosh = y.abs() + (-2 * y.abs()).exp().log1p() - math.log(2)
    js = ((log_p.exp() + log_q.exp()) / 2 * (y * y.tanh() - log_cosh)).sum(-1)
    torch.testing.assert_close(found.js[near], js[near], rtol=1e-2, atol=0)


def test_a_row_is_reduced_alike_whatever_stands_beside_it():
    p, q, targets = pair(6, 700, 1e-3)
    far_p, far_q, _ = pair(6, 700, 4.0, seed=5)
    alone = reduce(p, q, targets)
    beside = reduce(torch.cat([p, far_p]), torch.cat([q, far_q]), targets.repeat(2))
    for name in ("kl", "kl_reverse", "js"):
        torch.testing.assert_close(
            getattr(beside, name)[:6], getattr(alone, name), rtol=1e-5, atol=0
        )


def changed(p, q, k=3):
    found = reduce(torch.tensor([p]), torch.tensor([q]), torch.tensor([0]), k)
    return not bool(found.same_top[0])


@pytest.mark.parametrize("k", [1, 2, 3])
def test_only_a_strict_change_of_the_most_likely_word_is_one(k):
    assert changed([2.0, 1.0, 0.0], [1.0, 2.0, 0.0], k)
    assert not changed([2.0, 1.0, 0.0], [2.0, 1.5, 0.0], k)
    # Two words share the first place of one model, and the other prefers one of them.
    assert not changed([2.0, 2.0, 0.0], [1.0, 2.0, 0.0], k)
    assert not changed([1.0, 2.0, 0.0], [2.0, 2.0, 0.0], k)
    # Of both models, with none in common.
    assert changed([2.0, 2.0, 0.0, 0.0], [0.0, 0.0, 2.0, 2.0], k)


def test_words_that_share_the_first_place_are_looked_for_among_the_top():
    # The first of the one and the last of the other are chance; the middle word is in both.
    assert not changed([2.0, 2.0, 0.0], [0.0, 2.0, 2.0])


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_row_without_numbers_is_told_and_disturbs_no_other(value):
    p, q, targets = pair(4, 5121, 1e-2)
    bad = q.clone()
    bad[1, 4000] = value
    whole, found = reduce(p, q, targets), reduce(p, bad, targets)
    assert found.kl.isnan().tolist() == [False, True, False, False]
    assert found.compressed.entropy.isnan().tolist() == [False, True, False, False]
    assert found.compressed.rank[1] == 0 and found.baseline.rank[1] > 0
    assert not found.same_top[1]
    others = [0, 2, 3]
    torch.testing.assert_close(found.kl[others], whole.kl[others], rtol=1e-6, atol=0)
    torch.testing.assert_close(found.baseline.entropy, whole.baseline.entropy)
    bad[1] = -math.inf
    assert reduce(p, bad, targets).kl.isnan().tolist() == [False, True, False, False]
