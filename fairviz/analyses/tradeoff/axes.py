"""What the trade-off of size against harm can show on its axes."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from fairviz.core.declared import declared
from fairviz.core.shortened import middle
from fairviz.core.specs import is_gguf
from fairviz.i18n import _

if TYPE_CHECKING:
    from fairviz.analyses.tradeoff.measure import Point


_ON_A_TEXT = re.compile(r"(.+\+[a-z][\w:.+=,]*) on (.+)")


class Measure(NamedTuple):
    """One thing that an axis can show."""

    title: str  # with its unit
    short: str  # for a button
    meaning: str  # one sentence
    log: bool = False  # whether the axis is logarithmic
    # The value of the baseline itself; None where the axis has no place for it.
    still: float | None = None


SIZES: dict[str, str] = declared(__file__)["sizes"]
HARMS = {name: Measure(**fields) for name, fields in declared(__file__)["harms"].items()}


def size_of(point: Point, size: str) -> float:
    """Megabytes of 10^6 bytes, on disk or in memory."""
    return (point.bytes_on_disk if size == "disk" else point.bytes_in_memory) / 1e6


def harm_of(point: Point, harm: str) -> float:
    """What an axis of harm shows; NaN where it was not measured."""
    value = {"kl": point.kl, "ratio": point.perplexity_ratio, "bias": point.bias_shift}[harm]
    return math.nan if value is None else value


def shown_name(name: str) -> str:
    """A point's name for a reader: the text that its method read is told in the language."""
    found = _ON_A_TEXT.fullmatch(name)
    if found is None:
        # Of a file the folders before it say nothing.
        return re.split(r"[/:\\]", name)[-1] if is_gguf(name) else middle(name)
    form, text = found.groups()
    return _("{form} on {text}", form=form, text=_(text))


def drawable(point: Point, size: str, harm: str) -> bool:
    """Whether a point has a place: measured, and above 0 on a logarithmic axis."""
    across, up = size_of(point, size), harm_of(point, harm)
    return math.isfinite(across) and math.isfinite(up) and (up > 0 or not HARMS[harm].log)
