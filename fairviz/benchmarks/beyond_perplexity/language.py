"""What is said of dialects and of language modelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.benchmarks.beyond_perplexity.findings import (
    HOLDS,
    NOT,
    PARTLY,
    PRUNING,
    QUANTIZATION,
    Reading,
    Verdict,
    compared,
    each,
    listed,
    percent,
)
from fairviz.i18n import _, ngettext

if TYPE_CHECKING:
    import pandas as pd

_DOLMA = {"benchmark": "perplexity", "axis": "dolma", "level": "aggregate"}


def dialect(frame: pd.DataFrame) -> Verdict:
    """Dialect ratio and gap at 60 %."""
    read = Reading(frame)
    methods = {"method": ("none", "magnitude", "gblm"), "ratio": (0.0, 0.6)}
    ratio = read.cells(metric="dialect_ratio", **methods)
    gap = read.cells(metric="dialect_gap", **methods)
    before, wide = each(ratio, "none", 0.0), each(gap, "none", 0.0)
    explodes = [b for b, v in each(ratio, "magnitude", 0.6).items() if v > 2 * before[b]]
    rises = [b for b, v in each(ratio, "magnitude", 0.6).items() if v > before[b]]
    shrinks = [b for b, v in each(ratio, "gblm", 0.6).items() if v < before[b]]
    widens = [b for b, v in each(gap, "gblm", 0.6).items() if v > wide[b]]
    return read.verdict(
        HOLDS
        if len(explodes) == len(shrinks) == len(widens) == len(before)
        else PARTLY
        if explodes
        else NOT,
        _(
            "Magnitude at 60 %: the ratio more than doubles in {models}, and rises in {rises} of "
            "{all} models. GBLM at 60 %: the ratio shrinks in {shrinks} while the gap widens in "
            "{widens} of them.",
            models=listed(explodes),
            rises=len(rises),
            shrinks=len(shrinks),
            widens=len(widens),
            all=len(before),
        ),
    )


def perplexity(frame: pd.DataFrame) -> Verdict:
    """The largest loss of a quantized model on Dolma."""
    read = Reading(frame)
    moved = compared(read.cells(method=("none", *QUANTIZATION), **_DOLMA))
    most = float((moved["value"] / moved["before"] - 1).max())
    return read.verdict(
        HOLDS if most < 0.05 else NOT,
        ngettext(
            "The {n} quantized model loses {most} on Dolma.",
            "Of {n} quantized models none loses more than {most} on Dolma.",
            len(moved),
            most=percent(most, 1),
        ),
    )


def size(frame: pd.DataFrame) -> Verdict:
    """Growth of perplexity at 60 % in the 7B and the 13B model."""
    read = Reading(frame)
    dolma = read.cells(method=("none", *PRUNING), ratio=(0.0, 0.6), **_DOLMA)
    before = each(dolma, "none", 0.0)
    holds = 0
    for name in PRUNING:
        after = each(dolma, name, 0.6)
        for family in ("llama2", "tulu2"):
            small, large = f"{family}_7b", f"{family}_13b"
            holds += after[small] / before[small] > after[large] / before[large]
    return read.verdict(
        HOLDS if holds == 8 else PARTLY if holds > 4 else NOT,
        _(
            "At 60 %, perplexity on Dolma grows by a larger factor in the 7B than in the 13B "
            "model in {holds} of 8 cases (two families, four methods).",
            holds=int(holds),
        ),
    )
