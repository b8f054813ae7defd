"""One look per compression method: colour, sign and stroke, so that colour is never alone."""

from __future__ import annotations

from typing import NamedTuple

from fairviz.figures.palette import BASELINE


class Look(NamedTuple):
    """How a method is drawn."""

    colour: str
    symbol: str
    dash: str


# Hues that stay apart under the common colour blindnesses (after Paul Tol's schemes) and keep
# 3:1 against a white and a near-black page.
LOOKS = {
    "none": Look(BASELINE, "line-ew", "dot"),
    "int8": Look("#1f9bb5", "diamond", "solid"),
    "gptq": Look("#7a6fd0", "square", "solid"),
    "awq": Look("#4d8a3a", "pentagon", "solid"),
    "sparsegpt": Look("#c07f00", "triangle-up", "solid"),
    "wanda": Look("#aa4499", "circle", "dash"),
    "gblm": Look("#2a9d7f", "cross", "dashdot"),
    "magnitude": Look("#c8553d", "x", "longdash"),
}
_OTHERS = (
    Look("#808895", "hexagon", "solid"),
    Look("#8f5aa8", "star", "dash"),
    Look("#a07040", "bowtie", "dot"),
)


def look(method: str) -> Look:
    """The look of a method; one that no study here has gets one by its name."""
    return LOOKS.get(method) or _OTHERS[sum(map(ord, method)) % len(_OTHERS)]
