"""The tables' figures: units on every axis, one range, flags told, foreign text harmless."""

import numpy as np
import pytest
from tables_of import groups

from fairviz import figures
from fairviz.benchmarks import labels
from fairviz.benchmarks.change import QUALITIES, changes
from fairviz.benchmarks.groups import drift, few, labelled, with_contrasts, with_intervals
from fairviz.benchmarks.metrics import METRICS, metric
from fairviz.benchmarks.schema import tidy
from fairviz.figures import palette, table_forms, table_hover
from fairviz.figures.labels import inside as words_inside
from fairviz.figures.legend import Legend, look

NASTY = '<script>alert(1)</script> $x^2$ <a href="javascript:x">'
SHARE = metric("regard")


@pytest.fixture
def rows():
    return groups(
        none={"a": 0.1, "b": 0.2, NASTY: 0.3},
        int8={"a": 0.1, "b": 0.25, NASTY: 0.3},
        magnitude={"a": 0.5, "b": 0.2, NASTY: 0.1},
    )


def titles(figure):
    layout = figure.to_dict()["layout"]
    return [layout[name]["title"]["text"] for name in layout if name[1:].startswith("axis")]


def pairs(rows):
    after = with_contrasts(with_intervals(labelled(changes(rows))))
    return after.assign(
        reference_low=after["low"], reference_high=after["high"], few=few(after), suspect=False
    )


def drawn(rows, measure=SHARE):
    """Every figure of the tables, by name."""
    moved = labelled(changes(rows))
    out = {
        "overview": figures.table_overview(
            moved.assign(quality=1.5), measure, QUALITIES["perplexity"]
        ),
        "heat": figures.table_heat(moved, measure),
        "dumbbell": figures.table_dumbbell(
            pairs(rows[rows["method"] != "int8"]), measure, "Baseline", "Magnitude 50 %"
        ),
        "ranks": figures.table_ranks(
            [("Baseline", np.array([2.0, 0, -1]), True), ("AWQ", np.array([1.0, 0, -2]), False)],
            measure,
        ),
    }
    for name, small in (
        ("curves", figures.table_curves(rows[rows["axis"] == "a"], measure)),
        ("spread", figures.table_spread(drift(rows, "share"), measure)),
    ):
        out |= {f"{name} {base}": figure for base, figure in small.items()}
    return out


def test_every_axis_has_a_title(rows):
    for name, figure in drawn(rows).items():
        assert len(titles(figure)) == 2, name
        assert all(titles(figure)), name


def test_the_unit_stands_on_the_axis(rows):
    figure = drawn(rows)
    for name in ("overview", "dumbbell", "curves m", "spread m"):
        assert any("(share)" in title for title in titles(figure[name])), name
    assert "(share)" in titles(figure["ranks"])[1]


def test_small_changes_stand_apart_and_large_ones_stay_in_order():
    # A fifth of the sizes lie below 0.001, so that arcsinh(x / 0.001) is where x stands.
    sizes = [0.001, -0.001, 0.003, 0.01, -0.25]
    place, ticks = table_forms.stretched(sizes)
    np.testing.assert_allclose(place(sizes), np.arcsinh(np.array(sizes) / 0.001))
    assert place(0.003) / place(0.25) > 0.25  # 0.012 of the way on a plain axis
    assert ticks["ticktext"] == ["0", "+0.001", "+0.01", "+0.1", "−0.001", "−0.01", "−0.1"]
    np.testing.assert_allclose(ticks["tickvals"][[0, 3]], [0, np.arcsinh(100)])
    place, ticks = table_forms.stretched([1.0, 1.01, 1.5, 0.99, 500, float("nan")], ratio=True)
    assert place(1.0) == 0 and ticks["ticktext"] == ["1", "1.1", "2", "10", "100", "0.9"]
    assert table_forms.stretched([0.0, float("nan")])[0](0.0) == 0  # nothing changed


def test_text_of_an_imported_table_is_harmless(rows):
    rows = tidy(rows.assign(base_model=NASTY, column=NASTY, file=NASTY, flags=NASTY))
    for name, figure in drawn(rows, metric(NASTY)).items():
        text = figure.to_json()
        assert "<script" not in text.replace("\\u003c", "<"), name
        assert "$x^2$" not in text, name


def test_a_strong_change_of_the_heat_map_has_its_sign_written(rows):
    heat = drawn(rows)["heat"].data[0]
    change = np.asarray(heat.z, dtype=float)
    strong = np.abs(change) >= 0.25 * heat.zmax
    signs = np.asarray([[one.rstrip("⚑") for one in row] for row in heat.text])
    assert set(signs[strong & (change > 0)]) == {"+"}
    assert set(signs[~strong]) <= {""}
    assert set(signs[strong & (change < 0)]) <= {"−"}


def test_a_flagged_number_carries_its_explanation(rows):
    flags = np.where(rows["method"] == "magnitude", "copied_cell", "")
    rows = tidy(rows.assign(flags=flags))
    told = "Probably another model"
    for name in ("overview", "heat", "dumbbell", "curves m", "spread m"):
        assert told in drawn(rows)[name].to_json(), name
    # and an open sign or a flag, since not every number has it
    assert any("⚑" in one for one in drawn(rows)["heat"].data[0].text.ravel())
    assert "x-open" in drawn(rows)["overview"].to_json()


def test_a_caution_that_all_share_marks_none():
    assert table_hover.suspect(["two_batches", "two_batches"]) == [False, False]
    assert table_hover.suspect(["two_batches", "two_batches,copied_cell"]) == [False, True]
    assert table_hover.suspect(["two_batches", ""]) == [True, False]
    assert table_hover.suspect(["last_of_two", ""]) == [False, False]
    assert table_hover.suspect(["two_batches"]) == [True]


def test_the_heat_map_is_centred_at_no_change_and_shows_holes(rows):
    moved = labelled(changes(rows)).iloc[1:]
    heat = figures.table_heat(moved, SHARE).data[0]
    assert heat.zmid == 0
    assert heat.zmin == -heat.zmax
    assert np.isnan(np.asarray(heat.z, dtype=float)).sum() == 1
    # groups a, b, nasty; forms int8 then magnitude; a under magnitude rose by 0.4
    assert np.nanmax(np.asarray(heat.z, dtype=float)) == pytest.approx(0.4)
    assert list(heat.x) == ["LLM.int8()", "Magnitude 50 %"]
    # Every cell stands in the row of the group that it is of, the first group on top.
    figure = figures.table_heat(moved, SHARE)
    assert figure.layout.yaxis.autorange == "reversed"
    for group, told in zip(heat.y, heat.customdata, strict=True):
        assert all(one == "not measured" or one.startswith(f"<b>{group}</b>") for one in told)


def test_small_plots_share_one_range(rows):
    two = tidy(rows.assign(base_model="other", value=rows["value"] * 3))
    from fairviz.benchmarks.schema import stacked

    both = stacked([rows, two])
    small = figures.table_curves(both[both["axis"] == "a"], SHARE)
    assert set(small) == {"m", "other"}
    spans = {figure.layout.yaxis.range for figure in small.values()}
    assert len(spans) == 1
    (span,) = spans
    assert span[0] < 0.1
    assert span[1] > 1.5


def test_a_range_holds_all_values_on_either_axis():
    assert table_forms.span([1.0, 3.0, np.nan], log=False) == pytest.approx((0.88, 3.12))
    low, high = table_forms.span([1.0, 1000.0], log=True)
    assert low < 0 < 3 < high
    assert table_forms.span([0.2, 0.4], log=False, from_zero=True)[0] == 0
    assert table_forms.span([], log=False) == (0, 1)
    assert table_forms.span([5.0], log=False) == pytest.approx((4.5, 5.5))


def test_the_dumbbell_draws_intervals_where_n_is_known(rows):
    some = pairs(rows[rows["method"] != "int8"])
    figure = figures.table_dumbbell(some, SHARE, "Baseline", "x")
    assert (np.asarray(figure.data[1].error_x.array) > 0).all()
    assert "Newcombe" in figure.data[1].customdata[0]
    none = some.assign(low=np.nan, high=np.nan)
    figure = figures.table_dumbbell(none, SHARE, "Baseline", "x")
    assert (np.asarray(figure.data[1].error_x.array) == 0).all()


def test_every_method_has_a_look_of_its_own():
    looks = [look(name) for name in labels.METHODS]
    assert look("none").colour == palette.BASELINE
    assert len({look.colour for look in looks}) == len(looks)
    assert len({look.symbol for look in looks}) == len(looks)
    assert look("someone's own").colour


def test_the_legend_names_every_method_and_escapes_foreign_ones():
    text = figures.legend(Legend(("none", "wanda", NASTY), lines=True, patterns=True, floor=True))
    for name in ("Baseline", "Wanda", "pattern 2:4", "chance", "&lt;script&gt;"):
        assert name in text
    assert "<script" not in text


@pytest.mark.parametrize("one", METRICS, ids=lambda one: one.name)
def test_a_title_within_a_sentence_keeps_its_name(one):
    inside = words_inside(one.title)
    assert inside.lower() == one.title.lower()
    assert inside[:3] in ("BBQ", "UnQ", "Ste") or inside[0].islower() or not inside[0].isalpha()
