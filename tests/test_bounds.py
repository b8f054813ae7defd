"""What a few listed words leave open holds the exact number, always."""

import numpy as np
import pytest

from fairviz.metrics import bounds as b


def softmax(rng, shape, sharp):
    logits = rng.normal(size=shape) * sharp
    return logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))


def pair(seed, places=40, size=200):
    """ln P and ln Q of many shapes: near, far, sharp, flat, unlike."""
    rng = np.random.default_rng(seed)
    log_p = softmax(rng, (places, size), rng.uniform(0.05, 6))
    moved = log_p + rng.normal(size=(places, size)) * rng.choice([1e-6, 0.1, 1.0, 4.0])
    log_q = moved - np.log(np.exp(moved).sum(axis=-1, keepdims=True))
    return log_p, log_q


def side(log_p, k, chosen, **more):
    """The k most likely tokens of each place, and the chosen one; as a server lists them."""
    order = np.argsort(-log_p, axis=1)[:, :k]
    beside = np.where((order == chosen[:, None]).any(axis=1), -1, chosen)
    ids = np.concatenate([order, beside[:, None]], axis=1)
    values = np.take_along_axis(log_p, np.maximum(ids, 0), axis=1)
    return b.listed(ids, values, chosen, **{"rounding": 1e-12, **more})


def exact(log_p, log_q):
    p, q = np.exp(log_p), np.exp(log_q)
    m = np.log((p + q) / 2)
    return {
        "entropy_p": -(p * log_p).sum(1),
        "entropy_q": -(q * log_q).sum(1),
        "entropy_shift": (p * log_p).sum(1) - (q * log_q).sum(1),
        "kl": (p * (log_p - log_q)).sum(1),
        "js": (p * (log_p - m) + q * (log_q - m)).sum(1) / 2,
        "tv": np.abs(p - q).sum(1) / 2,
    }


def bounded(log_p, log_q, k, **more):
    """Both sides of k tokens with the same random chosen one."""
    chosen = np.random.default_rng(0).integers(0, log_p.shape[1], len(log_p))
    return b.bounds(side(log_p, k, chosen, **more), side(log_q, k, chosen, **more))


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("known", [True, False])
def test_the_exact_number_is_between_the_ends_at_every_place(seed, known):
    log_p, log_q = pair(seed)
    truth = exact(log_p, log_q)
    for k in (1, 2, 5, 20, 100):
        found = bounded(log_p, log_q, k, size=log_p.shape[1] if known else None)
        for name, value in truth.items():
            low, high = getattr(found, name)
            assert (low <= value + 1e-9).all(), (name, k, (low - value).max())
            assert (value <= high + 1e-9).all(), (name, k, (value - high).max())


@pytest.mark.parametrize("seed", range(8))
def test_all_words_listed_leave_nothing_open(seed):
    log_p, log_q = pair(seed)
    size = log_p.shape[1]
    found, truth = bounded(log_p, log_q, size, size=size), exact(log_p, log_q)
    for name, value in truth.items():
        low, high = getattr(found, name)
        np.testing.assert_allclose(high - low, 0, atol=1e-9)
        np.testing.assert_allclose(low, value, atol=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_more_words_never_widen(seed):
    log_p, log_q = pair(seed)
    before = None
    for k in (1, 3, 10, 30, 100, 199):
        found = bounded(log_p, log_q, k, size=log_p.shape[1])
        if before is not None:
            for name in truth_names():
                low, high = getattr(found, name)
                was = getattr(before, name)
                assert (low >= was.low - 1e-9).all(), (name, k)
                assert (high <= was.high + 1e-9).all(), (name, k)
        before = found


def truth_names():
    return b.Bounds._fields


@pytest.mark.parametrize("seed", range(12))
def test_one_side_read_whole_bounds_the_kl_on_both_ends(seed):
    """A floor of the compressed side, as of a model that is read here, ends the KL above."""
    log_p, log_q = pair(seed)
    size, chosen = log_p.shape[1], np.zeros(len(log_p), dtype=int)
    for k in (1, 5, 20):
        p, order = side(log_p, k, chosen, size=size), np.argsort(-log_q, axis=1)
        least = np.take_along_axis(log_q, order, axis=1)[:, -1]
        entropy = -(np.exp(log_q) * log_q).sum(1)
        q = side(log_q, 50, chosen, size=size, floor=least, entropy=entropy)
        found, truth = b.bounds(p, q), exact(log_p, log_q)
        assert np.isfinite(found.kl.high).all()
        for name, value in truth.items():
            low, high = getattr(found, name)
            assert (low <= value + 1e-9).all(), (name, k)
            assert (value <= high + 1e-9).all(), (name, k)
        np.testing.assert_array_equal(found.entropy_q.width, 0)


def test_nothing_finite_is_invented_where_a_word_may_have_any_little():
    log_p, log_q = pair(3)
    assert np.isinf(bounded(log_p, log_q, 20, size=200).kl.high).all()


def test_two_words_by_hand():
    """P lists a with 1/2, Q lists b with 1/2; three tokens.

    Nearest: p = (1/2, 1/2, 0) and q = (1/2, 1/2, 0) fit both, so KL, JS and TV can be 0. Farthest:
    q_a = 0 and p_b = 0, so that only c is common, and both have 1/2 there: it is not known, so TV
    may be 1/2; the bound says at most 1. The entropy of P is at least that of (1/2, 1/2), ln 2, and
    at most that of (1/2, 1/4, 1/4), 1.5 ln 2.
    """
    half, none = np.log([[0.5]]), np.array([-1])
    p, q = (b.listed(np.array([[i]]), half, none, size=3, rounding=0.0) for i in (0, 1))
    found = b.bounds(p, q)
    for name in ("kl", "js", "tv"):
        np.testing.assert_allclose(getattr(found, name).low, 0, atol=1e-9)
    assert found.tv.high == 1
    np.testing.assert_allclose(found.entropy_p, [[np.log(2)], [1.5 * np.log(2)]])


def test_a_word_far_above_what_the_other_side_can_have_counts_as_itself():
    """P lists a with 0.9; Q lists b and c with 0.4 each, so a has at most 0.2 of it.

    TV is at least 0.9 - 0.2 = 0.7, and KL at least 0.9 ln(0.9 / 0.2) + 0.1 ln(0.1 / 0.8): the rest
    of P spread as Q's b and c.
    """
    none = np.array([-1])
    p = b.listed(np.array([[0]]), np.log([[0.9]]), none, size=9, rounding=0.0)
    q = b.listed(np.array([[1, 2]]), np.log([[0.4, 0.4]]), none, size=9, rounding=0.0)
    found = b.bounds(p, q)
    np.testing.assert_allclose(found.tv.low, 0.7, atol=1e-12)
    least = 0.9 * np.log(0.9 / 0.2) + 0.1 * np.log(0.1 / 0.8)
    np.testing.assert_allclose(found.kl.low, least, atol=1e-9)


def test_the_chosen_word_says_nothing_of_the_others():
    """k = 1 lists 0.3; the written word has 0.001, and another that is not listed may have 0.3."""
    ids, log_p = np.array([[0, 7]]), np.log([[0.3, 0.001]])
    found = b.listed(ids, log_p, np.array([7]))
    np.testing.assert_allclose(np.exp(found.most), 0.3)
    np.testing.assert_allclose(np.exp(b.log_prob(found, np.array([7])).low), 0.001)
    np.testing.assert_allclose(np.exp(b.log_prob(found, np.array([5])).high), 0.3)
    assert np.isneginf(b.log_prob(found, np.array([5])).low)


def test_a_sum_above_one_by_rounding_leaves_nothing_negative():
    found = b.listed(np.array([[0, 1]]), np.log([[0.6, 0.4000002]]), np.array([-1]))
    assert found.rest.low == 0
    assert 0 < found.rest.high <= 1e-6


def test_a_probability_of_nothing_is_taken_as_very_little():
    p = b.listed(np.array([[0, 1]]), np.array([[0.0, -np.inf]]), np.array([-1]), size=2)
    assert b.bounds(p, p).kl == (0, 0)


@pytest.mark.parametrize("log_p", [[[np.nan, -1.0]], [[-0.1, -0.1]], [[5.0, -1.0]]])
def test_what_is_no_distribution_is_refused(log_p):
    with pytest.raises(ValueError, match=r"no number|more than 1"):
        b.listed(np.array([[0, 1]]), np.array(log_p), np.array([-1]))


@pytest.mark.parametrize(
    ("log_p", "size"),
    [
        ([-np.inf, -np.inf], None),
        ([-1e308, -1e308], None),
        ([-0.7, -5.0], 10),  # eight tokens with at most exp(-5) each do not have the half
        ([-0.7, -0.8], 2),
        ([-0.7, -np.inf], None),
    ],
)
def test_what_the_rest_cannot_fill_up_is_refused(log_p, size):
    with pytest.raises(ValueError, match=r"probability|leave more"):
        b.listed(np.array([[4, 5]]), np.array([log_p]), np.array([4]), size=size)


def test_what_the_rest_can_fill_up_is_taken():
    ids, chosen = np.array([[4, 5]]), np.array([4])
    for size in (None, 100):
        b.listed(ids, np.array([[-0.7, -5.0]]), chosen, size=size)
    b.listed(ids, np.array([[0.0, -np.inf]]), chosen)
