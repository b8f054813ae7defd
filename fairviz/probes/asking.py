"""Questions with options under both models, batch by batch, with what cannot be asked told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pandas as pd

from fairviz.core.skips import Skip
from fairviz.inference.set_rows import Row, item_rows
from fairviz.metrics.traces import BOTH
from fairviz.models.pair import Pair
from fairviz.probes.record import Step
from fairviz.tasks.item import Item


class Question(NamedTuple):
    """What both models are asked.

    Attributes:
        item: Which item it belongs to, by its place.
        options: What may follow, each behind a space; two or more.
        right: Places of the right ones.
    """

    item: int
    context: str
    options: tuple[str, ...]
    right: tuple[int, ...] = ()


class Answers(NamedTuple):
    """What both models say to the questions.

    Attributes:
        rows: Of each question of the items below, in order, as `set_rows.item_rows` gives it,
            with the place of its item as `item`.
        items: Places of the items of which every question was answered.
        skipped: The other items, each with its first reason.
    """

    rows: list[Row]
    items: list[int]
    skipped: list[Skip]

    def shares(self, table: pd.DataFrame, option: int = 0) -> pd.DataFrame:
        """The answered items of one question each, with both models' share of an option.

        Args:
            table: The items.
            option: Place of the option; its share is its probability over that of all options.
        """
        from scipy.special import softmax

        answered = table.iloc[self.items].reset_index(drop=True)
        for side in BOTH:
            answered[side] = [softmax(row[f"{side}_log_prob"])[option] for row in self.rows]
        return answered


def asked(
    pair: Pair,
    ids: Sequence[str],
    questions: Sequence[Question],
    on_step: Callable[[Step], None],
    at_once: int = 128,
) -> Answers:
    """Both models' log-probabilities of every option of every question.

    Args:
        ids: Of the items, as those that are skipped are called.
        questions: In the order of their items.
        at_once: Questions of one batch; of long ones fewer fit.
    """
    rows: list[Row] = []
    lost: list[Skip] = []
    for start in range(0, len(questions), at_once):
        batch = [
            Item(str(number), one.context, tuple(f" {each}" for each in one.options), one.right)
            for number, one in enumerate(questions[start : start + at_once], start)
        ]
        rows += item_rows(pair, batch, lost)
        on_step(Step(min(start + at_once, len(questions)), len(questions)))
    reasons: dict[int, str] = {}
    for which, reason in lost:
        reasons.setdefault(questions[int(which)].item, reason)
    answered = [row | {"item": questions[int(row["id"])].item} for row in rows]
    return Answers(
        [row for row in answered if row["item"] not in reasons],
        [place for place in range(len(ids)) if place not in reasons],
        [Skip(str(ids[place]), reason) for place, reason in sorted(reasons.items())],
    )
