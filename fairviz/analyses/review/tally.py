"""The numbers that come out of a blind review, and what each answer says once it is unblinded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from fairviz.analyses.review.agreement import Agreement
from fairviz.analyses.review.majority import Test
from fairviz.analyses.review.record import OF_EACH, Answer, Item, Review
from fairviz.metrics.traces import BOTH


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
class Tally:
    """The numbers of a review; `Result` says them in words too.

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
