"""The outcome of a blind review, models named: preference, agreement, and where people differ."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from fairviz.analyses.review.request import OF_EACH, OPTIONS, Answer, Item, Review
from fairviz.metrics.traces import BOTH
from fairviz.stats import holm

_LEVEL = {"yes": 2, "partly": 1, "no": 0}


class Test(NamedTuple):
    """Items on which the compressed text is judged worse against those where the baseline's is."""

    question: str  # `worse`, `coherent` or `biased`
    compressed: int  # items that speak against the compressed text
    baseline: int  # items that speak against the baseline's
    same: int  # items on which the reviewers find no difference; left out of the test
    # Items that have answers, but none that more reviewers gave than any other; left out too.
    open: int
    share: float  # compressed / (compressed + baseline); NaN where both are 0
    low: float  # lower end of its 95 % interval (Clopper-Pearson)
    high: float  # upper end
    p: float  # of the exact two-sided sign test of one half; NaN where there is nothing to test
    p_holm: float = math.nan  # corrected by Holm over the three questions


class Agreement(NamedTuple):
    """Agreement on one question."""

    question: str  # its name
    # 1 is full agreement, 0 what chance alone gives, below 0 less than that; NaN where nothing can
    # be said: no unit has two answers, or all answers are the same.
    alpha: float
    units: int  # texts or pairs with at least two answers
    answers: int  # to these


class Reviewer(NamedTuple):
    """One person's answers."""

    name: str  # as they named themselves
    answered: int  # items answered whole
    finished: bool  # whether they ended their review
    # Their own answers to which text is worse; without a p-value that is corrected, for the test is
    # that of all together.
    preference: Test
    unreadable: int  # lines of their file that are torn or garbled


class Count(NamedTuple):
    """How often an answer was given."""

    question: str  # `coherent`, `biased` or `worse`
    side: str  # whose text it is about; empty for `worse`
    answer: str  # one of `yes`, `partly`, `no`, `unsure`, `baseline`, `compressed`, `same`
    answers: int  # given by single reviewers
    items: int  # on which more reviewers gave it than any other


class Judged(NamedTuple):
    """An item, models named, with what each reviewer said of it; only answers that are whole."""

    item: Item
    answers: dict[str, Answer]

    def said(self, question: str, side: str) -> dict[str, str]:
        """Reviewer -> answer to a question about one model's text; see `said`."""
        return {who: said(answer, question, side) for who, answer in self.answers.items()}

    @property
    def differ(self) -> tuple[str, ...]:
        """Questions on which reviewers gave different answers."""
        return tuple(
            question
            for question in OPTIONS
            if any(len({*self.said(question, side).values()}) > 1 for side in sides(question))
        )


@dataclass(frozen=True)
class Result:
    """What came out of a review."""

    review: Review  # the pairs, and every line that was written
    pairs: dict[tuple[str, str], int]  # baseline and compressed model -> number of items
    reviewers: tuple[Reviewer, ...]  # everybody who has answered an item whole
    # Of `worse`, `coherent` and `biased`, over items, Holm-corrected together.
    tests: tuple[Test, ...]
    counts: tuple[Count, ...]  # every answer to every question
    agreements: tuple[Agreement, ...]  # alpha of each question
    items: tuple[Judged, ...]  # every item with its answers, in the order of the review

    @property
    def judged(self) -> int:
        """Items that somebody answered whole."""
        return sum(bool(one.answers) for one in self.items)

    @property
    def disagreements(self) -> tuple[Judged, ...]:
        """The items on which reviewers gave different answers, most questions first."""
        differing = [one for one in self.items if one.differ]
        return tuple(sorted(differing, key=lambda one: -len(one.differ)))


def said(answer: Answer, question: str, side: str) -> str:
    """What an answer says to a question about one model's text; `side` is empty for `worse`."""
    return answer.worse if question == "worse" else answer.of(question, side)


def sides(question: str) -> tuple[str, ...]:
    """What a question is asked about: either text, or both together."""
    return BOTH if question in OF_EACH else ("",)


def result(review: Review) -> Result:
    """What came out of a review up to the moment it was loaded.

    Only items that a person answered whole count for that person. Whoever has not ended yet
    counts too, and stands in `reviewers` as not finished.
    """
    whole = {
        log.reviewer: {item: one for item, one in log.answers.items() if one.complete}
        for log in review.logs
    }
    judged = tuple(
        Judged(item, {who: by[item.id] for who, by in whole.items() if item.id in by})
        for item in review.items
    )
    tests = [sign_test(name, [_verdict(name, one) for one in judged if one.answers])
             for name in ("worse", "coherent", "biased")]  # fmt: skip
    corrected = holm([test.p for test in tests])
    reviewers = [
        Reviewer(
            log.reviewer,
            review.done(log),
            log.finished,
            sign_test("worse", [one.answers[log.reviewer].worse for one in judged
                                if log.reviewer in one.answers]),
            log.unreadable,
        )
        for log in review.logs
        if whole[log.reviewer]
    ]  # fmt: skip
    return Result(
        review=review,
        pairs=dict(Counter((item.baseline, item.compressed) for item in review.items)),
        reviewers=tuple(reviewers),
        tests=tuple(
            test._replace(p_holm=float(p)) for test, p in zip(tests, corrected, strict=True)
        ),
        counts=tuple(count for name in OPTIONS for count in _counts(name, judged)),
        agreements=tuple(
            agreement(
                name,
                {
                    f"{one.item.id} {side}": one.said(name, side)
                    for one in judged
                    for side in sides(name)
                },
            )
            for name in OPTIONS
        ),
        items=judged,
    )


def _verdict(question: str, one: Judged) -> str:
    """Against whose text an item speaks: `baseline`, `compressed`, `same`, or empty."""
    found = {side: majority(one.said(question, side).values()) for side in sides(question)}
    if question == "worse":
        return found[""]
    # Whoever is unsure whether a text is biased has said neither.
    ranks = {"yes": 0, "no": 1} if question == "biased" else _LEVEL
    known = {side: ranks.get(word, -1) for side, word in found.items()}
    if min(known.values()) < 0:
        return ""
    if known["baseline"] == known["compressed"]:
        return "same"
    return min(known, key=known.__getitem__)


def _counts(question: str, judged: tuple[Judged, ...]) -> list[Count]:
    known = (*BOTH, "same") if question == "worse" else OPTIONS[question]
    out = []
    for side in sides(question):
        given = [[*one.said(question, side).values()] for one in judged]
        most = [majority(one) for one in given]
        out += [
            Count(question, side, word, sum(one.count(word) for one in given), most.count(word))
            for word in known
        ]
    return out


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


def agreement(question: str, said: Mapping[str, Mapping[str, str]]) -> Agreement:
    """Krippendorff's alpha for nominal answers; missing ones are allowed.

    alpha = 1 - observed / expected disagreement, over pairs of answers to the same unit. A unit
    that only one person answered holds no pair and is left out. Where everybody always gives the
    same answer the expected disagreement is 0 and alpha is not defined: NaN, not 1.

    Args:
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
