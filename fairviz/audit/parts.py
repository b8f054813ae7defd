"""The same numbers for each language, theme or group."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from fairviz.stats import mean_interval, wilson

if TYPE_CHECKING:
    import pandas as pd


# Which columns tell prompts or items apart.
COLUMNS = ("language", "theme", "group")
# Shift and change of each kind of audit.
_MEASURES = {
    "prompts": ("kl", "top_changed"),
    "items": ("js", "flip"),
    "answers": ("kl", "differ"),
}


def by(table: pd.DataFrame, column: str, kind: str) -> pd.DataFrame:
    """One row per value of a column, the largest shift first.

    Args:
        table: Rows of prompts, or of items with their `outcomes`.
        column: `language`, `theme` or `group`.
        kind: Of the audit: `prompts`, `items` or `answers`.

    Returns:
        The column (empty values left out), `n`, `shift` (mean KL of prompts and of answers in
        own words, mean Jensen-Shannon divergence of items, nats) with `low` and `high`
        (bootstrap), and `changed` (share whose top token, choice or words changed) with
        `changed_low` and `changed_high` (Wilson).
    """
    import pandas as pd

    distance, flag = _MEASURES[kind]
    rows: list[dict[str, Any]] = []
    for value, part in table.groupby(column, sort=True):
        if value == "":
            continue
        n, hits = len(part), int(part[flag].sum())
        shift = mean_interval(part[distance], bounds=(0.0, math.inf))
        ends = wilson(hits, n)
        rows.append(
            {
                column: str(value),
                "n": n,
                "shift": shift.mean,
                "low": shift.low,
                "high": shift.high,
                "changed": hits / n,
                "changed_low": float(ends.low),
                "changed_high": float(ends.high),
            }
        )
    columns = [column, "n", "shift", "low", "high", "changed", "changed_low", "changed_high"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        "shift", ascending=False, ignore_index=True
    )
