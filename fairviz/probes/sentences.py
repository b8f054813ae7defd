"""Sentences under both models, token by token; one that stands in several items is read once."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np

from fairviz.inference.pair_scoring import under_both
from fairviz.inference.scoring import Scored, score
from fairviz.metrics.traces import BOTH, Floats, Ints, common
from fairviz.models.pair import Pair
from fairviz.models.vocabulary import Vocabulary


class Sentences(NamedTuple):
    """Sentences as token ids, each once, and what is scored of them.

    Attributes:
        ids: Of each text, what stands before the sentence included; empty where nothing can be
            read.
        where: (sentences,) which text each sentence is.
        own: (N,) how many scored tokens belong to what stands before the sentence.
        tokens: (N,) how many scored tokens are the sentence's.
        start: (N,) the token that is read only, where nothing stands before it; else -1.
    """

    ids: list[tuple[int, ...]]
    where: Ints
    own: Ints
    tokens: Ints
    start: Ints


class Read(NamedTuple):
    """One text as both models have read it.

    Attributes:
        baseline, compressed: (tokens,) ln p of the sentence's scored tokens.
    """

    text: int
    baseline: Floats
    compressed: Floats


def encoded(vocabulary: Vocabulary, sentences: Sequence[str], before: Sequence[str]) -> Sentences:
    """Token ids of sentences, each behind the text that is put before it.

    Args:
        before: For each of them what is only read; empty for nothing.
    """
    bos = vocabulary.bos_id is not None
    leads = {one: vocabulary.encode(one) if one or bos else [] for one in dict.fromkeys(before)}
    behind: dict[tuple[int, ...], list[int]] = {}
    whole = []
    for sentence, lead in zip(sentences, before, strict=True):
        ids = tuple(vocabulary.encode(lead + sentence) if sentence else leads[lead])
        behind.setdefault(ids, leads[lead])
        whole.append(ids)
    place = {ids: number for number, ids in enumerate(behind)}
    # The first token of a text is never scored.
    own = [max(0, common(lead, ids) - 1) for ids, lead in behind.items()]
    scored = [max(0, len(ids) - 1) for ids in behind]
    return Sentences(
        list(behind),
        np.array([place[ids] for ids in whole], dtype=np.int64),
        np.array(own, dtype=np.int64),
        np.array(scored, dtype=np.int64) - np.array(own, dtype=np.int64),
        np.array([-1 if lead or not ids else ids[0] for ids, lead in behind.items()], np.int64),
    )


def read(pair: Pair, sentences: Sentences) -> Generator[Read]:
    """Every text that has something to read, in the order in which the models come to it.

    Closing the iterator stops the models.
    """
    readable = [number for number, ids in enumerate(sentences.ids) if ids]
    with closing(scored(pair, [sentences.ids[number] for number in readable])) as found:
        for number, one in found:
            text = readable[number]
            sides = (getattr(one, which).log_prob for which in readings(pair))
            yield Read(text, *(side[sentences.own[text] :] for side in sides))


def scored(pair: Pair, texts: Sequence[Sequence[int]], **how: Any) -> Generator[tuple[int, Scored]]:
    """`scoring.score` of texts as token ids under both models, without their likeliest tokens."""
    return under_both(score, pair, texts, k=1, **how)


def readings(pair: Pair) -> tuple[str, str]:
    """Which reading is whose: one model named twice has one, for its two can round differently."""
    return BOTH if pair.compressed is not pair.baseline else ("baseline", "baseline")
