"""What was measured: one model on one text, two models on one text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

BOTH = ("baseline", "compressed")
# The arrays of a `TokenTrace`, but for the ids that both models read, and of a `PairTrace`.
TRACE_COLUMNS = ("log_prob", "entropy", "rank", "margin", "top_ids", "top_log_probs")
PAIR_COLUMNS = ("kl", "kl_reverse", "js", "same_top")


@dataclass(frozen=True, eq=False)
class TokenTrace:
    """One model reading one text of T tokens. Natural logarithms throughout.

    Attributes:
        ids: (T,) the tokens of the text, whoever wrote them.
        log_prob: (T,) ln of the probability this model gave each token, <= 0.
        entropy: (T,) entropy in nats of the distribution the token was read from.
        rank: (T,) 1 for the most likely token.
        margin: (T,) probability of the first minus that of the second token.
        top_ids: (T, k) the k most likely tokens, the most likely first.
        top_log_probs: (T, k) their ln-probabilities.
        top_tokens: T rows of k texts, as a reader sees those tokens.
    """

    ids: Ints
    log_prob: Floats
    entropy: Floats
    rank: Ints
    margin: Floats
    top_ids: Ints
    top_log_probs: Floats
    top_tokens: tuple[tuple[str, ...], ...]

    @property
    def prob(self) -> Floats:
        """(T,) the probability of each token."""
        probability: Floats = np.exp(self.log_prob)
        return probability


@dataclass(frozen=True, eq=False)
class PairTrace:
    """Two models reading the same text: the tokens, both traces, and their distance.

    Attributes:
        tokens: T texts whose concatenation is the text. Empty where a token ends
            within a character: the token that completes it holds the character.
        baseline: The baseline's reading.
        compressed: The compressed model's reading.
        kl: (T,) KL(baseline || compressed) of the next-token distributions, nats, >= 0.
        kl_reverse: (T,) KL(compressed || baseline), nats, >= 0.
        js: (T,) Jensen-Shannon divergence, nats, between 0 and ln 2.
        same_top: (T,) whether both models' most likely token is the same.
    """

    tokens: tuple[str, ...]
    baseline: TokenTrace
    compressed: TokenTrace
    kl: Floats
    kl_reverse: Floats
    js: Floats
    same_top: Bools

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def ids(self) -> Ints:
        """(T,) the tokens of the text."""
        return self.baseline.ids

    @property
    def text(self) -> str:
        """The text that was read."""
        return "".join(self.tokens)

    def document(self) -> dict[str, Any]:
        """The trace as plain JSON values; NaN becomes null."""
        document: dict[str, Any] = {"ids": _plain(self.ids), "tokens": list(self.tokens)}
        for name in BOTH:
            trace: TokenTrace = getattr(self, name)
            document[name] = {key: _plain(getattr(trace, key)) for key in TRACE_COLUMNS}
            document[name]["top_tokens"] = [list(row) for row in trace.top_tokens]
        for key in PAIR_COLUMNS:
            document[key] = _plain(getattr(self, key))
        return document


def first_divergence(baseline: Sequence[int], compressed: Sequence[int]) -> int | None:
    """Index of the first token where two texts differ; None when they are equal.

    A text that is the beginning of the other diverges where it ends.
    """
    same = common(baseline, compressed)
    return None if same == len(baseline) == len(compressed) else same


def common(first: Sequence[object], second: Sequence[object]) -> int:
    """How many elements both begin with."""
    pairs = zip(first, second, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _plain(array: npt.NDArray[Any]) -> list[Any]:
    if array.dtype.kind != "f":
        return list(array.tolist())
    values = array.astype(object)
    values[~np.isfinite(array)] = None
    return list(values.tolist())
