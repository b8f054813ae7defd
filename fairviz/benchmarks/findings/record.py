"""A statement about the study's figures, and what recomputing it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from fairviz.benchmarks.labels import base_model
from fairviz.language import later, number, tr

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "beyond_perplexity"
PRUNING = ("sparsegpt", "wanda", "gblm", "magnitude")
HOLDS, PARTLY, NOT = later("holds"), later("holds in part"), later("does not hold")


class Verdict(NamedTuple):
    """What recomputing said.

    Attributes:
        verdict: `HOLDS`, `PARTLY` or `NOT`, in English.
        evidence: The figures behind it, in one or two sentences of the current language.
    """

    verdict: str
    evidence: str


class Finding(NamedTuple):
    """One statement.

    Attributes:
        name: Its key.
        claim: What is stated, in one sentence.
        check: The whole table -> what it says.
        view: Query of the page that shows it.
    """

    name: str
    claim: str
    check: Callable[[pd.DataFrame], Verdict]
    view: dict[str, str]


def cells(frame: pd.DataFrame, **what: str) -> pd.DataFrame:
    """The study's rows with these words in these columns."""
    kept = frame[frame["source"] == SOURCE]
    for column, word in what.items():
        kept = kept[kept[column] == word]
    return kept


def each(frame: pd.DataFrame, name: str, ratio: float) -> dict[str, float]:
    """Base model -> value of a method at a ratio, unstructured or quantized; the last line's."""
    rows = frame[(frame["method"] == name) & (abs(frame["ratio"] - ratio) < 1e-9)]
    rows = rows[rows["structure"].isin(["unstructured", "none"])]
    return dict(zip(rows["base_model"].astype(str), rows["value"].astype(float), strict=True))


def listed(names: list[str]) -> str:
    """Base models in a sentence."""
    return ", ".join(sorted(base_model(one) for one in names)) or tr("none")


def percent(share: float, digits: int = 0) -> str:
    """A share as "4.2 %"."""
    return tr("{share} %", share=number(100 * share, f".{digits}f"))
