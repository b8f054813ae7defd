"""Group AUC: areas by hand, their interval and test, files of scores."""

import math

import numpy as np
import pytest

import fairviz as api
from fairviz.probes.contrast import Contrasted
from fairviz.probes.group_auc import GROUP_AUC, NothingScored, auc, both_auc, delong

# Scores, label and group of six items; the group `red` holds the first three.
CSV = b"""id,label,baseline,compressed,group
a,1,0.9,0.2,red
b,0,0.3,0.4,red; tall
c,0,0.6,0.7,red
d,1,0.5,0.5,
e,1,0.8,0.8,tall
f,0,0.1,0.1,blue
"""


def run(content=CSV, **settings):
    return GROUP_AUC.run(None, GROUP_AUC.read(content, "x.csv"), lambda step: None, **settings)


def areas(found, side="baseline"):
    return {(row["group"], row["measure"]): row[side]
            for row in found.details["areas"].to_dict("records")}  # fmt: skip


def test_areas_by_hand():
    found = run()
    before, after = areas(found), areas(found, "compressed")
    # Of 3 x 3 pairs the baseline has one in the wrong order: d (0.5) below c (0.6).
    assert before["all", "auc"] == pytest.approx(8 / 9)
    # The compressed model: a (0.2) above f alone, d below c, e above all.
    assert after["all", "auc"] == pytest.approx((1 + 2 + 3) / 9)
    # Within red: a against b and c.
    assert (before["red", "subgroup"], after["red", "subgroup"]) == (1, 0)
    # BPSN: d and e of the others against b and c of red; BNSP: a of red against f.
    assert before["red", "bpsn"] == pytest.approx(3 / 4)
    assert (before["red", "bnsp"], after["red", "bnsp"]) == (1, 1)
    # One item of blue, and no positive one.
    assert np.isnan(before["blue", "subgroup"]) and np.isnan(before["blue", "bnsp"])
    assert found.groups["group"].tolist() == ["all", "blue", "red", "tall"]
    assert found.items.set_index("id")["flip"].to_dict() == {
        "a": True, "b": False, "c": False, "d": False, "e": False, "f": False,
    }  # fmt: skip


def test_ties_count_half_and_weights_repeat_items():
    assert auc([1, 1, 2], [True, False, False], np.ones((1, 3)))[0] == pytest.approx(0.25)
    # The last item twice is the same as four items.
    twice = auc([3, 1, 2], [True, False, True], [[1, 1, 2]])[0]
    assert twice == auc([3, 1, 2, 2], [True, False, True, True], np.ones((1, 4)))[0]
    assert np.isnan(auc([1, 2], [True, True], np.ones((1, 2)))[0])


def test_the_area_is_that_of_mann_and_whitney():
    from scipy.stats import mannwhitneyu

    rng = np.random.default_rng(0)
    scores, positive = rng.integers(0, 20, 200).astype(float), rng.random(200) < 0.3
    u = mannwhitneyu(scores[positive], scores[~positive]).statistic
    expected = u / (positive.sum() * (~positive).sum())
    assert auc(scores, positive, np.ones((1, 200)))[0] == pytest.approx(expected)


def test_delong_by_hand():
    # Places of the positives (share of negatives below): before 1, 1/2; after 1/2, 1/2.
    # Of the negatives (share of positives above): before 1, 1/2; after 1, 0.
    before, after = np.array([4.0, 2, 1, 3]), np.array([2.0, 2, 1, 3])
    positive = np.array([True, True, False, False])
    # Changes: positives -1/2, 0; negatives 0, -1/2. Each has variance 1/8 over 2 items.
    # z = (-1/4) / sqrt(1/8/2 + 1/8/2) = -0.7071, p = 0.4795.
    assert delong(before, after, positive) == pytest.approx((0.3536, 0.4795), abs=1e-4)
    assert delong(before, before**3, positive)[1] == 1


def test_a_model_against_itself_does_not_move():
    found = both_auc(np.arange(6.0), np.arange(6.0), np.arange(6) > 2)
    assert (found.difference, found.p, found.units) == (0, 1, 3) and math.isnan(found.low)
    assert isinstance(found, Contrasted) and found.baseline == 1


def test_the_interval_covers_the_truth():
    # Normal scores one standard deviation apart have the area Phi(1 / sqrt 2) = 0.7602.
    rng = np.random.default_rng(1)
    covered = 0
    for seed in range(60):
        positive = np.arange(160) % 2 == 0
        scores = rng.normal(size=160) + positive
        found = both_auc(scores, scores, positive, resamples=300, seed=seed)
        covered += found.baseline_low <= 0.7602 <= found.baseline_high
    # 95 % of 60 is 57; 51 or fewer has a chance below 0.02.
    assert covered > 51


def test_columns_of_identities_as_in_civil_comments():
    content = (
        b"comment_text,target,score_baseline,score_compressed,women,rated\n"
        b"x,0.8,0.9,0.8,1,3\ny,0.1,0.2,0.3,0.6,4\nz,0.2,0.1,oops,0.2,2\nw,0,0.4,0.4,,2\n"
    )
    items = GROUP_AUC.read(content, "x.csv")
    assert items.rows["groups"].tolist() == [["women"], ["women"], []]
    assert items.rows["label"].tolist() == [1, 0, 0]
    assert [one.which for one in items.left_out] == ["line 4"]
    with pytest.raises(NothingScored, match="whom"):
        GROUP_AUC.read(b"label,baseline,compressed\n1,0.2,0.3\n", "x.csv")


def test_metrics_are_of_both_sides():
    found = run(measure="bpsn").metrics
    row = found.query("metric == 'bpsn_auc' and group == 'red'")
    assert row["side"].tolist() == ["baseline", "compressed"]
    assert row["value"].tolist() == pytest.approx([3 / 4, 3 / 4])


def test_what_has_no_area_is_told_and_shown(tmp_path):
    """Positive items only: no area, no units, and a page all the same."""
    path = tmp_path / "x.csv"
    path.write_text("id,label,baseline,compressed,group\na,1,0.9,0.2,red\nb,1,0.8,0.3,red\n")
    found = api.probe("group_auc", items=str(path), store=False)
    assert np.isnan(found.value.outcome.groups["baseline"]).all()
    assert "not defined for these items" in found.present().finding.sentence
