"""Every figure names its units, marks its places, and shows token text as typed."""

import numpy as np
import plotly.graph_objects as go
import pytest
from comparisons import comparison, pair_trace

from fairviz import figures
from fairviz.figures.labels import axis, shown
from fairviz.figures.palette import COMPRESSED, scale
from fairviz.metrics.quantities import QUANTITIES, Quantity

NASTY = (" <b>bold</b>", " $x^2$", '<a href="javascript:alert(1)">', "\n", "", " é")
UNITS = ("nats", "share", "index", "probability", "ranks", "yes/no")


def _axis_titles(figure: go.Figure) -> list[str]:
    layout = figure.to_dict()["layout"]
    return [layout[name]["title"]["text"] for name in layout if name[1:].startswith("axis")]


def test_every_row_along_the_text_names_its_unit():
    titles = _axis_titles(figures.along_text(pair_trace(NASTY), QUANTITIES["kl"]))
    assert "Δ entropy (nats)" in titles
    both = _axis_titles(figures.curves(pair_trace(NASTY)))
    assert (len(titles), len(both)) == (4, 3)
    for title in (*titles, *both):
        assert any(unit in title.lower() for unit in UNITS), title


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=lambda quantity: quantity.name)
def test_the_scatter_names_both_units_for_every_quantity(quantity: Quantity):
    titles = _axis_titles(figures.uncertainty(pair_trace(NASTY), quantity))
    assert titles[0] == "Entropy of the baseline (nats)"
    assert quantity.unit in titles[1].lower()


@pytest.mark.parametrize(
    "figure",
    [
        figures.along_text(pair_trace(NASTY), QUANTITIES["js"]),
        figures.curves(pair_trace(NASTY)),
        figures.uncertainty(pair_trace(NASTY), QUANTITIES["probability_shift"]),
    ],
    ids=["along_text", "curves", "uncertainty"],
)
def test_no_token_reaches_a_figure_as_markup(figure: go.Figure):
    words = [str(word) for line in figure.data for word in np.ravel(line.customdata)]
    assert any("&lt;b&gt;" in word for word in words)
    for word in words:
        assert "<" not in word
        assert ">" not in word
        assert "$" not in word


def test_the_rows_share_one_axis_of_tokens_and_draw_the_change_and_both_models():
    pair = pair_trace(NASTY)
    figure = figures.along_text(pair, QUANTITIES["kl"])
    assert {line.xaxis for line in figure.data} == {"x"}
    assert [line.yaxis for line in figure.data] == ["y", "y2", "y3"]
    shift = pair.compressed.prob - pair.baseline.prob
    np.testing.assert_array_equal(figure.data[0].y, shift)
    assert [colour == COMPRESSED for colour in figure.data[0].marker.color] == list(shift >= 0)
    np.testing.assert_array_equal(figure.data[1].y, pair.compressed.entropy - pair.baseline.entropy)
    np.testing.assert_array_equal(figure.data[2].y, pair.kl)
    both = figures.curves(pair)
    assert [line.yaxis for line in both.data] == ["y", "y", "y2", "y2"]
    for line, trace, name in zip(
        both.data, (pair.baseline, pair.compressed) * 2, ("prob", "prob", "entropy", "entropy"),
        strict=True,
    ):  # fmt: skip
        np.testing.assert_array_equal(line.y, getattr(trace, name))


def test_divergence_and_selection_are_marked_at_their_tokens():
    figure = figures.along_text(pair_trace(NASTY), QUANTITIES["kl"], divergence=2, selected=4)
    assert [(mark.x0, mark.x1) for mark in figure.layout.shapes] == [(2, 2), (4, 4)]
    assert [note.text for note in figure.layout.annotations] == ["◆", "selected"]


def test_a_mark_beyond_the_text_is_left_out():
    figure = figures.along_text(pair_trace(NASTY), QUANTITIES["kl"], divergence=len(NASTY))
    assert not figure.layout.shapes


@pytest.mark.parametrize("build", [figures.along_text, figures.uncertainty])
def test_a_text_of_no_tokens_still_has_a_figure(build):
    assert build(pair_trace(()), QUANTITIES["kl"]).data


def test_the_scale_is_the_largest_size_of_both_texts_rounded_up():
    answer = comparison()
    quantity = Quantity(
        "given", "Given", "nats", True, "As given.", lambda pair: np.full(len(pair), -0.31)
    )
    assert scale(quantity, answer.on_baseline, answer.on_compressed).limit == 0.5


def test_tiny_shifts_stay_pale_and_what_was_not_measured_does_not_count():
    quantity = Quantity(
        "given", "Given", "probability", True, "As given.", lambda _: np.array([1e-6, np.nan])
    )
    assert scale(quantity, pair_trace(("a", "b"))).limit == 0.002


def test_whitespace_is_visible_and_an_empty_token_is_named():
    assert shown(" a\n") == "␣a⏎"
    assert shown("") == "(part of a character)"


def test_a_unit_is_not_said_twice():
    assert axis("Change of probability", "probability") == "Change of probability"
    assert axis("Entropy", "nats") == "Entropy (nats)"
