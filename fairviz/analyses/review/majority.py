"""What reviewers say of an item together, and the test of items against each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple


class Test(NamedTuple):
    """Items on which the compressed text is judged worse against those where the baseline's is.

    Attributes:
        question: `worse`, `coherent` or `biased`.
        compressed: Items that speak against the compressed text.
        baseline: Items that speak against the baseline's.
        same: Items on which the reviewers find no difference; left out of the test.
        open: Items that have answers, but none that more reviewers gave than any other; left
            out too.
        share: compressed / (compressed + baseline); NaN where both are 0.
        low: Lower end of its 95 % interval (Clopper-Pearson).
        high: Upper end.
        p: Of the exact two-sided sign test of one half; NaN where there is nothing to test.
        p_holm: Corrected by Holm over the three questions.
    """

    question: str
    compressed: int
    baseline: int
    same: int
    open: int
    share: float
    low: float
    high: float
    p: float
    p_holm: float = math.nan


def majority(words: Iterable[str]) -> str:
    """The answer that more people gave than any other; empty where there is none."""
    ranked = Counter(word for word in words if word).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return ""
    return ranked[0][0]


def sign_test(question: str, verdicts: Iterable[str]) -> Test:
    """The exact sign test over items, by scipy.

    Assumes independent items. An item is one vote, however many people answered it: people who
    read the same two texts do not give independent answers.

    Args:
        question: Its name.
        verdicts: One an item: `compressed`, `baseline`, `same`, or empty where it is open.
    """
    from scipy.stats import binomtest

    counts = Counter(verdicts)
    against, other = counts["compressed"], counts["baseline"]
    n = against + other
    share = low = high = p = math.nan
    if n:
        found = binomtest(against, n, 0.5)
        ends = found.proportion_ci(0.95, method="exact")
        share, low, high, p = against / n, float(ends.low), float(ends.high), float(found.pvalue)
    return Test(question, against, other, counts["same"], counts[""], share, low, high, p)
