"""How far reviewers agree: Krippendorff's alpha, by nltk."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple


class Agreement(NamedTuple):
    """Agreement on one question.

    Attributes:
        question: Its name.
        alpha: 1 is full agreement, 0 what chance alone gives, below 0 less than that; NaN
            where nothing can be said: no unit has two answers, or all answers are the same.
        units: Texts or pairs with at least two answers.
        answers: To these.
    """

    question: str
    alpha: float
    units: int
    answers: int


def agreement(question: str, said: Mapping[str, Mapping[str, str]]) -> Agreement:
    """Krippendorff's alpha for nominal answers; missing ones are allowed.

    alpha = 1 - observed / expected disagreement, over pairs of answers to the same unit. A unit
    that only one person answered holds no pair and is left out. Where everybody always gives the
    same answer the expected disagreement is 0 and alpha is not defined: NaN, not 1.

    Args:
        question: Its name.
        said: Unit -> reviewer -> answer; an empty answer is a missing one.

    Source: Krippendorff (2004), Content Analysis, chapter 11; `nltk.metrics.agreement`.
    """
    by_unit = {unit: {who: word for who, word in by.items() if word} for unit, by in said.items()}
    pairable = {unit: by for unit, by in by_unit.items() if len(by) >= 2}
    triples = tuple((who, unit, word) for unit, by in pairable.items() for who, word in by.items())
    varied = len({word for _, _, word in triples}) > 1
    # nltk refuses one unit alone; its observed disagreement is its expected one, so alpha is 0.
    alpha = math.nan if not varied else 0.0 if len(pairable) == 1 else _alpha(triples)
    return Agreement(question, alpha, len(pairable), len(triples))


@lru_cache(maxsize=64)  # of hundreds of pairs it takes seconds, and a page asks at every click
def _alpha(triples: tuple[tuple[str, str, str], ...]) -> float:
    from nltk.metrics.agreement import AnnotationTask

    return float(AnnotationTask(data=list(triples)).alpha())
