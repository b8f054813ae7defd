"""The same numbers for each language, theme or group."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from fairviz.analyses.audit.request import AuditRequest
from fairviz.analyses.audit.shown import FLAG, SHIFT
from fairviz.analyses.audit.units import clusters
from fairviz.analyses.audit.words import label
from fairviz.i18n import N_, _
from fairviz.stats import effective, mean_interval, wilson

if TYPE_CHECKING:
    import pandas as pd


# Which columns tell prompts or items apart.
COLUMNS = ("language", "theme", "group")
PART_TITLES = {"language": N_("By language"), "theme": N_("By theme"), "group": N_("By group")}


def by(table: pd.DataFrame, column: str, kind: str) -> pd.DataFrame:
    """One row per value of a column, the largest shift first.

    Args:
        table: Rows of prompts, or of items with their `outcomes`.
        column: `language`, `theme` or `group`.
        kind: Of the audit: `prompts`, `items` or `answers`.

    Returns:
        The column (empty values left out), `n`, `shift` (mean KL of prompts and of answers in
        own words, mean Jensen-Shannon divergence of items, nats) with `low` and `high`
        (bootstrap over clusters), and `changed` (share whose top token, choice or words
        changed) with `changed_low` and `changed_high` (Wilson).
    """
    import pandas as pd

    distance, flag = SHIFT[kind], FLAG[kind]
    rows: list[dict[str, Any]] = []
    for value, part in table.groupby(column, sort=True):
        if value == "":
            continue
        n, rate, units = len(part), float(part[flag].mean()), clusters(part)
        shift = mean_interval(part[distance], units, bounds=(0.0, math.inf))
        worth = effective(part[flag], units)
        ends = wilson(rate * worth, worth)
        rows.append(
            {
                column: str(value),
                "n": n,
                "shift": shift.mean,
                "low": shift.low,
                "high": shift.high,
                "changed": rate,
                "changed_low": float(ends.low),
                "changed_high": float(ends.high),
            }
        )
    columns = [column, "n", "shift", "low", "high", "changed", "changed_low", "changed_high"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        "shift", ascending=False, ignore_index=True
    )


def parted(table: pd.DataFrame, column: str, request: AuditRequest) -> pd.DataFrame:
    """What `by` gives, under headings a reader understands."""
    frame = by(table, column, request.kind)
    frame[column] = [label(str(value), request.source) for value in frame[column]]
    return frame.rename(
        columns={
            column: _(PART_TITLES[column]),
            "n": "n",
            "shift": _("Mean shift (nats)"),
            "low": _("Bootstrap 95 %, low"),
            "high": _("Bootstrap 95 %, high"),
            "changed": _("Share that changed"),
            "changed_low": _("Wilson 95 %, low"),
            "changed_high": _("Wilson 95 %, high"),
        }
    )
