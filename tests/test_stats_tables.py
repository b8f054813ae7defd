"""Statistics of tables and of paired items, against hand computations and textbook figures."""

import math

import numpy as np
import pytest
import scipy.stats

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


def test_a_model_against_itself_changes_nothing_and_the_interval_has_a_width():
    same = [1, 0] * 50
    assert stats.mcnemar(same, same) == (0, 0, 1)
    found = stats.paired_change(same, same)
    # Three flips are added to 100 items, as many each way: t(99) sqrt(3) / 103.
    half = scipy.stats.t.ppf(0.975, 99) * math.sqrt(3) / 103
    assert found == (0, pytest.approx(-half), pytest.approx(half), 1, 100)
    # Five clusters of 20 may flip whole: three clusters are added to five.
    five = stats.paired_change(same, same, clusters=np.arange(100) // 20)
    assert five.high == pytest.approx(scipy.stats.t.ppf(0.975, 4) * math.sqrt(3) / 8)
    assert five.units == 5 and stats.paired_change([1], [1], None)[1:4] == (
        pytest.approx((math.nan, math.nan, 1), nan_ok=True)
    )


def test_as_many_flips_each_way_have_a_p_of_one():
    assert stats.mcnemar([1, 0], [0, 1]) == (1, 1, 1)


def test_five_flips_of_55_are_no_finding_in_p_and_interval():
    found = stats.paired_change([0] * 55, [1] * 5 + [0] * 50)
    assert found.p_value == 2 / 2**5 and found.mean == 5 / 55
    assert found.low < 0 < found.high


@pytest.mark.parametrize("n", [6, 10, 17, 40])
def test_interval_and_test_never_contradict_each_other(n):
    for lost in range(n + 1):
        for gained in range(n + 1 - lost):
            still = n - lost - gained
            before = [1] * lost + [0] * gained + [0] * still
            after = [0] * lost + [1] * gained + [0] * still
            found = stats.paired_change(before, after)
            exact = scipy.stats.binomtest(lost, lost + gained).pvalue if lost + gained else 1
            assert found.p_value == pytest.approx(exact)
            assert (found.low <= 0 <= found.high) == (exact >= 0.05)


@pytest.mark.parametrize(
    ("n", "flips", "gained"), [(40, 0.07, 1.0), (100, 0.1, 1.0), (60, 0.03, 0.5)]
)
def test_the_interval_of_a_changed_share_covers_it(n, flips, gained):
    # Exact, over every outcome: counts are trinomial.
    up, down = flips * gained, flips * (1 - gained)
    covered = 0.0
    for ups in range(25):
        for downs in range(25):
            chance = scipy.stats.multinomial.pmf(
                [ups, downs, n - ups - downs], n, [up, down, 1 - flips]
            )
            if chance < 1e-6:
                continue
            after = [1] * ups + [0] * (n - ups)
            before = [0] * ups + [1] * downs + [0] * (n - ups - downs)
            found = stats.paired_change(before, after)
            covered += chance * (found.low <= up - down <= found.high)
    assert covered >= 0.94


def test_clusters_stand_or_fall_together():
    # Ten prompts of 20 samples each; in six of them all samples changed, all the same way.
    before = np.zeros(200)
    after = np.repeat([1] * 6 + [0] * 4, 20)
    alone = stats.paired_change(before, after)
    together = stats.paired_change(before, after, np.repeat(np.arange(10), 20))
    assert alone.p_value < 1e-20 and together.p_value == 2 / 2**6
    assert together.units == 10 and together.high - together.low > 3 * (alone.high - alone.low)
    # Clusters of one are no clusters.
    assert stats.paired_change(before, after, range(200)) == alone
    # Sums 3, 2 and -1: of 8 signings, |4| or more have +-(3 + 2 - 1) and +-(3 + 2 + 1).
    found = stats.paired_change([0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 0], list("aaabbc"))
    assert found.p_value == 4 / 8


def test_a_change_that_is_no_share_is_students_and_its_test_exchanges_the_models():
    rng = np.random.default_rng(3)
    before = rng.normal(0, 1, 300)
    after = before + rng.normal(0.2, 0.5, 300)
    found = stats.paired_change(before, after)
    theory = scipy.stats.ttest_rel(after, before)
    ends = theory.confidence_interval()
    assert found[:3] == pytest.approx(((after - before).mean(), ends.low, ends.high))
    assert stats.paired_change(before, after) == found
    # Changes 1 2 3 4 5, all up: of 32 signings one is as extreme on each side.
    few = stats.paired_change(np.zeros(5), [1, 2, 3, 4, 5])
    assert few.p_value == 2 / 32 and few.low == 0
    # Ten changes among 490 items that stayed: all one way are 2 of 2^10 signings.
    sparse = stats.paired_change(np.zeros(500), [1.0, 2.5] * 5 + [0.0] * 490)
    assert sparse.p_value == 2 / 2**10 and 0 < sparse.low < sparse.mean < sparse.high


def test_a_skewed_mean_has_a_longer_upper_arm_and_stays_within_its_bounds():
    values = np.random.default_rng(1).lognormal(0, 1.2, 60)
    found = stats.mean_interval(values, bounds=(0, math.inf))
    assert found.mean == values.mean() and found.low > 0
    assert found.high - found.mean > 1.3 * (found.mean - found.low)
    theory = scipy.stats.t.interval(0.95, 399, 0, 1 / 20)
    even = np.random.default_rng(1).normal(size=400)
    ends = np.array(stats.mean_interval(even)[1:]) - even.mean()
    np.testing.assert_allclose(ends, np.array(theory) * even.std(ddof=1), atol=0.01)
    assert np.isnan(stats.mean_interval([0.0, 0.0])[1:]).all()
    # Twenty times the same is one draw of the same.
    repeated = stats.mean_interval(np.repeat(values, 20), np.repeat(np.arange(60), 20))
    assert repeated == pytest.approx(found)


def test_a_mean_of_ten_long_tailed_units_lies_within_them():
    """Most draws miss the one large value, so that their own error is next to nothing."""
    values = np.array([0.01, 0.011, 0.012, 0.013, 0.01, 0.011, 0.012, 0.013, 0.01, 9.0])
    found = stats.mean_interval(values, bounds=(0, math.inf))
    assert (found.low, found.high) == (pytest.approx(0.01, abs=0.01), 9.0)
    # The two halves of the last are one unit, whose mean is 5.
    of_units = stats.mean_interval([*values[:9], 9.0, 1.0], [*range(10), 9])
    assert of_units.high == 5.0
    # Even values are not touched.
    inside = stats.mean_interval(np.arange(20.0))
    assert 0 < inside.low < inside.high < 19


def test_pairs_must_be_pairs():
    for one, two in (([1], [1, 2]), ([], []), ([np.nan], [1.0])):
        with pytest.raises(ValueError):
            stats.paired_change(one, two)
    with pytest.raises(ValueError):
        stats.mcnemar([0.5, 1], [1, 1])
