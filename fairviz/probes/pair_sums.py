"""Both sentences of every pair under both models; a text that stands twice is read once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from fairviz.probes.pair_text import shared, spelled
from fairviz.probes.record import Step
from fairviz.score import score
from fairviz.traces import BOTH, Floats, Ints

if TYPE_CHECKING:
    from collections.abc import Generator

    import pandas as pd

    from fairviz.models.pair import Pair
    from fairviz.score import Scored
    from fairviz.vocabulary import Vocabulary

# Finished pairs between two steps.
_BATCH = 128
_SIDES = ("more", "less")


class _Texts(NamedTuple):
    """The sentences as token ids, each once, and what is scored of them.

    Attributes:
        ids: Of each text; empty where nothing can be read.
        where: (pairs, 2) which text `more` and `less` are.
        own: (N,) how many scored tokens belong to what stands before the sentence.
        tokens: (N,) how many scored tokens are the sentence's.
        start: (N,) the token that is read only, where nothing stands before it; else -1.
    """

    ids: list[tuple[int, ...]]
    where: Ints
    own: Ints
    tokens: Ints
    start: Ints


def measured(
    pair: Pair, table: pd.DataFrame, told: Callable[[Step], None], length: str, before: str
) -> pd.DataFrame:
    """The pairs with both models' numbers, in order; finished ones are told as they come.

    Args:
        pair: The two models.
        table: `more`, `less` and what else is known of each pair.
        told: Told each step; what it raises stops the models.
        length: `baseline` and `compressed` compare the `sum` of log-probabilities, or their
            mean per `token`.
        before: A text put before both sentences.

    Returns:
        The table with, for each model, `…_more` and `…_less` (nats, summed), `…_per_token` (the
        difference of the means), `…_probability` (of `more`, where one of the two is said), the
        measure itself, and `tokens_more`, `tokens_less`, `same_start`, `shift` and `flip`.
    """
    vocabulary = pair.baseline.vocabulary
    texts = _texts(vocabulary, table, before)
    log_prob = np.zeros((len(texts.ids), 2))
    waiting = np.array([len({*row}) for row in texts.where.tolist()], dtype=np.int64)
    users: dict[int, list[int]] = {}
    for number, row in enumerate(texts.where.tolist()):
        for text in {*row}:
            users.setdefault(text, []).append(number)
    readable = [number for number, ids in enumerate(texts.ids) if ids]
    # An empty sentence is read already: the logarithm of 1.
    for text in {*range(len(texts.ids))} - {*readable}:
        waiting[users[text]] -= 1
    finished: list[int] = []
    done = 0
    steps = score(
        pair.baseline.reader,
        pair.compressed.reader,
        [texts.ids[number] for number in readable],
        width=pair.vocabulary_size,
        bos_id=vocabulary.bos_id,
        k=1,
    )
    with closing(cast("Generator[tuple[int, Scored]]", steps)) as scored:
        for number, one in scored:
            text = readable[number]
            for side, which in enumerate(readings(pair)):
                log_prob[text, side] = getattr(one, which).log_prob[texts.own[text] :].sum()
            waiting[users[text]] -= 1
            finished += [user for user in users[text] if not waiting[user]]
            if len(finished) >= _BATCH:
                done += len(finished)
                told(Step(done, len(table), _rows(table, texts, log_prob, finished, length)))
                finished = []
    told(Step(len(table), len(table), _rows(table, texts, log_prob, finished, length)))
    return _rows(table, texts, log_prob, list(range(len(table))), length)


def _texts(vocabulary: Vocabulary, table: pd.DataFrame, before: str) -> _Texts:
    lead = vocabulary.encode(before) if before or vocabulary.bos_id is not None else []
    sentences = [one for row in zip(table["more"], table["less"], strict=True) for one in row]
    encoded = [tuple(vocabulary.encode(before + one) if one else lead) for one in sentences]
    ids = list(dict.fromkeys(encoded))
    place = {one: number for number, one in enumerate(ids)}
    # The first token of a text is never scored.
    own = np.array([max(0, _common(lead, one) - 1) for one in ids], dtype=np.int64)
    scored = np.array([max(0, len(one) - 1) for one in ids], dtype=np.int64)
    return _Texts(
        ids,
        np.array([place[one] for one in encoded], dtype=np.int64).reshape(-1, 2),
        own,
        scored - own,
        np.array([-1 if lead or not one else one[0] for one in ids], dtype=np.int64),
    )


def readings(pair: Pair) -> tuple[str, str]:
    """Which reading is whose: one model named twice has one, for its two can round differently."""
    return BOTH if pair.compressed is not pair.baseline else ("baseline", "baseline")


def _common(lead: list[int], ids: tuple[int, ...]) -> int:
    """How many of the first ids are those of the lead."""
    for number, (a, b) in enumerate(zip(lead, ids, strict=False)):
        if a != b:
            return number
    return min(len(lead), len(ids))


def _rows(
    table: pd.DataFrame, texts: _Texts, log_prob: Floats, chosen: list[int], length: str
) -> pd.DataFrame:
    part = table.iloc[chosen].copy()
    here = texts.where[chosen]
    part["text"] = spelled(part)
    starts = [shared(more, less) for more, less in zip(part["more"], part["less"], strict=True)]
    part["prompt"] = [
        start.strip() or more for start, more in zip(starts, part["more"], strict=True)
    ]
    for place, which in enumerate(_SIDES):
        part[f"tokens_{which}"] = texts.tokens[here[:, place]]
        for side, name in enumerate(BOTH):
            part[f"{name}_{which}"] = log_prob[here[:, place], side]
    # Without a token before it the first of a sentence has no probability.
    part["same_start"] = texts.start[here[:, 0]] == texts.start[here[:, 1]]
    for name in BOTH:
        sums = part[f"{name}_more"] - part[f"{name}_less"]
        means = [part[f"{name}_{which}"] / part[f"tokens_{which}"].clip(1) for which in _SIDES]
        part[f"{name}_per_token"] = means[0] - means[1]
        part[f"{name}_probability"] = 1 / (1 + np.exp(-sums.clip(-700, 700)))
        part[name] = sums if length == "sum" else part[f"{name}_per_token"]
    part["shift"] = part["compressed"] - part["baseline"]
    part["flip"] = (part["baseline"] > 0) != (part["compressed"] > 0)
    return part.reset_index(drop=True)
