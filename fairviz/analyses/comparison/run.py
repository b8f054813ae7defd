"""From a request to its answer, written live by a loaded pair."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.analyses.comparison.request import Comparison, ComparisonRequest
from fairviz.core.errors import BadSpec, EmptyPrompt, PromptTooLong
from fairviz.i18n import _, ngettext
from fairviz.metrics.traces import BOTH, PairTrace, TokenTrace, first_divergence

if TYPE_CHECKING:
    from fairviz.analyses.runner import Measuring
    from fairviz.inference.paired_decoding import PairReading
    from fairviz.models.pair import Pair
    from fairviz.models.vocabulary import Vocabulary


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
        self.step, self.seconds, self.done = 0, 0.0, False
        self.total = request.decoding.max_new_tokens
        self._request = request
        self._provenance = {**pair.provenance(), "seed": request.decoding.seed}
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
        return first_divergence(*(text.ids for text in self._texts))

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


class _Text:
    """One growing text and its readings."""

    def __init__(self, vocabulary: Vocabulary, context: list[int]) -> None:
        self._vocabulary = vocabulary
        self._reader = vocabulary.reader(context)
        self._tokens: list[str] = []
        self._readings: list[PairReading] = []
        self._tops: dict[str, list[tuple[str, ...]]] = {side: [] for side in BOTH}

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
        baseline, compressed = (self._side(side) for side in BOTH)
        floats = {
            name: np.array([getattr(one, name) for one in self._readings], dtype=np.float64)
            for name in ("kl", "kl_reverse", "js")
        }
        same_top = np.array([one.same_top for one in self._readings], dtype=np.bool_)
        return PairTrace(tuple(self._tokens), baseline, compressed, **floats, same_top=same_top)

    def _side(self, side: str) -> TokenTrace:
        readings = [getattr(one, side) for one in self._readings]

        def column(name: str, dtype: type[np.generic]) -> Any:
            return np.array([getattr(reading, name) for reading in readings], dtype=dtype)

        two_axes = (len(readings), -1 if readings else 0)
        return TokenTrace(
            ids=np.array(self.ids, dtype=np.int64),
            log_prob=column("log_prob", np.float64),
            entropy=column("entropy", np.float64),
            rank=column("rank", np.int64),
            margin=column("margin", np.float64),
            top_ids=column("top_ids", np.int64).reshape(two_axes),
            top_log_probs=column("top_log_probs", np.float64).reshape(two_axes),
            top_tokens=tuple(self._tops[side]),
        )


def _prompt_ids(request: ComparisonRequest, pair: Pair) -> list[int]:
    """Token ids of the prompt, checked against the context of both models."""
    given = request.branch.ids if request.branch else ()
    prompt = [*pair.baseline.vocabulary.encode(request.prompt), *given]
    if not prompt:
        raise EmptyPrompt(
            _("The prompt is empty and the model has no beginning-of-text token."),
            fix=_("Write at least one word."),
        )
    if given and all(given[-1] in one.writer.eos_ids for one in (pair.baseline, pair.compressed)):
        raise BadSpec(_("That token ends the text."), fix=_("Go on from another one."))
    room = pair.context_length or sys.maxsize
    wanted = request.decoding.max_new_tokens
    if len(prompt) + wanted > room:
        raise PromptTooLong(
            ngettext(
                "The prompt has {n} token, and with {wanted} more it is longer than the "
                "context, which holds {room}.",
                "The prompt has {n} tokens, and with {wanted} more it is longer than the "
                "context, which holds {room}.",
                len(prompt),
                wanted=wanted,
                room=room,
            ),
            fix=ngettext(
                "Write at most {n} new token.",
                "Write at most {n} new tokens.",
                room - len(prompt),
            )
            if len(prompt) < room
            else _("Shorten the prompt to fewer than {room} tokens.", room=room),
        )
    return prompt


def stream(pair: Pair, request: ComparisonRequest) -> Iterator[Writing]:
    """The answer after every step, and once more when it is done; one growing object.

    Closing the iterator stops both models before their next step.

    Raises:
        EmptyPrompt, PromptTooLong, NoEmbedding: Before anything is computed.
        NotFinite: At the first step where a model gives no numbers.
        OutOfMemory: If the device runs out of memory on the way.
    """
    from fairviz.inference.paired_decoding import write_in_pair
    from fairviz.models.memory import out_of_memory_as_advice

    prompt = _prompt_ids(request, pair)
    writing = Writing(request, pair, prompt)
    writers = pair.baseline.writer, pair.compressed.writer
    with out_of_memory_as_advice():
        steps = write_in_pair(
            *writers,
            prompt,
            request.decoding,
            pair.vocabulary_size,
            written=len(request.branch.ids) if request.branch else 0,
        )
        for step in steps:
            writing.push(step)
            yield writing
    writing.done = True
    yield writing


def measure(request: ComparisonRequest) -> Measuring:
    """What `runner.answer` runs: the growing answer after every step, at last the comparison."""

    def measuring(
        pair: Pair, _run: None, _told: Callable[[Any], None]
    ) -> Iterator[Writing | Comparison]:
        for writing in stream(pair.in_chat(request.chat), request):
            yield writing
        yield writing.snapshot()

    return measuring
