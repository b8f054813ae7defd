"""Compressed minus reference, cell by cell; a harm's change beside quality's; derived measures."""

from __future__ import annotations

from operator import sub, truediv
from typing import TYPE_CHECKING, NamedTuple

from fairviz.benchmarks.metrics import BY_NAME
from fairviz.benchmarks.schema import CELL, SETTING, of_both, stacked, tidy
from fairviz.core.declared import declared
from fairviz.i18n import N_

if TYPE_CHECKING:
    import pandas as pd


# What a change can be taken from.
REFERENCES = {"none": N_("the baseline"), "int8": "LLM.int8()"}


def changes(frame: pd.DataFrame, reference: str = "none") -> pd.DataFrame:
    """Every cell that is not the reference's own, with its change from the reference.

    Args:
        reference: The method whose line is subtracted: `none` or `int8`. With `int8` the
            baseline's own line is left out as well: it is no compressed form.

    Returns:
        The rows with `reference` (its value), `reference_n`, `change` (NaN where the
        reference was not measured), `relative` (change over reference), and `flags` of
        both cells.
    """
    import numpy as np

    keys = [*CELL, "base_model"]
    at = frame[frame["method"] == reference].drop_duplicates(keys, keep="last")
    at = at[[*keys, "value", "n", "flags"]].rename(
        columns={"value": "reference", "n": "reference_n", "flags": "reference_flags"}
    )
    rows = frame[~frame["method"].isin(["none", reference])]
    out = rows.merge(at, on=keys, how="left")
    out["change"] = out["value"] - out["reference"]
    out["relative"] = out["change"] / out["reference"].where(out["reference"] != 0, np.nan)
    out["flags"] = of_both(out["flags"], out["reference_flags"])
    return out.drop(columns="reference_flags")


class Quality(NamedTuple):
    """What the quality of a model is read from."""

    title: str  # for the axis
    relative: bool  # whether it is drawn as a ratio to the reference, not as a difference
    cell: dict[str, str]  # column -> word that finds it among the rows


QUALITIES = {name: Quality(**fields) for name, fields in declared(__file__)["qualities"].items()}


def overview(
    frame: pd.DataFrame, harm: pd.DataFrame, quality: Quality, reference: str
) -> pd.DataFrame:
    """One row per compressed setting: change of a harm and change of quality.

    Args:
        frame: The whole table, where the quality is looked up.
        harm: Rows of one metric at one level, baselines included.
        reference: The method that changes are taken from, `none` or `int8`.

    Returns:
        The rows of `changes(harm)` with `quality` (a ratio or a difference; NaN where it was
        not measured) and the flags of all four numbers.
    """
    good = frame
    for column, word in quality.cell.items():
        good = good[good[column] == word]
    moved = changes(good, reference)
    moved["quality"] = moved["value"] / moved["reference"] if quality.relative else moved["change"]
    keys = [key for key in SETTING if key != "bits"]
    # A setting may stand in two lines, with neither proved; the later one is drawn across.
    moved = moved.drop_duplicates(keys, keep="last")[[*keys, "quality", "flags"]]
    out = changes(harm, reference).merge(
        moved.rename(columns={"flags": "quality_flags"}), on=keys, how="left"
    )
    out["flags"] = of_both(out["flags"], out["quality_flags"])
    return out.drop(columns="quality_flags")


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
    both["flags"] = of_both(both["flags"], both["flags_white"])
    both = both.assign(group="", level="aggregate", low=float("nan"), high=float("nan"))
    found = []
    for name, sign, of in (("dialect_ratio", " / ", truediv), ("dialect_gap", " - ", sub)):
        part = both.assign(
            value=of(both["value"], both["value_white"]),
            column=both["column"].astype(str) + sign + both["column_white"].astype(str),
        )
        found.append(_as(part.drop(columns=["value_white", "column_white", "flags_white"]), name))
    return found


def _as(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    metric = BY_NAME[name]
    return tidy(frame.assign(metric=name, unit=metric.unit, worse=metric.worse))
