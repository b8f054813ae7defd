"""Both sentences of every pair under both models, and which of their tokens are compared."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from difflib import SequenceMatcher
from typing import NamedTuple

import numpy as np
import pandas as pd

from fairviz.core.skips import Skip
from fairviz.inference.pair_scoring import why
from fairviz.metrics.traces import BOTH, Floats, Ints, common
from fairviz.models.pair import Pair
from fairviz.probes import sentences
from fairviz.probes.record import Step
from fairviz.probes.sentences import Sentences

# Finished pairs between two steps.
_BATCH = 128
_SIDES = ("more", "less")


class How(NamedTuple):
    """What of two sentences is compared.

    Attributes:
        score: `whole`: every token of both. `shared`: the tokens that both have in common and
            that stand after the first difference, each behind its own sentence's beginning.
        length: The `sum` of their log-probabilities, or the mean per `token`.
    """

    score: str = "whole"
    length: str = "sum"
    before: str = ""


def measured(
    pair: Pair,
    table: pd.DataFrame,
    told: Callable[[Step], None],
    how: How,
    lost: list[Skip],
) -> pd.DataFrame:
    """The pairs with both models' numbers, in order; finished ones are told as they come.

    Args:
        table: `more`, `less` and what else is known of each pair.
        lost: Grows by the pairs of which a sentence cannot be read by both models.

    Returns:
        The table with, for each model, `…_more` and `…_less` (nats, summed over what is
        compared), `…_per_token` (the difference of the means), `…_probability` (of `more`, where
        one of the two whole sentences is said), the measure itself, and `tokens_more`,
        `tokens_less` (how many are compared), `same_start`, `shift` and `flip`.
    """
    both = [one for row in zip(table["more"], table["less"], strict=True) for one in row]
    texts = sentences.encoded(pair.baseline.vocabulary, both, [how.before] * len(both))
    where = texts.where.reshape(-1, 2)
    places = [_compared(texts, more, less, how.score) for more, less in where.tolist()]
    # What cannot be read has the logarithm of 1: no token, no sum.
    log_prob = [np.zeros((int(n), 2)) for n in texts.tokens]
    waiting = np.array([len({*row}) for row in where.tolist()], dtype=np.int64)
    users: dict[int, list[int]] = {}
    for number, row in enumerate(where.tolist()):
        for text in {*row}:
            users.setdefault(text, []).append(number)
    for text in users:
        if not texts.ids[text]:
            waiting[users[text]] -= 1

    def rows(chosen: list[int]) -> pd.DataFrame:
        return _rows(table, texts, where, log_prob, places, chosen, how.length)

    finished: list[int] = []
    done = 0
    with closing(sentences.read(pair, texts)) as found:
        for one in found:
            log_prob[one.text] = np.stack([one.baseline, one.compressed], axis=1)
            waiting[users[one.text]] -= 1
            finished += [user for user in users[one.text] if not waiting[user]]
            if len(finished) >= _BATCH:
                done += len(finished)
                told(Step(done, len(table), rows(finished)))
                finished = []
    told(Step(len(table), len(table), rows(finished)))
    for place, two in enumerate(where.tolist()):
        sums = np.stack([log_prob[text].sum(axis=0) for text in two])
        read: list[bool] = np.isfinite(sums).all(axis=0).tolist()
        if not all(read):
            ids = [token for text in two for token in texts.ids[text]]
            lost.append(Skip(str(table["id"].iloc[place]), why(pair, ids, *read)))
    return rows(list(range(len(table))))


def _compared(texts: Sentences, more: int, less: int, score: str) -> tuple[Ints, Ints]:
    """Places of the scored tokens that are compared, in either sentence.

    The alignment is that of Nangia et al. 2020 (`get_span` of their `metric.py`: difflib's equal
    blocks). They give a masked model all shared tokens; a causal one has not seen the change
    before the first difference, where both sentences are equally likely and nothing is left to
    compare.
    """
    if score == "whole":
        return np.arange(texts.tokens[more]), np.arange(texts.tokens[less])
    # Before the first scored token stands one that is only read, where there is no lead.
    first = [texts.own[text] + (texts.start[text] < 0) for text in (more, less)]
    a, b = (texts.ids[text][int(at) :] for text, at in zip((more, less), first, strict=True))
    unscored = [int(texts.start[text] >= 0) for text in (more, less)]
    blocks = [one for one in SequenceMatcher(None, a, b).get_matching_blocks() if one.size]
    pairs = [
        (one.a + step - unscored[0], one.b + step - unscored[1])
        for one in blocks
        # A block at the beginning of both is before the first difference.
        if one.a or one.b
        for step in range(one.size)
    ]
    kept = np.array([two for two in pairs if min(two) >= 0], dtype=np.int64).reshape(-1, 2)
    return kept[:, 0], kept[:, 1]


def _rows(
    table: pd.DataFrame,
    texts: Sentences,
    where: Ints,
    log_prob: list[Floats],
    compared: list[tuple[Ints, Ints]],
    chosen: list[int],
    length: str,
) -> pd.DataFrame:
    """Those of the chosen pairs whose sentences have numbers under both models."""
    unread = {text for text, numbers in enumerate(log_prob) if not np.isfinite(numbers).all()}
    chosen = [place for place in chosen if unread.isdisjoint(where[place].tolist())]
    part = table.iloc[chosen].copy()
    here = where[chosen]
    part["text"] = spelled(part)
    starts = [shared(more, less) for more, less in zip(part["more"], part["less"], strict=True)]
    part["prompt"] = [
        start.strip() or more for start, more in zip(starts, part["more"], strict=True)
    ]
    whole = np.zeros((len(chosen), 2, 2))
    for place, which in enumerate(_SIDES):
        tokens = [compared[number][place] for number in chosen]
        part[f"tokens_{which}"] = [len(one) for one in tokens]
        own = [log_prob[text] for text in here[:, place]]
        parts = np.array([one[at].sum(axis=0) for one, at in zip(own, tokens, strict=True)])
        whole[:, place] = np.array([one.sum(axis=0) for one in own]).reshape(-1, 2)
        for side, name in enumerate(BOTH):
            part[f"{name}_{which}"] = parts.reshape(-1, 2)[:, side]
    # Without a token before it the first of a sentence has no probability.
    part["same_start"] = texts.start[here[:, 0]] == texts.start[here[:, 1]]
    for side, name in enumerate(BOTH):
        said = whole[:, 0, side] - whole[:, 1, side]
        part[f"{name}_probability"] = 1 / (1 + np.exp(-said.clip(-700, 700)))
    return with_measure(part, length).reset_index(drop=True)


def with_measure(part: pd.DataFrame, length: str) -> pd.DataFrame:
    """The pairs with the measure itself, of the sums of both sentences; see `measured`."""
    for name in BOTH:
        sums = part[f"{name}_more"] - part[f"{name}_less"]
        means = [part[f"{name}_{which}"] / part[f"tokens_{which}"].clip(1) for which in _SIDES]
        part[f"{name}_per_token"] = means[0] - means[1]
        part[name] = sums if length == "sum" else part[f"{name}_per_token"]
    part["shift"] = part["compressed"] - part["baseline"]
    part["flip"] = (part["baseline"] > 0) != (part["compressed"] > 0)
    return part


def spelled(table: pd.DataFrame) -> pd.Series[str]:
    """Each pair as a reader recognizes it: `Notre juge a dit qu'[il | elle]`."""
    pairs = zip(table["more"], table["less"], strict=True)
    return pd.Series([marked(more, less) for more, less in pairs], index=table.index, dtype=object)


def shared(more: str, less: str) -> str:
    """The words that both sentences begin with; whole words, so that Compare can go on."""
    end = common(more, less)
    while end and more[end - 1].isalnum():
        end -= 1
    return more[:end]


def marked(more: str, less: str) -> str:
    """Both sentences in one, with what differs in brackets."""
    before, after = _around(more, less)
    a, b = (one[len(before) : len(one) - len(after)] for one in (more, less))
    return f"{before}[{a} | {b}]{after}"


def frame(more: str, less: str) -> str:
    """What a pair is made from: the words that both sentences share around what differs.

    The same frame with other groups in it, or the other way round, is the same frame. Where
    nothing is shared, a pair is its own.
    """
    before, after = (" ".join(one.casefold().split()) for one in _around(more, less))
    return f"{before} [] {after}" if before or after else f"{more} | {less}"


def _around(more: str, less: str) -> tuple[str, str]:
    """The words before and behind what differs."""
    before = shared(more, less)
    after = shared(more[len(before) :][::-1], less[len(before) :][::-1])[::-1]
    return before, after
