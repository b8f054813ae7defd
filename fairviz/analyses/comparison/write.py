"""An answer while it is written, and the provenance it carries."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from fairviz.analyses.comparison.request import Comparison, ComparisonRequest
from fairviz.metrics.traces import PairTrace, TokenTrace, first_divergence
from fairviz.models.provenance import provenance

if TYPE_CHECKING:
    from fairviz.inference.paired_decoding import PairReading, Reading
    from fairviz.models.pair import Pair
    from fairviz.models.vocabulary import Vocabulary


class _Text:
    """One growing text and its readings."""

    def __init__(self, vocabulary: Vocabulary, context: list[int]) -> None:
        self._vocabulary = vocabulary
        self._reader = vocabulary.reader(context)
        self._tokens: list[str] = []
        self._readings: list[PairReading] = []
        self._tops: dict[str, list[tuple[str, ...]]] = {"baseline": [], "compressed": []}

    @property
    def ids(self) -> list[int]:
        return [reading.token_id for reading in self._readings]

    def push(self, reading: PairReading) -> None:
        self._readings.append(reading)
        self._tokens.append(self._reader.push(reading.token_id))
        for side, tops in self._tops.items():
            top_ids = getattr(reading, side).top_ids
            tops.append(tuple(self._vocabulary.text(token_id) for token_id in top_ids))

    def trace(self) -> PairTrace:
        readings = self._readings
        return PairTrace(
            tokens=tuple(self._tokens),
            baseline=self._side([reading.baseline for reading in readings], "baseline"),
            compressed=self._side([reading.compressed for reading in readings], "compressed"),
            kl=np.array([reading.kl for reading in readings], dtype=np.float64),
            kl_reverse=np.array([reading.kl_reverse for reading in readings], dtype=np.float64),
            js=np.array([reading.js for reading in readings], dtype=np.float64),
            same_top=np.array([reading.same_top for reading in readings], dtype=np.bool_),
        )

    def _side(self, readings: list[Reading], side: str) -> TokenTrace:
        rows = len(readings)
        return TokenTrace(
            ids=np.array(self.ids, dtype=np.int64),
            log_prob=np.array([reading.log_prob for reading in readings], dtype=np.float64),
            entropy=np.array([reading.entropy for reading in readings], dtype=np.float64),
            rank=np.array([reading.rank for reading in readings], dtype=np.int64),
            margin=np.array([reading.margin for reading in readings], dtype=np.float64),
            top_ids=np.array([reading.top_ids for reading in readings], dtype=np.int64).reshape(
                rows, -1 if rows else 0
            ),
            top_log_probs=np.array(
                [reading.top_log_probs for reading in readings], dtype=np.float64
            ).reshape(rows, -1 if rows else 0),
            top_tokens=tuple(self._tops[side]),
        )


class Writing:
    """An answer while it is written.

    Attributes:
        step: Steps taken so far.
        total: The most steps there can be.
        seconds: Since the prompt was handed to the models.
        done: Whether both texts have ended.
    """

    def __init__(self, request: ComparisonRequest, pair: Pair, prompt: list[int]) -> None:
        vocabulary = pair.baseline.vocabulary
        self.step, self.total, self.seconds, self.done = (
            0,
            request.decoding.max_new_tokens,
            0.0,
            False,
        )
        self._request = request
        self._provenance = {**provenance(pair), "seed": request.decoding.seed}
        self._context = vocabulary.texts(prompt)
        self._texts = (_Text(vocabulary, prompt), _Text(vocabulary, prompt))
        self._began = time.perf_counter()

    def push(self, readings: tuple[PairReading | None, PairReading | None]) -> None:
        """Add one step's tokens."""
        for text, reading in zip(self._texts, readings, strict=True):
            if reading is not None:
                text.push(reading)
        self.step += 1
        self.seconds = time.perf_counter() - self._began

    @property
    def first_divergence(self) -> int | None:
        """Index of the first token where the texts differ so far."""
        return first_divergence(self._texts[0].ids, self._texts[1].ids)

    def snapshot(self) -> Comparison:
        """The comparison as far as it is written."""
        return Comparison(
            request=self._request,
            context=self._context,
            on_baseline=self._texts[0].trace(),
            on_compressed=self._texts[1].trace(),
            first_divergence=self.first_divergence,
            provenance={**self._provenance, "seconds": round(self.seconds, 3)},
        )
