"""Measures that follow from two published cells, made when a table is read and never stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.benchmarks.metrics import BY_NAME
from fairviz.benchmarks.schema import SETTING, joined, stacked, tidy

if TYPE_CHECKING:
    import pandas as pd


def with_derived(frame: pd.DataFrame) -> pd.DataFrame:
    """The table and, below it, BBQ's guesses and the dialect ratio and gap."""
    return stacked([frame, _guesses(frame), *_dialect(frame)])


def _guesses(frame: pd.DataFrame) -> pd.DataFrame:
    """1 - accuracy in ambiguous contexts: how often a person is named without cause."""
    found = frame[(frame["benchmark"] == "bbq") & (frame["metric"] == "acc_ambiguous")].copy()
    found["column"] = "1 - " + found["column"].astype(str)
    found["value"] = 1 - found["value"]
    found["low"], found["high"] = 1 - found["high"], 1 - found["low"]
    return _as(found, "answered_ambiguous")


def _dialect(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Perplexity of AAE tweets over, and minus, that of white-aligned tweets."""
    here = frame[(frame["axis"] == "dialect") & (frame["metric"] == "perplexity")]
    keys = [*SETTING, "benchmark", "line"]
    white = here[here["group"] == "white_twitter"][[*keys, "value", "column", "flags"]]
    both = here[here["group"] == "aae_twitter"].merge(white, on=keys, suffixes=("", "_white"))
    both["flags"] = [
        joined((*str(a).split(","), *str(b).split(",")))
        for a, b in zip(both["flags"], both["flags_white"], strict=True)
    ]
    both = both.assign(group="", level="aggregate", low=float("nan"), high=float("nan"))
    ratio = both.assign(
        value=both["value"] / both["value_white"],
        column=both["column"].astype(str) + " / " + both["column_white"].astype(str),
    )
    gap = both.assign(
        value=both["value"] - both["value_white"],
        column=both["column"].astype(str) + " - " + both["column_white"].astype(str),
    )
    return [
        _as(part.drop(columns=["value_white", "column_white", "flags_white"]), name)
        for part, name in ((ratio, "dialect_ratio"), (gap, "dialect_gap"))
    ]


def _as(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    metric = BY_NAME[name]
    return tidy(frame.assign(metric=name, unit=metric.unit, worse=metric.worse))
