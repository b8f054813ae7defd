"""The outcome of a blind review, models named: preference, agreement, and where people differ."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fairviz.analyses.review import export, words
from fairviz.analyses.review.agreement import agreement
from fairviz.analyses.review.majority import majority, sign_test
from fairviz.analyses.review.record import OPTIONS, Answer, Review
from fairviz.analyses.review.tally import Count, Judged, Reviewer, Tally, said, sides
from fairviz.metrics.traces import BOTH
from fairviz.stats import holm

__all__ = ["Count", "Judged", "Result", "Reviewer", "result", "said", "sides"]

_LEVEL = {"yes": 2, "partly": 1, "no": 0}


class Result(Tally):
    """What came out of a review, with the words for it."""

    def sentences(self) -> tuple[str, ...]:
        """What the numbers allow to say, in the current language."""
        return words.sentences(self)

    def limits(self) -> tuple[str, ...]:
        """What they do not allow, in the current language."""
        return words.limits(self)

    def document(self) -> dict[str, Any]:
        """Everything as JSON values, the history of the answers too."""
        return export.document(self)


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
    if question == "biased":
        # Whoever is unsure has said neither.
        known = {side: {"yes": 0, "no": 1}.get(word, -1) for side, word in found.items()}
    else:
        known = {side: _LEVEL.get(word, -1) for side, word in found.items()}
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
