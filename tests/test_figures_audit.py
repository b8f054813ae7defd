"""Pictures of audits and of long texts: units on every axis, every point, the noise floor."""

import numpy as np
import pytest
from audits import audit, items_table, prompts_table
from comparisons import pair_trace

from fairviz import figures
from fairviz.analyses.audit.pictures import near
from fairviz.analyses.audit.present import present
from fairviz.analyses.audit.tables import by
from fairviz.i18n import number
from fairviz.inference.outcomes import outcomes
from fairviz.metrics.quantities import QUANTITIES
from fairviz.stats import binned, reliability

TITLES = ("Entropy of the baseline (nats)", "KL, next token (nats)")


def shift(log, floor=1e-4):
    table = prompts_table()
    x, y = table["baseline_entropy"].to_numpy(), table["kl"].to_numpy()
    return figures.audit_shift(
        x,
        y,
        binned(x, np.log(y) if log else y),
        titles=TITLES,
        labels=table["text"].tolist(),
        changed=table["top_changed"].to_numpy(),
        log=log,
        floor=floor,
    )


@pytest.mark.parametrize("log", [True, False])
def test_every_prompt_is_a_point_and_the_bins_lie_among_them(log):
    figure = shift(log)
    unchanged, changed, bins = figure.data
    assert (len(unchanged.x), len(changed.x)) == (54, 6)
    assert sum(int(row[0]) for row in bins.customdata) == 60
    every = np.concatenate([unchanged.y, changed.y])
    assert every.min() < bins.y.min() <= bins.y.max() < every.max()
    (band,) = figure.layout.shapes
    assert band.name == "noise floor"
    assert band.y1 == 1e-4
    assert figure.layout.xaxis.title.text == TITLES[0]
    assert figure.layout.yaxis.title.text == TITLES[1]
    assert all("<" not in word for word in unchanged.customdata)


def test_without_a_floor_there_is_no_band():
    assert not shift(True, floor=None).layout.shapes


def test_rates_are_in_percent_with_their_intervals():
    found = binned(np.arange(40), np.arange(40) % 4 == 0)
    figure = figures.audit_rate(found, (TITLES[0], "Share that changed"))
    assert figure.layout.yaxis.title.text == "Share that changed (%)"
    (dots,) = figure.data
    assert (dots.error_y.array > 0).all()
    assert dots.y.tolist() == (100 * found.mean).tolist()


def test_confidence_tells_right_from_wrong_by_sign_as_well():
    table = outcomes(items_table("RRWLG"))
    kinds = [
        "right in both", "right in both", "wrong in both", "right, then wrong", "wrong, then right",
    ]  # fmt: skip
    figure = figures.audit_before_after(
        table["baseline_true_confidence"].to_numpy(),
        table["compressed_true_confidence"].to_numpy(),
        kinds,
        table["context"].tolist(),
        "Confidence in the right answer",
        {kind: kinds.count(kind) for kind in kinds},
    )
    points = figure.data[:-1]
    assert [one.name for one in points] == [
        "right in both (2)", "wrong in both (1)", "right, then wrong (1)", "wrong, then right (1)",
    ]  # fmt: skip
    assert len({one.marker.symbol for one in points}) == 4
    assert "(probability)" in figure.layout.xaxis.title.text


def test_the_reliability_diagram_says_both_errors():
    table = outcomes(items_table("RRWLG" * 4))
    both = [
        reliability(table[f"{side}_confidence"], table[f"{side}_correct"], "counts", bins=2)
        for side in ("baseline", "compressed")
    ]
    figure = figures.audit_reliability(*both)
    assert figure.data[0].name == f"baseline, error {both[0].error:.3f}"
    assert figure.data[1].y.tolist() == both[1].accuracy.tolist()
    assert figure.data[2].name == "as often right as sure"
    first = (both[0].n[0], number(both[0].confidence[0], ".1%"), number(both[0].accuracy[0], ".1%"))
    assert tuple(figure.data[0].customdata[0]) == first


def test_each_part_has_its_name_its_count_and_two_dots():
    rows = by(prompts_table(), "language", "prompts")
    figure = figures.audit_parts(rows, "language", ("Mean KL (nats)", "Share that changed (%)"))
    first, second = figure.data
    assert set(first.y) == {"fr (30)", "en (30)"}
    assert first.x.tolist() == rows["shift"].tolist()
    assert second.x.tolist() == (100 * rows["changed"]).tolist()
    assert second.xaxis == "x2"
    # From top to bottom, the largest shift first, each value beside its name.
    assert figure.layout.yaxis.autorange == "reversed"
    assert list(first.y) == [f"{row.language} ({row.n})" for row in rows.itertuples()]


def test_a_long_text_is_drawn_with_its_extremes():
    pair = pair_trace([f" w{number}" for number in range(5000)])
    figure = figures.along_text(pair, QUANTITIES["kl"], floor=0.01, selected=4999)
    bars = figure.data[-1]
    assert len(bars.x) < 5000
    assert bars.y.max() == pair.kl.max()
    assert figures.curves(pair).data[0].mode == "lines"
    assert {shape.name for shape in figure.layout.shapes} == {"noise floor", "selected"}
    scatter = figures.uncertainty(pair, QUANTITIES["log_prob_shift"], floor=0.5, selected=17)
    (points,) = scatter.data
    assert len(points.x) < 5000
    assert points.x.max() == pair.baseline.entropy.max()
    shifts = QUANTITIES["log_prob_shift"].of(pair)
    assert (points.y.min(), points.y.max()) == (shifts.min(), shifts.max())
    assert "17" in {row[1] for row in points.customdata}
    (band,) = scatter.layout.shapes
    assert (band.y0, band.y1) == (-0.5, 0.5)


def test_of_many_points_those_on_one_spot_are_drawn_as_one():
    rng = np.random.default_rng(0)
    across, up = rng.uniform(0, 4, 60_000), rng.normal(size=60_000)
    up[0] = np.nan  # cannot be drawn
    changed = np.arange(60_000) % 1000 == 1
    found = near(across, up, changed)
    assert int(found.points.sum()) == 59_999
    assert len(found.places) == len(set(found.places.tolist())) < 15_000
    assert 0 not in found.places
    # What is rare is not hidden by what is common.
    assert len(found.places[changed[found.places]]) > 50
    assert "60,000" not in found.said
    assert "59,999" in found.said
    few = near(across[:100], up[:100], changed[:100])
    assert few.places.tolist() == list(range(100))
    assert few.said == ""


def test_a_large_audit_is_drawn_of_few_points_and_counts_all():
    presented = present(audit(prompts_table(20_000), "prompts"), {}, "page")
    points = sum(len(trace.x) for trace in presented.figures[0].figure.data[:2])
    assert points < 14_000
    assert "20,000" in presented.figures[0].caption
    every = presented.figures[2].table["n"].sum()
    assert every == 20_000
    # The bins are of all, not of what is drawn.
    assert presented.figures[0].table["n"].sum() == 20_000
