"""Before against after over clusters: the test and the interval on numbers one can check."""

import math

import numpy as np
import pandas as pd
import pytest

from fairviz.probes.contrast import contrast, mean, summed
from fairviz.probes.results import Results, changed_groups, headline, headlines


def ones(values):
    return np.stack([np.asarray(values, dtype=float), np.ones(len(values))], axis=1)


def test_the_exchange_test_is_the_sign_test_on_equal_changes():
    # Ten clusters that all rose by 1: of 2^10 exchanges two are as extreme, p = 0.00195.
    found = contrast(mean, ones(np.zeros(10)), ones(np.ones(10)), resamples=9999)
    assert found.difference == 1 and (found.low, found.high) == (1, 1)
    assert found.p == pytest.approx(2 / 1024, abs=0.0015)
    # One up and one down: nothing is less extreme.
    assert contrast(mean, ones([0, 1]), ones([1, 0])).p == 1


def test_the_interval_of_a_mean_is_that_of_its_normal_theory():
    values = np.random.default_rng(0).normal(size=400)
    found = contrast(mean, ones(values), ones(values))
    half = 1.96 * values.std() / 20
    assert found.baseline_low == pytest.approx(values.mean() - half, abs=0.01)
    assert found.baseline_high == pytest.approx(values.mean() + half, abs=0.01)
    # Nothing changed, so that nothing tells how much a change would vary.
    assert (found.difference, found.p) == (0, 1) and math.isnan(found.low)
    moved = contrast(mean, ones(np.zeros(400)), ones(values), resamples=4999)
    assert (moved.low, moved.high) == pytest.approx(
        (values.mean() - half, values.mean() + half), abs=0.005
    )


def test_clusters_are_drawn_whole_and_within_their_stratum():
    # Each stratum has one value: drawing within strata changes nothing.
    found = contrast(mean, ones([1, 1, 5, 5]), ones([1, 1, 5, 5]), ["a", "a", "b", "b"])
    assert (found.baseline, found.baseline_low, found.baseline_high) == (3, 3, 3)
    assert contrast(mean, ones([1, 1, 5, 5]), ones([1, 1, 5, 5])).baseline_low < 3


def test_centred_draws_hold_the_number_of_a_size():
    def size(sums):
        return np.abs(mean(sums))

    values = np.random.default_rng(3).normal(size=30)
    values -= values.mean()
    found = contrast(size, ones(values), ones(values), centred=True)
    assert found.baseline_low < found.baseline < found.baseline_high
    assert contrast(size, ones(values), ones(values)).baseline_low > found.baseline


def test_what_is_not_defined_is_not_tested():
    found = contrast(lambda sums: np.full(sums.shape[:-1], np.nan), ones([1, 2]), ones([1, 3]))
    assert math.isnan(found.difference) and math.isnan(found.p) and math.isnan(found.low)
    assert headline("It", found, "x").endswith("there is no difference to test.")
    alone = contrast(mean, ones([1]), ones([2]))
    assert (alone.difference, alone.p) == (1, 1) and math.isnan(alone.low)
    with pytest.raises(ValueError, match="clusters"):
        contrast(mean, ones([1, 2]), ones([1]))


def test_groups_are_corrected_together_and_the_whole_is_not_among_them():
    results, part = Results(), pd.DataFrame({"flip": [True, False]})
    for name, p in (("all", 0.001), ("a", 0.01), ("b", 0.04), ("c", 0.03)):
        found = contrast(mean, ones([0, 1]), ones([1, 0]))._replace(p=p, difference=0.5, units=12)
        results.group(name, part, found)
    table = results.groups
    assert table["n"].tolist() == [2] * 4 and table["flips"].tolist() == [1] * 4
    # Holm: 3 * 0.01, then 2 * 0.03 for both others.
    assert table["p_holm"].tolist() == pytest.approx([math.nan, 0.03, 0.06, 0.06], nan_ok=True)
    assert changed_groups(table, "groups") == (
        "Of 3 groups, 1 changed after Holm's correction: a (+0.500, p = 0.03)."
    )
    # Nine independent units claim nothing, whatever their p.
    few = table.assign(units=[12, 9, 12, 12])
    assert changed_groups(few, "groups").startswith("Of 3 groups, none changed")
    assert "none has the 10 independent units" in changed_groups(table.assign(units=9), "groups")


def test_few_units_claim_nothing_and_several_numbers_are_corrected_together():
    found = contrast(mean, ones(np.zeros(9)), ones(np.ones(9)))
    assert found.p < 0.01 and found.units == 9
    assert headline("It", found, "x").endswith(
        "+1.000 [1.000, 1.000], of which 9 independent units cannot say whether chance allows it."
    )
    many = contrast(mean, ones(np.zeros(20)), ones(np.arange(20) % 4 - 1))._replace(p=0.03)
    assert "more than chance allows (x, p = 0.03)" in headline("It", many, "x")
    both = headlines([("It", many), ("That", many)], "x")
    assert all("no more than chance allows" in one and "0.06 after Holm" in one for one in both)


def test_interval_and_p_agree():
    rng = np.random.default_rng(2)
    for _ in range(20):
        values = rng.normal(0.6, 1, 12) * (rng.random(12) < 0.6)
        found = contrast(mean, ones(np.zeros(12)), ones(values), resamples=499)
        assert (found.low <= 0 <= found.high) == (found.p >= 0.05)


def test_items_of_one_label_add_up_to_one_cluster():
    sums = summed([[1, 1], [2, 1], [4, 1]], ["b", "a", "b"])
    assert sums.tolist() == [[5, 2], [2, 1]]


def test_draws_that_are_kept_are_those_that_are_made_anew(monkeypatch):
    rng = np.random.default_rng(2)
    before, after, again = (ones(rng.normal(size=90)) for _ in range(3))
    # All together; and sixty alone in their stratum beside a stratum of thirty.
    for strata in (None, [min(place, 60) for place in range(90)]):
        kept = [contrast(mean, before, other, strata, seed=1) for other in (after, again)]
        with monkeypatch.context() as patch:
            patch.setattr("fairviz.probes.contrast._KEPT", 0)
            assert kept == [contrast(mean, before, x, strata, seed=1) for x in (after, again)]
        # Of other strata or another seed they are others.
        assert contrast(mean, before, after, strata, seed=2).low != kept[0].low
    assert contrast(mean, before, after, seed=1).low != kept[0].low
