"""The trade-off and the weights as drawn: places, bars, units, names."""

from __future__ import annotations

import numpy as np
import pytest

from fairviz.analyses.tradeoff.axes import HARMS, SIZES
from fairviz.analyses.tradeoff.measure import Point
from fairviz.analyses.tradeoff.present import present
from fairviz.analyses.tradeoff.request import Tradeoff, TradeoffRequest
from fairviz.compression.registry import METHODS
from fairviz.core.specs import ModelSpec
from fairviz.figures.tradeoff import Mark, front
from fairviz.figures.weights import weights
from fairviz.models.pictures import pictures


def point(name, method, family, disk, kl, **changes):
    values = {
        "name": f"demo+{name}", "method": method, "family": family, "bytes_on_disk": disk,
        "bytes_in_memory": 2 * disk, "kl": kl, "kl_low": 0.9 * kl, "kl_high": 1.2 * kl,
        "perplexity": 2.2, "perplexity_ratio": 1 + kl, "tokens": 100, "bias_shift": None,
        "text": "mine.txt", "text_hash": "0a1b",
    }  # fmt: skip
    return Point(**{**values, **changes})


POINTS = (
    point("gptq:4", "gptq", "quantization", 1_000_000, 0.002),
    point("rtn:4", "rtn", "quantization", 1_000_000, 0.003),
    point("wanda:0.5", "wanda", "pruning", 2_000_000, 0.03, bias_shift=0.06),
    point("rtn:8", "rtn", "quantization", 1_600_000, 0.0001),
)


def drawn(size="disk", harm="kl", **whole):
    """The figure of `POINTS`, as everybody is shown it."""
    names = tuple(one.name for one in POINTS)
    request = TradeoffRequest(ModelSpec("demo"), names, "mine.txt", "0a1b")
    shown = present(Tradeoff(request, POINTS, whole), {"size": size, "harm": harm})
    return shown.figures[0].figure


def marks(figure):
    """Text form -> (x, y, error up, error down) of every sign."""
    found = {}
    for trace in figure.data:
        if trace.mode != "markers":
            continue
        for place, words in enumerate(trace.customdata):
            up, down = (
                None if bars is None else bars[place]
                for bars in (trace.error_y.array, trace.error_y.arrayminus)
            )
            found[words.partition("</b>")[0]] = (trace.x[place], trace.y[place], up, down)
    return found


def test_signs_stand_where_the_numbers_are():
    figure = drawn(disk=2.4)
    signs = marks(figure)
    for one in POINTS:
        x, y, up, down = signs[f"<b>{one.name}"]
        assert (x, y) == (one.bytes_on_disk / 1e6, one.kl)
        assert up == pytest.approx(one.kl_high - one.kl)
        assert down == pytest.approx(one.kl - one.kl_low)


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("harm", list(HARMS))
def test_axes_say_what_they_are(size, harm):
    figure = drawn(size, harm)
    assert figure.layout.xaxis.title.text == SIZES[size] and "MB" in SIZES[size]
    assert figure.layout.yaxis.title.text == HARMS[harm].title


def test_only_what_was_measured_is_drawn():
    assert len(marks(drawn(harm="bias"))) == 1


def test_the_front_is_what_no_other_beats():
    """rtn:4 is as large as gptq:4 and worse; wanda is larger and worse than rtn:8."""
    signs = [
        Mark(one.name, one.method, one.family, one.bytes_on_disk, one.kl, ()) for one in POINTS
    ]
    assert [one.name for one in front(signs)] == ["demo+gptq:4", "demo+rtn:8"]


def test_the_shipped_pictures_are_of_every_method_with_weights():
    found = pictures()
    assert set(found) == {
        method.name
        for method in METHODS.values()
        if method.name != "none" and method.family != "structured pruning" and not method.paired
    }
    for method, picture in found.items():
        assert picture.before.shape == picture.after.shape == (32, 32)
        assert picture.counts_before.sum() == pytest.approx(512 * 128)
        if METHODS[method].family == "pruning":
            assert 0.4 < np.mean(picture.after == 0) < 0.6
        figure = weights(picture)
        assert {axis.title.text for axis in figure.select_yaxes()} >= {"count"}
