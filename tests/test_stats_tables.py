"""Statistics of tables and of paired items, against hand computations and textbook figures."""

import math

import numpy as np
import pytest

from fairviz import stats


def test_wilson_of_five_in_ten():
    # centre (0.5 + z²/20) / (1 + z²/10), z = 1.95996: 0.5 ± 0.26340
    low, high = stats.wilson(5, 10)
    assert (float(low), float(high)) == pytest.approx((0.2365931, 0.7634069), abs=1e-6)


def test_wilson_of_none_and_all_stays_inside_and_touches_the_share():
    low, high = stats.wilson([0, 7], [7, 7])
    # 0 of n: z² / (n + z²) = 3.84146 / 10.84146
    assert high[0] == pytest.approx(0.354330, abs=1e-5)
    assert low[0] == 0
    assert high[1] == 1
    assert low[1] == pytest.approx(1 - 0.354330, abs=1e-5)


def test_wilson_without_items_is_unknown():
    low, high = stats.wilson([1, np.nan, 3], [0, 5, np.nan])
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_wilson_takes_a_mean_of_probabilities():
    one = stats.wilson(0.3 * 40, 40)
    two = stats.wilson(12, 40)
    assert (float(one.low), float(one.high)) == (float(two.low), float(two.high))
    # 2.5 of 10 is no whole number of successes.
    assert 0.05 < float(stats.wilson(2.5, 10).low) < 0.25


def test_wilson_covers_about_as_often_as_it_says():
    drawn = np.random.default_rng(0).binomial(60, 0.2, 4000)
    low, high = stats.wilson(drawn, 60)
    assert 0.93 < np.mean((low <= 0.2) & (high >= 0.2)) < 0.97


def test_two_proportions_of_newcombes_example():
    # Newcombe 1998, table II (a): 56/70 - 48/80 = 0.2, method 10: 0.0524 to 0.3339
    contrast = stats.two_proportions((48, 56), (80, 70))
    assert contrast.difference == pytest.approx(0.2)
    assert (contrast.low, contrast.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert 0.001 < contrast.p_value < 0.02


def test_two_equal_proportions_do_not_differ():
    contrast = stats.two_proportions((5, 10), (50, 100))
    assert (contrast.difference, contrast.p_value) == (0, 1)
    with pytest.raises(ValueError):
        stats.two_proportions((5, 11), (50, 10))


def test_spearman_of_ranks_by_hand():
    # ranks 1 2 3 4 against 2 1 4 3: 1 - 6 (1+1+1+1) / (4 * 15) = 0.6
    assert stats.spearman([1, 2, 3, 4], [20, 10, 40, 30]).rho == pytest.approx(0.6)
    assert stats.spearman([1, 2, np.nan, 3], [1, 4, 0, 9]) == (1.0, 3)
    assert math.isnan(stats.spearman([1, 1, 1], [1, 2, 3]).rho)
    with pytest.raises(ValueError):
        stats.spearman([1, 2], [1])


def test_spread_by_hand():
    # mean 2, squared distances 1 0 1, divided by 2
    assert stats.spread([1.0, 2.0, 3.0, np.nan]) == (1.0, 2.0, 1.0, 3.0)
    assert math.isnan(stats.spread([4.0]).standard_deviation)
    assert all(math.isnan(one) for one in stats.spread([]))


def test_the_closed_form_of_the_noise_floor_is_the_simulated_one():
    n = np.array([40, 100, 400])
    floor = stats.noise_floor(0.3, n)
    # mean of 0.21/40, 0.21/100, 0.21/400 = 0.002625
    assert floor.expected == pytest.approx(math.sqrt(0.002625))
    drawn = np.random.default_rng(1).binomial(n, 0.3, (40_000, 3)) / n
    spreads = np.std(drawn, axis=1, ddof=1)
    assert np.sqrt(np.mean(spreads**2)) == pytest.approx(floor.expected, rel=0.01)
    assert 0.04 < np.mean(spreads > floor.quantile) < 0.06


def test_no_share_or_no_group_has_no_floor():
    for share, n in ((1.2, [10, 10]), (0.5, [10]), (0.5, [10, 0])):
        with pytest.raises(ValueError):
            stats.noise_floor(share, n)
    assert stats.noise_floor(0.0, [10, 20]) == (0, 0)


def test_holm_by_hand():
    # sorted .01 .03 .04: 3 * .01, 2 * .03, then max(.06, .04); NaN is no test
    adjusted = stats.holm([0.01, 0.04, np.nan, 0.03])
    np.testing.assert_allclose(adjusted, [0.03, 0.06, np.nan, 0.06])
    assert np.isnan(stats.holm([np.nan])).all()


def test_mcnemar_counts_sides_and_is_exact():
    before = [1] * 10 + [0] * 2 + [1] * 20
    after = [0] * 10 + [1] * 2 + [1] * 20
    # two-sided binomial of 2 or fewer in 12: 2 (1 + 12 + 66) / 4096
    assert stats.mcnemar(before, after) == (10, 2, pytest.approx(158 / 4096))
    assert stats.mcnemar(after, before)[:2] == (2, 10)


def test_a_model_against_itself_changes_nothing():
    same = [1, 0, 1, 1]
    assert stats.mcnemar(same, same) == (0, 0, 1)
    assert stats.wilcoxon(same, same) == (0, 1)
    assert stats.paired_bootstrap(same, same) == (0, 0, 0)


def test_as_many_flips_each_way_have_a_p_of_one():
    assert stats.mcnemar([1, 0], [0, 1]) == (1, 1, 1)


def test_wilcoxon_by_hand():
    # changes 1 2 3 4 5, all up: of 32 signings one is as extreme on each side, 2 / 32
    assert stats.wilcoxon(np.zeros(5), [1, 2, 3, 4, 5]) == (0, pytest.approx(2 / 32))


def test_the_bootstrap_interval_is_that_of_the_mean():
    rng = np.random.default_rng(3)
    before = rng.normal(0, 1, 300)
    after = before + rng.normal(0.2, 0.5, 300)
    found = stats.paired_bootstrap(before, after)
    change = after - before
    half = 1.96 * change.std(ddof=1) / math.sqrt(300)
    assert found.mean == pytest.approx(change.mean())
    assert (found.low, found.high) == pytest.approx(
        (change.mean() - half, change.mean() + half), abs=0.012
    )
    assert stats.paired_bootstrap(before, after) == found


def test_pairs_must_be_pairs():
    for one, two in (([1], [1, 2]), ([], []), ([np.nan], [1.0])):
        with pytest.raises(ValueError):
            stats.paired_bootstrap(one, two)
    with pytest.raises(ValueError):
        stats.mcnemar([0.5, 1], [1, 1])
