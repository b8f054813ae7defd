"""The outcome of a blind review, models named: preference, agreement, and where people differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from fairviz.analyses.review.agreement import Agreement, agreement
from fairviz.analyses.review.majority import Test, majority, sign_test
from fairviz.analyses.review.request import OF_EACH, OPTIONS, Answer, Item, Review
from fairviz.metrics.traces import BOTH
from fairviz.stats import holm

_LEVEL = {"yes": 2, "partly": 1, "no": 0}


class Reviewer(NamedTuple):
    """One person's answers.

    Attributes:
        name: As they named themselves.
        answered: Items answered whole.
        finished: Whether they ended their review.
        preference: Their own answers to which text is worse; without a p-value that is
            corrected, for the test is that of all together.
        unreadable: Lines of their file that are torn or garbled.
    """

    name: str
    answered: int
    finished: bool
    preference: Test
    unreadable: int


class Count(NamedTuple):
    """How often an answer was given.

    Attributes:
        question: `coherent`, `biased` or `worse`.
        side: Whose text it is about; empty for `worse`.
        answer: One of `yes`, `partly`, `no`, `unsure`, `baseline`, `compressed`, `same`.
        answers: Given by single reviewers.
        items: On which more reviewers gave it than any other.
    """

    question: str
    side: str
    answer: str
    answers: int
    items: int


class Judged(NamedTuple):
    """An item with what was said of it.

    Attributes:
        item: The pair, models named.
        answers: Reviewer -> answer; only answers that are whole.
        differ: Questions on which reviewers gave different answers.
    """

    item: Item
    answers: dict[str, Answer]
    differ: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What came out of a review.

    Attributes:
        review: The pairs, and every line that was written.
        pairs: Baseline and compressed model -> number of items.
        reviewers: Everybody who has answered an item whole.
        tests: Of `worse`, `coherent` and `biased`, over items, Holm-corrected together.
        counts: Every answer to every question.
        agreements: Alpha of each question.
        items: Every item with its answers, in the order of the review.
    """

    review: Review
    pairs: dict[tuple[str, str], int]
    reviewers: tuple[Reviewer, ...]
    tests: tuple[Test, ...]
    counts: tuple[Count, ...]
    agreements: tuple[Agreement, ...]
    items: tuple[Judged, ...]

    @property
    def preference(self) -> Test:
        """Which text is worse, over items."""
        return self.tests[0]

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
    items = []
    for item in review.items:
        answers = {who: by[item.id] for who, by in whole.items() if item.id in by}
        items.append(Judged(item, answers, _differ(answers)))
    judged = tuple(items)
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
        agreements=tuple(agreement(name, _units(name, judged)) for name in OPTIONS),
        items=judged,
    )


def _verdict(question: str, one: Judged) -> str:
    """Against whose text an item speaks: `baseline`, `compressed`, `same`, or empty."""
    found = {
        side: majority(said(answer, question, side) for answer in one.answers.values())
        for side in sides(question)
    }
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


def _units(question: str, judged: tuple[Judged, ...]) -> dict[str, dict[str, str]]:
    """Text or pair -> reviewer -> answer."""
    return {
        f"{one.item.id} {side}": {
            who: said(answer, question, side) for who, answer in one.answers.items()
        }
        for one in judged
        for side in sides(question)
    }


def _differ(answers: dict[str, Answer]) -> tuple[str, ...]:
    return tuple(
        question
        for question in OPTIONS
        if any(
            len({said(answer, question, side) for answer in answers.values()}) > 1
            for side in sides(question)
        )
    )


def _counts(question: str, judged: tuple[Judged, ...]) -> list[Count]:
    known = (*BOTH, "same") if question == "worse" else OPTIONS[question]
    out = []
    for side in sides(question):
        given = [
            [said(answer, question, side) for answer in one.answers.values()] for one in judged
        ]
        most = [majority(one) for one in given]
        out += [
            Count(question, side, word, sum(one.count(word) for one in given), most.count(word))
            for word in known
        ]
    return out
