"""Answers that changed by a tie or within rounding: counted, and counted apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fairviz.metrics.traces import BOTH, Bools

if TYPE_CHECKING:
    import pandas as pd


def tied(table: pd.DataFrame) -> Bools:
    """(N,) whether one of the models finds its two likeliest answers equally likely.

    Args:
        table: Prompts, or items with their `outcomes`.
    """
    if "tied" in table:
        found: Bools = table["tied"].to_numpy(dtype=bool)
        return found
    return np.asarray(
        np.logical_or.reduce([table[f"{side}_margin"].to_numpy() <= 0 for side in BOTH]), dtype=bool
    )


def within_rounding(table: pd.DataFrame, lead: float | None) -> Bools:
    """(N,) whether an answer is another one by no more than the noise floor.

    The two answers of a flip have moved against each other by what the one led by before and
    the other leads by now: for items that is known of these two options, for prompts it is at
    least the sum of both leads.

    Args:
        table: Prompts, or items with their `outcomes`.
        lead: Size that 95 % of the shifts of a lead stay below without compression; None where
            it was not measured, and nothing is within it then.
    """
    if lead is None:
        return np.zeros(len(table), dtype=bool)
    if "flip_by" in table:
        return np.asarray((table["flip"] & (table["flip_by"] <= lead)).to_numpy(dtype=bool))
    moved = table["baseline_margin"] + table["compressed_margin"]
    return np.asarray((table["top_changed"] & (moved <= lead)).to_numpy(dtype=bool))
