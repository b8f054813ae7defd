"""What stored answers allow to say: words of the lists in them, and their lengths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.i18n import said
from fairviz.lexicons import Group
from fairviz.metrics.traces import BOTH
from fairviz.probes.contrast import Contrasted, contrast, mean, summed
from fairviz.probes.record import Outcome
from fairviz.probes.results import Metric, Results
from fairviz.probes.rows import ALL, headlines, repeated
from fairviz.stats import paired_change, wilson

if TYPE_CHECKING:
    import pandas as pd


def outcome(table: pd.DataFrame, counts: Mapping[str, Any], listed: Mapping[str, Group]) -> Outcome:
    """The outcome of compared answers.

    Args:
        table: (N,) compared answers, as `run` makes them.
        counts: `baseline` and `compressed` -> (N, groups) words of each group in each answer.
        listed: Title of a group of words -> the group, in the order of `counts`.
    """

    n = len(table)
    has = {side: counts[side] > 0 for side in BOTH}
    results = Results()
    shares: list[Contrasted] = []  # of all words first
    # Answers to one prompt stand or fall together.
    prompts = table["prompt"].tolist()
    for group, first, second in _columns(has, listed):
        found = _share(first, second, prompts)
        results.group(group, table.assign(flip=first != second), found)
        shares.append(found)
        axis, name = (listed[group].category, listed[group].group) if group in listed else ("", "")
        level = "group" if name else "aggregate"
        results.metric(Metric("word_share", "share"), found, n, axis=axis, group=name, level=level)
    before, after = (
        summed(np.stack([table[f"{side}_words"], np.ones(n)], axis=1), prompts) for side in BOTH
    )
    length = contrast(mean, before, after)
    results.metric(Metric("answer_words", "words"), length, n)
    same = int(table["same"].sum())
    sentences = [
        said.ngettext(
            "{same} of {n} answer is the same word for word; on average {different:.0%} of "
            "the words have no counterpart.",
            "{same} of {n} answers are the same word for word; on average {different:.0%} "
            "of the words have no counterpart.",
            n,
            same=same,
            different=table["different"].mean(),
        ),
        *headlines(
            [
                (said._("The length of an answer in words"), length),
                (said._("The share of answers with a word of the lists"), shares[0]),
            ],
            said._("answers exchanged"),
        ),
        results.changed(said._("groups of words")),
        repeated(table[["prompt"]]),
    ]
    by_group = table.groupby("group", sort=False).agg(
        n=("same", "size"),
        same=("same", "mean"),
        different=("different", "mean"),
        baseline_words=("baseline_words", "mean"),
        compressed_words=("compressed_words", "mean"),
    )
    return results.outcome(
        table,
        measure=said._("share of answers that hold a word of the group"),
        sentences=sentences,
        details={"prompts": by_group.reset_index()},
        order=["different"],
    )


def _columns(has: Mapping[str, Any], listed: Mapping[str, Group]) -> Iterator[tuple[str, Any, Any]]:
    """Each group of words and which answers of either model hold one; all groups first."""
    yield ALL, *(has[side].any(axis=1) for side in BOTH)
    for place, group in enumerate(listed):
        yield group, *(has[side][:, place] for side in BOTH)


def _share(before: Any, after: Any, prompts: list[str]) -> Contrasted:
    n = len(before)
    low, high = wilson([before.sum(), after.sum()], n)
    change = paired_change(before, after, prompts)
    return Contrasted(
        float(before.mean()), float(low[0]), float(high[0]),
        float(after.mean()), float(low[1]), float(high[1]),
        change.mean, change.low, change.high, change.p_value, change.units,
    )  # fmt: skip
