"""Item level: one row per question with its outcome under both models, and what flipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.benchmarks.schema import BadTable
from fairviz.i18n import _

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
    import numpy as np

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
