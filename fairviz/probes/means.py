"""An outcome of one number an item: its mean under both models, over all items and each group."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from fairviz.core.skips import Skip
from fairviz.i18n import said
from fairviz.probes.contrast import Contrasted, averages
from fairviz.probes.record import Outcome
from fairviz.probes.results import (
    Metric,
    Results,
    headline,
    nothing_left,
    repeated,
    without,
)


def means(
    table: pd.DataFrame,
    skipped: Sequence[Skip],
    measure: str,
    metric: Metric,
    *,
    source: str,
    neutral: float = math.nan,
) -> Outcome:
    """The outcome of items that have one number under each model.

    Items with the same prompt stand or fall together. The test exchanges the two models over
    them; the intervals are those of `contrast`.

    Args:
        table: (N,) items: `id`, `group`, `text`, `prompt`, `baseline` and `compressed`, finite.
        measure: What the number is, as a sentence begins.
        neutral: The number that means no preference; an item that passes it is a flip.

    Raises:
        BadSpec: If no item is left.
    """
    if table.empty:
        raise nothing_left(source, skipped)
    items = table.copy()
    items["shift"] = items["compressed"] - items["baseline"]
    items["flip"] = (items["baseline"] > neutral) != (items["compressed"] > neutral)
    results = Results()
    whole = results.each_group(items, _mean, metric)
    outcome = results.outcome(
        items,
        measure=measure,
        sentences=[
            headline(measure, whole, said._("models exchanged over items")),
            results.changed(said._("groups")),
            repeated(items[["prompt"]]),
        ],
        details={},
        neutral=neutral,
    )
    return without(outcome, skipped)


def _mean(part: pd.DataFrame) -> Contrasted:
    return averages(part["baseline"], part["compressed"], part["prompt"].tolist())
