"""What was measured: one model on one text, two models on one text, a whole comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from fairviz.core.specs import Question

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

BOTH = ("baseline", "compressed")


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
        return _pair_document(self)


@dataclass(frozen=True, eq=False)
class Comparison:
    """A question and its answer.

    Attributes:
        question: What was asked.
        context: Texts of the prompt's tokens, the beginning-of-text token included.
        on_baseline: Both models on the text the baseline wrote.
        on_compressed: Both models on the text the compressed model wrote.
        first_divergence: Index of the first token where the texts differ (also where
            one has ended and the other goes on); None when they are the same.
        provenance: Identity of both models, versions, device, date; JSON values.
    """

    question: Question
    context: tuple[str, ...]
    on_baseline: PairTrace
    on_compressed: PairTrace
    first_divergence: int | None
    provenance: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """The whole comparison as plain JSON values; NaN becomes null."""
        return {
            "question": self.question.document(),
            "context": list(self.context),
            "texts": {"baseline": self.on_baseline.text, "compressed": self.on_compressed.text},
            "first_divergence": self.first_divergence,
            "on_baseline": _pair_document(self.on_baseline),
            "on_compressed": _pair_document(self.on_compressed),
            "provenance": dict(self.provenance),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Comparison:
        """The inverse of `document`.

        Raises:
            KeyError, TypeError, ValueError: If the document lacks or garbles a part.
        """
        return cls(
            question=Question.from_document(document["question"]),
            context=tuple(document["context"]),
            on_baseline=_pair(document["on_baseline"]),
            on_compressed=_pair(document["on_compressed"]),
            first_divergence=document["first_divergence"],
            provenance=document["provenance"],
        )


def first_divergence(baseline: Sequence[int], compressed: Sequence[int]) -> int | None:
    """Index of the first token where two texts differ; None when they are equal.

    A text that is the beginning of the other diverges where it ends.
    """
    for index, (left, right) in enumerate(zip(baseline, compressed, strict=False)):
        if left != right:
            return index
    if len(baseline) == len(compressed):
        return None
    return min(len(baseline), len(compressed))


_TRACE_ARRAYS = {
    "log_prob": np.float64,
    "entropy": np.float64,
    "rank": np.int64,
    "margin": np.float64,
    "top_ids": np.int64,
    "top_log_probs": np.float64,
}
_PAIR_ARRAYS = {
    "kl": np.float64,
    "kl_reverse": np.float64,
    "js": np.float64,
    "same_top": np.bool_,
}


def _plain(array: npt.NDArray[Any]) -> list[Any]:
    if array.dtype.kind != "f":
        return list(array.tolist())
    values = array.astype(object)
    values[~np.isfinite(array)] = None
    return list(values.tolist())


def _array(values: list[Any], dtype: Any) -> npt.NDArray[Any]:
    return np.asarray(values, dtype=dtype)


def _pair_document(pair: PairTrace) -> dict[str, Any]:
    document: dict[str, Any] = {"ids": _plain(pair.ids), "tokens": list(pair.tokens)}
    for name in BOTH:
        trace: TokenTrace = getattr(pair, name)
        document[name] = {key: _plain(getattr(trace, key)) for key in _TRACE_ARRAYS}
        document[name]["top_tokens"] = [list(row) for row in trace.top_tokens]
    for key in _PAIR_ARRAYS:
        document[key] = _plain(getattr(pair, key))
    return document


def _pair(document: Mapping[str, Any]) -> PairTrace:
    ids = _array(document["ids"], np.int64)
    traces: dict[str, Any] = {}
    for name in BOTH:
        part = document[name]
        arrays = {key: _array(part[key], dtype) for key, dtype in _TRACE_ARRAYS.items()}
        top_tokens = tuple(tuple(row) for row in part["top_tokens"])
        traces[name] = TokenTrace(ids=ids, top_tokens=top_tokens, **arrays)
    traces |= {key: _array(document[key], dtype) for key, dtype in _PAIR_ARRAYS.items()}
    pair = PairTrace(tokens=tuple(document["tokens"]), **traces)
    for owner in (pair, pair.baseline, pair.compressed):
        for part in fields(owner):
            value = getattr(owner, part.name)
            if not isinstance(value, TokenTrace) and len(value) != len(ids):
                raise ValueError(f"{part.name} has {len(value)} rows for {len(ids)} tokens")
    return pair
