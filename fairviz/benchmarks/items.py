"""Item level: one row per question with its outcome under both models; flips, paired changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fairviz.benchmarks.schema import BadTable
from fairviz.i18n import _
from fairviz.stats import holm, mcnemar, paired_change

if TYPE_CHECKING:
    import pandas as pd


# `group` is what the question is about, as in the rows' `axis`; empty where it is not known.
# `baseline` and `compressed` are finite, so that a difference means a different outcome.
DTYPES = {
    "task": "str",
    "doc_id": "int64",
    "metric": "str",
    "group": "str",
    "baseline": "float64",
    "compressed": "float64",
}


def items(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as an item table: `DTYPES`, in order.

    Raises:
        BadTable: If a column is missing, an outcome is not measured, or one question is
            there twice under one metric.
    """
    absent = [name for name in DTYPES if name not in frame]
    if absent:
        raise BadTable(
            _("The column {column} is missing.", column=absent[0]),
            fix=_("An item table has {columns}.", columns=", ".join(DTYPES)),
        )
    table = frame[list(DTYPES)].astype(DTYPES).reset_index(drop=True)
    if not np.isfinite(table[["baseline", "compressed"]].to_numpy()).all():
        raise BadTable(
            _("An outcome is not measured."), fix=_("Leave out questions that one model lacks.")
        )
    twice = table[table.duplicated(["task", "doc_id", "metric"])]
    if len(twice):
        raise BadTable(
            _(
                "Question {question} of {task} is there twice.",
                question=twice["doc_id"].iloc[0],
                task=twice["task"].iloc[0],
            ),
            fix=_("Give each question once per metric."),
        )
    return table


def binary(table: pd.DataFrame) -> bool:
    """Whether every outcome is 0 or 1, so that it can flip."""
    return bool(table[["baseline", "compressed"]].isin([0.0, 1.0]).to_numpy().all())


def _parts(items: pd.DataFrame) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    for (task, metric), whole in items.groupby(["task", "metric"], sort=False, observed=True):
        yield str(task), str(metric), "", whole
        for group, part in whole.groupby("group", sort=False, observed=True):
            if group:
                yield str(task), str(metric), str(group), part


def paired(items: pd.DataFrame) -> pd.DataFrame:
    """One row per task and metric over all items, then one per group that items name.

    Args:
        items: Columns task, doc_id, metric, group, baseline, compressed.

    Returns:
        task, metric, group, n, baseline and compressed means, `change` with `low` and `high`
        (95 %), `p` of exchanging the models (McNemar's exact one for outcomes of 0 and 1), `p_holm`
        (Holm over all rows), and for outcomes of 0 and 1 `lost` and `gained`, else NaN.
    """
    import pandas as pd

    out = []
    for task, metric, group, part in _parts(items):
        before = part["baseline"].to_numpy(dtype=np.float64)
        after = part["compressed"].to_numpy(dtype=np.float64)
        moved = paired_change(before, after)
        row = {
            "task": task,
            "metric": metric,
            "group": group,
            "n": len(part),
            "baseline": before.mean(),
            "compressed": after.mean(),
            "change": (after - before).mean(),
            "low": moved.low,
            "high": moved.high,
            "lost": np.nan,
            "gained": np.nan,
            "p": moved.p_value,
        }
        if binary(part):
            flips = mcnemar(before, after)
            row |= {"lost": flips.lost, "gained": flips.gained}
        out.append(row)
    table = pd.DataFrame(out)
    return table.assign(p_holm=holm(table["p"].to_numpy(dtype=np.float64)))
