"""The demo against its planted truth: the drift by hand, the limits, and the documents."""

import json
import math
from pathlib import Path

import pytest

from fairviz.core.specs import ModelSpec
from fairviz.demo.against_truth import BASELINE, FORMS, AgainstTruth, document, read, table
from fairviz.demo.drift import drift, drifts
from fairviz.demo.recovered import Recovered, recovered
from fairviz.demo.truth_figures import against_truth, truth_drift
from fairviz.models.pair import load_pair

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "planted-truth.md").read_text(encoding="utf-8")
KEPT = ROOT / "docs" / "against-truth.json"


def cell(group, planted, baseline, compressed, *, language="fr", among=2, ends=(math.nan,) * 4):
    kind = "pronoun" if among == 2 else "trait"
    about = "made up", language, kind, group, "Notre", "elle", among
    return Recovered(*about, planted, baseline, compressed, *ends)


# By hand


def test_a_form_that_fades_to_even_drifts_and_its_stereotype_shrinks():
    # Distances 0 and 0 against 0.1 and 0.1; both shares went 0.1 towards 0.5.
    found = drift([cell("a", 0.8, 0.8, 0.7), cell("b", 0.2, 0.2, 0.3)])
    assert (found.baseline, found.baseline_largest) == pytest.approx((0, 0))
    assert (found.compressed, found.compressed_largest) == pytest.approx((0.1, 0.1))
    # Of two groups every exchange is as likely as one in four: p = 1/2, and the interval holds 0.
    assert (found.change, found.low, found.high) == pytest.approx((0.1, 0, 0.1))
    assert found.exaggerated == pytest.approx(-0.1)
    assert (found.n, found.groups) == (2, 2)
    assert math.isnan(found.compressed_inside)


def test_what_is_planted_even_has_no_stereotype_to_exaggerate():
    # Even among four is 0.25. +0.05 of one cell above even and 0 of one at even: 0.025.
    cells = [cell("a", 0.25, 0.25, 0.45, among=4), cell("b", 0.7, 0.7, 0.75, among=4)]
    assert drift(cells).exaggerated == pytest.approx(0.025)
    assert drift(cells).compressed == pytest.approx(0.125)


def test_the_cells_of_one_group_are_drawn_together():
    # Two valleys, four cells each, distances 0.2 and 0: a draw of two valleys has the mean
    # 0, 0.1 or 0.2, with chances 1/4, 1/2, 1/4. Drawn one by one 0 would be a chance of 1/256.
    cells = [cell("a", 0.5, 0.5, 0.7, among=4)] * 4 + [cell("b", 0.5, 0.5, 0.5, among=4)] * 4
    found = drift(cells)
    assert found.groups == 2
    assert (found.compressed_low, found.compressed_high) == pytest.approx((0, 0.2))


def test_languages_are_drawn_each_for_itself():
    cells = [
        cell(group, 0.5, 0.5, shifted, language=language)
        for language, shifted in (("fr", 0.5), ("en", 0.7))
        for group in ("a", "b")
    ]
    found = {one.language: one for one in drifts(cells) if one.kind == "all"}
    whole = found["all"]
    assert whole.change == pytest.approx(0.1)
    # The two French groups did not change at all, which says nothing of how far others would.
    assert whole.low < 0 < whole.high
    assert (found["fr"].change, found["en"].change) == pytest.approx((0, 0.2))
    assert whole.groups == 4


def test_how_many_intervals_hold_the_truth():
    cells = [
        cell("a", 0.5, 0.4, 0.3, ends=(0.3, 0.55, 0.2, 0.4)),
        cell("b", 0.5, 0.6, 0.6, ends=(0.5, 0.7, 0.5, 0.7)),
    ]
    # The baseline's both hold 0.5 (one with its end), the compressed model's second only.
    assert drift(cells).baseline_inside == 1
    assert drift(cells).compressed_inside == 0.5


def test_a_form_against_itself_does_not_drift():
    found = drift([cell("a", 0.8, 0.7, 0.7), cell("b", 0.3, 0.4, 0.4)])
    assert (found.change, found.p) == (0, 1)
    assert math.isnan(found.low)  # where nothing moved nothing tells a width
    assert math.isnan(found.high)
    assert found.exaggerated == 0


def test_what_is_written_is_read_again(tmp_path):
    cells = [cell("a", 0.8, 0.7, 0.6), cell("b", 0.3, 0.4, 0.5)]
    found = {"x": AgainstTruth(cells, drifts(cells))}
    file = tmp_path / "found.json"
    file.write_text(json.dumps(document(found, 0), allow_nan=False), encoding="utf-8")
    again = read(file)["x"]
    assert repr(again.cells) == repr(cells)
    assert again.drifts[0].change == pytest.approx(found["x"].drifts[0].change, abs=1e-6)


# On the demo


@pytest.fixture(scope="module")
def measured():
    pair = load_pair(ModelSpec("demo"), ModelSpec.parse("demo+nf4"), device="cpu")
    # That 64 draws of these prompts recover the truth is in test_probe_samples.
    return recovered(pair, lambda step: None, samples=8)


def test_what_is_read_lies_within_five_points_of_what_was_planted(measured):
    here = [one for one in measured if one.probe != "samples"]
    # Pairs: 28 trades and 16 of two traits. Swaps: 24 trades in 3 frames, 4 traits of 8 valleys.
    assert len(here) == (28 + 16) + (24 * 3 + 2 * 32)
    for one in here:
        assert one.baseline == pytest.approx(one.planted, abs=0.05), one


def test_a_sampled_rate_stands_between_its_own_ends(measured):
    sampled = [one for one in measured if one.probe == "samples"]
    assert len(sampled) == 28
    for one in sampled:
        assert one.baseline_low <= one.baseline <= one.baseline_high, one
        assert one.compressed_low <= one.compressed <= one.compressed_high, one
    # The seven trades that are planted most feminine say so more often than the seven least.
    rates = [one.baseline for one in sorted(sampled, key=lambda one: one.planted)]
    assert sum(rates[-7:]) > sum(rates[:7]) + 3


def test_what_is_kept_is_what_is_measured(measured):
    kept = read(KEPT)
    assert tuple(kept) == FORMS
    for old, new in zip(kept["demo+nf4"].cells, measured, strict=True):
        assert old[:7] == new[:7]
        if old.probe != "samples":
            assert old[7:10] == pytest.approx(new[7:10], abs=2e-3)


# In pictures and in the documents


def test_one_panel_a_model_with_the_truth_as_its_diagonal():
    figure = against_truth({form: one.cells for form, one in read(KEPT).items()}, BASELINE)
    titles = [one.text for one in figure.layout.annotations]
    assert titles == [BASELINE, *FORMS]
    lines = [one for one in figure.data if one.mode == "lines"]
    assert [(tuple(one.x), tuple(one.y)) for one in lines] == [((0, 1), (0, 1))] * len(titles)
    bars = [one for one in figure.data if one.error_y.array is not None]
    assert len(bars) == len(titles)
    assert all((one.error_y.array >= 0).all() for one in bars)
    assert figure.layout.xaxis4.title.text == "planted probability"
    assert figure.layout.yaxis.title.text == "found probability"


def test_the_drift_is_drawn_with_its_ends():
    kept = {form: one.drifts for form, one in read(KEPT).items()}
    figure = truth_drift(kept, BASELINE, "counterfactual")
    assert len(figure.data) == 4
    own = next(
        one
        for one in kept["demo+nf4"]
        if (one.probe, one.language, one.kind) == ("counterfactual", "fr", "pronoun")
    )
    place = list(figure.data[0].y).index("demo+nf4")
    assert figure.data[0].x[place] == own.compressed
    assert tuple(figure.data[0].customdata[place]) == (own.compressed_low, own.compressed_high)
    assert figure.layout.xaxis.title.text == "mean distance (probability)"


def test_the_table_of_the_page_is_what_was_measured():
    assert table(read(KEPT)) in PAGE


@pytest.mark.browser
def test_the_picture_of_the_page(chromium, tmp_path):
    kept = read(KEPT)
    drawn = (
        against_truth({form: one.cells for form, one in kept.items()}, BASELINE),
        truth_drift({form: one.drifts for form, one in kept.items()}, BASELINE, "counterfactual"),
    )
    parts = [
        one.update_layout(template="plotly_white").to_html(
            full_html=False, include_plotlyjs=place == 0
        )
        for place, one in enumerate(drawn)
    ]
    file = tmp_path / "figures.html"
    file.write_text(f"<meta charset=utf-8>{''.join(parts)}", encoding="utf-8")
    page = chromium.new_page(viewport={"width": 1180, "height": 1100})
    page.goto(file.as_uri())
    # Six panels of 208 planted shares, and four of six models: nothing is cut off.
    signs = page.locator(".js-plotly-plot .scatterlayer .point")
    signs.nth(6 * 208 + 4 * 6 - 1).wait_for()
    assert signs.count() == 6 * 208 + 4 * 6
    page.screenshot(path=ROOT / "artifacts" / "against-truth.png", full_page=True)
    page.close()
