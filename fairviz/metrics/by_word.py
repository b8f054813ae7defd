"""A text by its words instead of its tokens: what a reader sees, whatever the tokenizer cuts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fairviz.metrics.traces import Floats, Ints, PairTrace, TokenTrace


class Words(NamedTuple):
    """A text in words.

    Attributes:
        trace: As a trace whose rows are words: log-probabilities, entropies and KL are sums
            over the word's tokens (the word's surprisal, what was uncertain and what moved on
            the way through it), Jensen-Shannon divergence and rank the largest, the lead the
            smallest, the same top where it is the same at every token; the most likely tokens
            are those for the word's first token.
        first: (W,) index of each word's first token.
        of_token: (T,) index of each token's word.
    """

    trace: PairTrace
    first: Ints
    of_token: Ints


def words(pair: PairTrace) -> Words:
    """A trace by words: a word begins with the token that begins with, or follows, white space.

    In scripts without spaces a word is what stands between two of them.
    """
    begins = np.ones(len(pair), dtype=bool)
    text = ""
    for index, token in enumerate(pair.tokens):
        begins[index] = index == 0 or token[:1].isspace() or (text[-1:].isspace() and bool(token))
        # White space alone, such as an empty line, is no word of its own within white space.
        if token and token.isspace() and text[-1:].isspace():
            begins[index] = False
        text = token or text
    first = np.flatnonzero(begins).astype(np.int64)
    of_token = (np.cumsum(begins) - 1).astype(np.int64)
    spelled = ["" for _ in first]
    for token, word in zip(pair.tokens, of_token, strict=True):
        spelled[word] += token
    return Words(
        PairTrace(
            tokens=tuple(spelled),
            baseline=_trace(pair.baseline, first),
            compressed=_trace(pair.compressed, first),
            kl=_sum(pair.kl, first),
            kl_reverse=_sum(pair.kl_reverse, first),
            js=_each(np.maximum, pair.js, first),
            same_top=_each(np.logical_and, pair.same_top, first).astype(np.bool_),
        ),
        first,
        of_token,
    )


def _trace(trace: TokenTrace, first: Ints) -> TokenTrace:
    return TokenTrace(
        ids=trace.ids[first],
        log_prob=_sum(trace.log_prob, first),
        entropy=_sum(trace.entropy, first),
        rank=_each(np.maximum, trace.rank, first).astype(np.int64),
        margin=_each(np.minimum, trace.margin, first),
        top_ids=trace.top_ids[first],
        top_log_probs=trace.top_log_probs[first],
        top_tokens=tuple(trace.top_tokens[index] for index in first),
    )


def _sum(values: Floats, first: Ints) -> Floats:
    return _each(np.add, values, first)


def _each(
    how: np.ufunc, values: np.ndarray[tuple[int], np.dtype[np.generic]], first: Ints
) -> Floats:
    if not len(first):
        return np.zeros(0)
    found: Floats = how.reduceat(values, first)
    return found
