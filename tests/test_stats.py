"""The summary block by hand."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from fairviz.metrics.traces import PairTrace, TokenTrace
from fairviz.stats import Estimate, block_error, standard_error, summary


def trace(*probabilities):
    count = len(probabilities)
    return TokenTrace(
        ids=np.arange(count),
        log_prob=np.log(np.array(probabilities, dtype=float)),
        entropy=np.full(count, 0.5),
        rank=np.ones(count, dtype=np.int64),
        margin=np.full(count, 0.1),
        top_ids=np.zeros((count, 1), dtype=np.int64),
        top_log_probs=np.zeros((count, 1)),
        top_tokens=(("a",),) * count,
    )


def pair(baseline, compressed):
    count = len(baseline)
    return PairTrace(
        tokens=("a",) * count,
        baseline=trace(*baseline),
        compressed=trace(*compressed),
        kl=np.array([0.1, 0.3][:count]),
        kl_reverse=np.zeros(count),
        js=np.zeros(count),
        same_top=np.array([True, False][:count]),
    )


def test_two_tokens_by_hand():
    block = {one.name: one for one in summary(pair([0.5, 0.25], [0.25, 0.25]))}
    # KL: mean .2, s = .1 * sqrt 2, error = s / sqrt 2 = .1
    assert block["mean_kl"].value == pytest.approx(0.2)
    assert block["mean_kl"].standard_error == pytest.approx(0.1)
    assert block["same_top"].value == 0.5
    assert block["same_top"].standard_error == pytest.approx(math.sqrt(0.125))
    # changes -.25 and 0
    assert block["mean_probability_shift"].value == pytest.approx(-0.125)
    assert block["rms_probability_shift"].value == pytest.approx(math.sqrt(0.0625 / 2))
    # perplexities: (1/2 * 1/4)^(-1/2) = sqrt 8 and 4; ratio sqrt 2
    assert block["perplexity_baseline"].value == pytest.approx(math.sqrt(8))
    assert block["perplexity_compressed"].value == pytest.approx(4)
    assert block["perplexity_ratio"].value == pytest.approx(math.sqrt(2))
    # ln ratio: changes ln 2 and 0, error of their mean = ln 2 / 2
    assert block["perplexity_ratio"].standard_error == pytest.approx(math.sqrt(2) * math.log(2) / 2)


def test_equal_models_shift_by_zero():
    block = {one.name: one for one in summary(pair([0.5, 0.25], [0.5, 0.25]))}
    assert block["perplexity_ratio"].value == 1
    assert block["rms_probability_shift"].value == 0
    assert block["rms_probability_shift"].standard_error == 0


def test_no_tokens_and_one_token_measure_nothing_they_cannot():
    assert all(math.isnan(one.value) for one in summary(pair([], [])))
    one = summary(pair([0.5], [0.4]))
    assert all(math.isfinite(estimate.value) for estimate in one)
    assert math.isnan(one[0].standard_error)
    assert math.isnan(standard_error(np.array([1.0])))


def test_the_error_of_a_mean_is_that_of_scipy():
    from scipy.stats import sem

    values = np.array([0.1, 0.5, 0.2, 0.9])
    assert standard_error(values) == pytest.approx(sem(values))
    changed = replace(pair([0.5, 0.25], [0.5, 0.25]), kl=np.array([0.1, 0.9]))
    assert summary(changed)[0].standard_error == pytest.approx(sem([0.1, 0.9]))


def test_tokens_that_hang_together_have_a_larger_error_than_independent_ones():
    rng = np.random.default_rng(0)
    noise = rng.normal(size=4000)
    chained = np.array(list(itertools.accumulate(noise, lambda last, new: 0.6 * last + new)))
    # A chain with coefficient a has 1 / (1 - a)^2 as variance of its scaled mean, and
    # 1 / (1 - a^2) as that of a token: the error is sqrt((1 + a) / (1 - a)) = 2 times as large.
    found = block_error(chained)
    assert found.error / standard_error(chained) == pytest.approx(2, rel=0.1)
    assert found.length > 15 and found.half > 1.96 * found.error
    alone = block_error(noise)
    assert alone.error == pytest.approx(standard_error(noise), rel=0.1)


def test_the_error_by_blocks_is_that_of_the_stationary_bootstrap():
    x = np.random.default_rng(1).normal(size=40).cumsum()
    found, rng = block_error(x), np.random.default_rng(2)
    means = []
    for _ in range(4000):
        jumps = rng.random(40) < 1 / found.length
        at = 0
        places = []
        for jump in jumps:
            at = int(rng.integers(40)) if jump or not places else (at + 1) % 40
            places.append(at)
        means.append(x[places].mean())
    assert found.error == pytest.approx(np.std(means) * math.sqrt(40 / 39), rel=0.04)


def test_too_few_tokens_have_no_interval_and_bounds_are_kept():
    assert math.isnan(block_error(np.ones(9)).error) and block_error(np.ones(10)).half == 0
    one = Estimate("kl", "KL", "nats", 0.1, 0.05, "").by_blocks(np.arange(20.0), 0.0)
    assert one.low == 0 and one.high > 0.1
    assert math.isnan(Estimate("kl", "KL", "nats", 0.1, 0.05, "").by_blocks(np.ones(3)).low)
