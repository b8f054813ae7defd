"""A statement about the study's figures, and what recomputing it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fairviz.benchmarks.beyond_perplexity.source import SOURCE
from fairviz.benchmarks.flags import weight
from fairviz.benchmarks.labels import base_model
from fairviz.benchmarks.schema import CELL
from fairviz.i18n import N_, _, number

if TYPE_CHECKING:
    import pandas as pd

PRUNING = ("sparsegpt", "wanda", "gblm", "magnitude")
QUANTIZATION = ("int8", "gptq", "awq")
HOLDS, PARTLY, NOT = N_("holds"), N_("holds in part"), N_("does not hold")
# A published number with such a flag decides nothing.
_DOUBTED = ("bars", "caution")


class Verdict(NamedTuple):
    """What recomputing said."""

    verdict: str  # `HOLDS`, `PARTLY` or `NOT`, in English
    evidence: str  # the figures behind it, in a few sentences of the current language
    used: int  # published numbers that it was decided from
    left_out: int  # flagged ones that were passed over


class Reading:
    """The study's numbers as one statement reads them: sound ones, and how many were not."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame[frame["source"] == SOURCE]
        self.used = self.left_out = 0

    def cells(self, **what: object) -> pd.DataFrame:
        """The rows with one of these words (or numbers) in these columns, without flagged ones."""
        kept = self._frame
        for column, words in what.items():
            kept = kept[kept[column].isin(words if isinstance(words, tuple) else (words,))]
        doubted = kept["flags"].astype(str).map(weight).isin(_DOUBTED)
        self.used += int((~doubted).sum())
        self.left_out += int(doubted.sum())
        return kept[~doubted]

    def verdict(self, holds: bool, partly: bool, evidence: str) -> Verdict:
        """What was decided, with the numbers read so far."""
        verdict = HOLDS if holds else PARTLY if partly else NOT
        return Verdict(verdict, evidence, self.used, self.left_out)


def compared(rows: pd.DataFrame) -> pd.DataFrame:
    """Compressed forms with `before`: their baseline's value, LLM.int8()'s where that is flagged.

    Forms without either, and LLM.int8() where it is the reference, are not in it.
    """
    keys = [*CELL, "base_model"]
    at = rows[rows["method"].isin(("none", "int8"))].assign(of=lambda part: part["method"])
    at = at.astype({"of": "str"}).sort_values("of").drop_duplicates(keys, keep="last")
    found = rows.merge(at[[*keys, "of", "value"]].rename(columns={"value": "before"}), on=keys)
    return found[(found["method"] != "none") & (found["method"].astype(str) != found["of"])]


def each(frame: pd.DataFrame, name: str, ratio: float) -> dict[str, float]:
    """Base model -> value of a method at a ratio, unstructured or quantized; the last line's."""
    rows = frame[(frame["method"] == name) & (abs(frame["ratio"] - ratio) < 1e-9)]
    rows = rows[rows["structure"].isin(["unstructured", "none"])]
    return dict(zip(rows["base_model"].astype(str), rows["value"].astype(float), strict=True))


def listed(names: list[str]) -> str:
    """Base models in a sentence."""
    return ", ".join(sorted(base_model(one) for one in names)) or _("none")


def percent(share: float, digits: int = 0) -> str:
    """A share as "4.2 %"."""
    return _("{share} %", share=number(100 * share, f".{digits}f"))
