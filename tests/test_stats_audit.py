"""Bins, calibration and rank correlation, by hand and against peers."""

import math

import numpy as np
import pytest
from scipy.stats import spearmanr, t

from fairviz.stats import (
    association,
    binned,
    calibration,
    calibration_error,
    reliability,
    spearman_interval,
)


def test_bins_hold_as_many_items_each_and_keep_equal_x_together():
    x = [0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    found = binned(x, x, bins=3)
    # Cuts are wanted at the 5th and 10th item; the 5th has the x of the first.
    assert found.n.tolist() == [10, 5]
    assert found.low.tolist() == [0, 5]
    assert found.high.tolist() == [4, 9]
    assert found.middle.tolist() == [0, 7]
    assert found.mean.tolist() == [1.0, 7.0]
    # Student's interval of 5, 6, 7, 8, 9: mean 7, standard deviation sqrt(2.5).
    half = t.ppf(0.975, 4) * math.sqrt(2.5 / 5)
    assert found.mean_low[1] == pytest.approx(7 - half)
    assert found.mean_high[1] == pytest.approx(7 + half)


def test_bins_of_a_rate_have_wilsons_interval_and_none_are_made_of_nothing():
    found = binned(range(10), [0, 1, 0, 0, 0, 1, 1, 1, 1, 1], bins=2)
    assert found.mean.tolist() == [0.2, 1.0]
    # Wilson, 1 of 5: [0.0362, 0.6245].
    assert found.mean_low[0] == pytest.approx(0.0362, abs=1e-4)
    assert found.mean_high[0] == pytest.approx(0.6245, abs=1e-4)
    assert len(binned([], []).n) == 0
    assert binned([1.0], [math.nan]).n.tolist() == []
    assert binned([1.0], [2.0]).mean.tolist() == [2.0]


def test_calibration_error_by_hand():
    confidence = [0.95, 0.91, 0.55, 0.52, 1.0]
    right = [1, 0, 1, 1, 1]
    found = reliability(confidence, right)
    # Bins [0.5, 0.6): 2 items, said 0.535, right 1. [0.9, 1]: 3 items, said 0.9533, right 2/3.
    assert found.n.tolist() == [2, 3]
    assert found.low.tolist() == pytest.approx([0.5, 0.9])
    assert found.high.tolist() == pytest.approx([0.6, 1.0])
    assert found.accuracy.tolist() == pytest.approx([1.0, 2 / 3])
    assert found.error == pytest.approx((2 * 0.465 + 3 * (0.95333333 - 2 / 3)) / 5)


def test_adaptive_bins_hold_as_many_items_each():
    confidence = np.linspace(0.5, 0.6, 10)
    found = reliability(confidence, np.ones(10), "counts", bins=5)
    assert found.n.tolist() == [2] * 5
    # Always right: the error is what is missing to 1, on average.
    assert found.error == pytest.approx(1 - confidence.mean())


def test_a_calibrated_model_has_no_error_and_no_items_have_none():
    confidence = np.repeat([0.25, 0.75], 400)
    right = np.concatenate([np.arange(400) < 100, np.arange(400) < 300])
    assert reliability(confidence, right).error == pytest.approx(0)
    assert math.isnan(reliability([], []).error)
    assert math.isnan(reliability([], [], "counts").error)
    with pytest.raises(ValueError, match="probability"):
        reliability([1.2], [1])


def test_rank_correlation_is_scipys_and_lies_in_its_interval():
    random = np.random.default_rng(3)
    x = random.normal(size=200)
    y = x + random.normal(size=200)
    found = spearman_interval([*x, math.nan], [*y, 1.0])
    assert found.n == 200
    assert found.rho == pytest.approx(spearmanr(x, y).statistic)
    assert found.low < found.rho < found.high
    # Bonett and Wright (2000): standard error sqrt((1 + rho^2 / 2) / (n - 3)) of atanh rho.
    half = 1.96 * math.sqrt((1 + found.rho**2 / 2) / 197)
    assert found.low == pytest.approx(math.tanh(math.atanh(found.rho) - half), abs=0.03)
    assert found.high == pytest.approx(math.tanh(math.atanh(found.rho) + half), abs=0.03)


def test_no_order_has_no_correlation():
    assert math.isnan(spearman_interval([1, 1, 1, 1], [1, 2, 3, 4]).rho)
    assert math.isnan(spearman_interval([1, 2, 3], [1, 2, 3]).low)


def of_templates(seed, n, units):
    """Pairs of a bivariate normal, those of one unit sharing half of both."""
    rng = np.random.default_rng(seed)
    place = np.arange(n) % units
    shared, own = rng.standard_normal((2, units)), rng.standard_normal((2, n))
    x, y = np.sqrt(0.5) * shared[:, place] + np.sqrt(0.5) * own
    return x, 0.3 * x + math.sqrt(1 - 0.09) * y, place


def test_the_interval_of_many_units_is_the_bootstraps(monkeypatch):
    x, y, place = of_templates(0, 6000, 3000)
    x[:600], y[200:900] = 0.0, 1.0  # ties on both sides
    drawn = spearman_interval(x, y, place)
    plain = spearman_interval(x, y)
    monkeypatch.setattr(association, "_LARGE", 1000)
    for boot, found in (
        (drawn, spearman_interval(x, y, place)),
        (plain, spearman_interval(x, y)),
    ):
        assert found.rho == pytest.approx(boot.rho, abs=1e-12)
        assert found.p_value == pytest.approx(boot.p_value, rel=1e-9)
        width = boot.high - boot.low
        # Of 100 samples an error is known to 1 / sqrt(2 x 99) = 7 % (one standard deviation).
        assert found.high - found.low == pytest.approx(width, rel=0.2)
        assert (found.low + found.high) / 2 == pytest.approx(found.rho, abs=1e-9)


def test_the_interval_of_many_units_holds_the_truth(monkeypatch):
    monkeypatch.setattr(association, "_LARGE", 1000)
    truth = 6 / math.pi * math.asin(0.3 / 2)  # of a bivariate normal of correlation 0.3
    held = 0
    for seed in range(200):
        x, y, place = of_templates(seed, 4000, 2000)
        found = spearman_interval(x, y, place)
        held += found.low <= truth <= found.high
    # 95 % of 200 is 190; below 181 with a chance of 0.3 %.
    assert held >= 181


@pytest.mark.parametrize("bins", ["width", "counts"])
@pytest.mark.parametrize("alone", [True, False])
def test_the_calibration_error_of_many_clusters_is_the_drawn_one(bins, alone, monkeypatch):
    rng = np.random.default_rng(1)
    said = rng.beta(3, 2, 6000)
    place = None if alone else np.arange(6000) % 2500
    hit = (rng.random(6000) < 0.9 * said).astype(float)
    drawn = calibration_error(said, hit, bins, place)
    monkeypatch.setattr(calibration, "_LARGE", 1000)
    found = calibration_error(said, hit, bins, place)
    assert found.value == drawn.value
    # Of 1,000 draws quantiles near the end are known to some hundredths of the width.
    width = drawn.high - drawn.low
    for name in ("low", "high", "perfect", "perfect_high"):
        assert getattr(found, name) == pytest.approx(getattr(drawn, name), abs=0.06 * width), name
