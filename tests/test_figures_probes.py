"""The figures of probes: where the signs stand, and what is told apart without colour."""

from __future__ import annotations

import math

import numpy as np
import pytest
from outcomes import groups

from fairviz.figures import probe_difference, probe_groups, probe_spread
from fairviz.figures.palette import BASELINE, COMPRESSED, SIZE

TABLE = groups("age", "<b>class</b> $x$")
CHANGED = [False, True, False]


def test_a_group_has_two_signs_a_line_between_and_intervals():
    figure = probe_groups(TABLE, CHANGED, "share of pairs", 0.5)
    line, first, second = figure.data
    assert [first.name, second.name] == ["Baseline", "Compressed"]
    assert [set(one.marker.color) for one in (first, second)] == [{BASELINE}, {COMPRESSED}]
    assert first.marker.symbol != second.marker.symbol
    assert list(line.x[:3]) == [0.5, 0.7, None]
    assert line.y[0] == first.y[0] and line.y[1] == second.y[0]
    # 0.6 - 0.5 up and 0.5 - 0.4 down.
    np.testing.assert_allclose(first.error_x.array, 0.1)
    np.testing.assert_allclose(first.error_x.arrayminus, 0.1)


def test_the_groups_stand_in_their_order_and_a_change_has_a_star():
    figure = probe_groups(TABLE, CHANGED, "share of pairs", 0.5)
    names = figure.layout.yaxis.ticktext
    assert [("★" in name) for name in names] == CHANGED
    assert names[0] == "all (20)"
    assert list(figure.layout.yaxis.tickvals) == [0, -1, -2]
    assert "<b>class" not in names[2] and "$" not in names[2]


def test_every_sign_stands_beside_the_name_of_its_group():
    table = TABLE.assign(baseline=[0.1, 0.2, 0.3], compressed=[0.4, 0.5, 0.6])
    for figure in (probe_groups(table, CHANGED, "m", 0.5), probe_difference(table, CHANGED, "m")):
        names = dict(zip(figure.layout.yaxis.tickvals, table.index, strict=True))
        assert figure.layout.yaxis.range[0] < figure.layout.yaxis.range[1]  # the first is on top
        for column in ("baseline", "compressed", "difference"):
            for trace in figure.data:
                if trace.mode == "markers" and list(trace.x) == list(table[column]):
                    assert [names[round(y)] for y in trace.y] == list(table.index)


def test_a_neutral_value_is_a_dashed_line_and_none_is_none():
    def dashed(figure):
        return [one.x0 for one in figure.layout.shapes if one.line.dash == "dash"]

    assert dashed(probe_groups(TABLE, CHANGED, "m", 0.5)) == [0.5]
    assert dashed(probe_groups(TABLE, CHANGED, "m", math.nan)) == []
    assert dashed(probe_difference(TABLE, CHANGED, "m")) == [0]


def test_the_difference_is_filled_where_it_changed_and_rows_stand_side_by_side():
    measure = "a measure whose title is far too long for one line of a small figure"
    figure = probe_difference(TABLE, CHANGED, measure)
    assert list(figure.data[0].marker.symbol) == ["square-open", "square", "square-open"]
    other = probe_groups(TABLE, CHANGED, measure, 0.5)
    assert figure.layout.height == other.layout.height
    assert figure.layout.margin == other.layout.margin
    assert figure.layout.yaxis.range == other.layout.yaxis.range


def test_few_items_are_pale_and_a_missing_interval_is_no_line():
    few = TABLE.assign(n=[60, 9, 10], low=math.nan, high=math.nan)
    figure = probe_difference(few, CHANGED, "m")
    strong, pale, edge = figure.data[0].marker.color
    assert strong == edge == SIZE
    # SIZE is #8f5aa8, that is 143, 90, 168.
    assert pale == "rgba(143,90,168,0.45)"
    assert list(figure.data[0].error_x.array) == [0, 0, 0]


def test_yes_or_no_is_two_bars_and_lengths_are_counted_in_whole_steps():
    nan = math.nan
    shares = probe_spread(np.array([0.0, 1.0, nan]), np.array([1.0, 1.0, 1.0]), "Feminine first")
    assert list(shares.layout.xaxis.ticktext) == ["no", "yes"]
    assert list(shares.data[0].x) == [0.0, 1.0]
    assert [one.histnorm for one in shares.data] == ["percent", "percent"]
    assert shares.data[0].marker.pattern.shape != shares.data[1].marker.pattern.shape
    # 3 to 60 in at most 16 bars of a round width: 57 / 16 = 3.6, so 5.
    lengths = probe_spread(np.array([3.0, 60.0]), np.array([4.0, 9.0]), "Length (words)")
    assert lengths.data[0].xbins.size == 5
    assert lengths.data[0].xbins.start == 0
    assert lengths.data[1].xbins == lengths.data[0].xbins


@pytest.mark.parametrize("values", [[], [0.3, 0.3], [math.nan]])
def test_values_that_do_not_spread_are_drawn_too(values):
    figure = probe_spread(np.array(values), np.array(values), "m")
    assert len(figure.data) == 2
