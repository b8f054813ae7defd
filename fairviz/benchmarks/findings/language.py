"""What is said of dialects and of language modelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.benchmarks.change import changes
from fairviz.benchmarks.findings.record import (
    HOLDS,
    NOT,
    PARTLY,
    PRUNING,
    Verdict,
    cells,
    each,
    listed,
    percent,
)
from fairviz.language import tr

if TYPE_CHECKING:
    import pandas as pd


def dialect(frame: pd.DataFrame) -> Verdict:
    """Dialect ratio and gap at 60 %."""
    ratio, gap = cells(frame, metric="dialect_ratio"), cells(frame, metric="dialect_gap")
    before, wide = each(ratio, "none", 0.0), each(gap, "none", 0.0)
    explodes = [b for b, v in each(ratio, "magnitude", 0.6).items() if v > 2 * before[b]]
    rises = [b for b, v in each(ratio, "magnitude", 0.6).items() if v > before[b]]
    shrinks = [b for b, v in each(ratio, "gblm", 0.6).items() if v < before[b]]
    widens = [b for b, v in each(gap, "gblm", 0.6).items() if v > wide[b]]
    return Verdict(
        HOLDS if len(explodes) == len(shrinks) == len(widens) == 4 else PARTLY if explodes else NOT,
        tr(
            "Magnitude at 60 %: the ratio more than doubles in {models}, and rises in all {rises}. "
            "GBLM at 60 %: the ratio shrinks in {shrinks} of 4 models while the gap widens in "
            "{widens} of 4.",
            models=listed(explodes),
            rises=len(rises),
            shrinks=len(shrinks),
            widens=len(widens),
        ),
    )


def perplexity(frame: pd.DataFrame) -> Verdict:
    """The largest loss of a quantized model on Dolma."""
    moved = changes(cells(frame, benchmark="perplexity", axis="dolma", level="aggregate"))
    most = float((moved[moved["bits"].notna()]["relative"]).max())
    return Verdict(
        HOLDS if most < 0.05 else NOT,
        tr(
            "Of the twelve quantized models none loses more than {most} on Dolma.",
            most=percent(most, 1),
        ),
    )


def size(frame: pd.DataFrame) -> Verdict:
    """Growth of perplexity at 60 % in the 7B and the 13B model."""
    dolma = cells(frame, benchmark="perplexity", axis="dolma", level="aggregate")
    before = each(dolma, "none", 0.0)
    holds = 0
    for name in PRUNING:
        after = each(dolma, name, 0.6)
        for family in ("llama2", "tulu2"):
            small, large = f"{family}_7b", f"{family}_13b"
            holds += after[small] / before[small] > after[large] / before[large]
    return Verdict(
        HOLDS if holds == 8 else PARTLY if holds > 4 else NOT,
        tr(
            "At 60 %, perplexity on Dolma grows by a larger factor in the 7B than in the 13B "
            "model in {holds} of 8 cases (two families, four methods).",
            holds=int(holds),
        ),
    )
