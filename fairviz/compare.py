"""From a question to its answer: out of the store, or written live by a loaded pair."""

from __future__ import annotations

import logging
import platform
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz import __version__
from fairviz.errors import EmptyPrompt, PromptTooLong
from fairviz.specs import Decoding, ModelSpec, Question
from fairviz.traces import Comparison, PairTrace, TokenTrace, first_divergence

if TYPE_CHECKING:
    from fairviz.decode import PairReading, Reading
    from fairviz.models.pair import Pair
    from fairviz.models.resident import Resident
    from fairviz.store import Store
    from fairviz.vocabulary import Vocabulary

_log = logging.getLogger(__name__)

_PACKAGES = ("torch", "transformers", "tokenizers", "bitsandbytes", "accelerate", "numpy")


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

    def __init__(self, question: Question, pair: Pair, prompt: list[int]) -> None:
        vocabulary = pair.baseline.vocabulary
        self.step, self.total, self.seconds, self.done = (
            0,
            question.decoding.max_new_tokens,
            0.0,
            False,
        )
        self._question = question
        self._provenance = provenance(question, pair)
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
    def tokens_written(self) -> int:
        """Tokens of both texts together."""
        return sum(len(text.ids) for text in self._texts)

    @property
    def first_divergence(self) -> int | None:
        """Index of the first token where the texts differ so far."""
        return first_divergence(self._texts[0].ids, self._texts[1].ids)

    def snapshot(self) -> Comparison:
        """The comparison as far as it is written."""
        return Comparison(
            question=self._question,
            context=self._context,
            on_baseline=self._texts[0].trace(),
            on_compressed=self._texts[1].trace(),
            first_divergence=self.first_divergence,
            provenance={**self._provenance, "seconds": round(self.seconds, 3)},
        )


def provenance(question: Question, pair: Pair) -> dict[str, Any]:
    """What a reader needs to trust or refute the answer, as JSON values."""
    packages = {"python": platform.python_version(), "fairviz": __version__}
    for package in _PACKAGES:
        try:
            packages[package] = version(package)
        except PackageNotFoundError:
            packages[package] = "not installed"
    return {
        "baseline": pair.baseline.identity.document(),
        "compressed": pair.compressed.identity.document(),
        "device": pair.baseline.identity.device,
        "dtype": pair.baseline.identity.dtype,
        "seed": question.decoding.seed,
        "versions": packages,
        "platform": platform.platform(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def prompt_ids(question: Question, pair: Pair) -> list[int]:
    """Token ids of the prompt, checked against the context of both models.

    Raises:
        EmptyPrompt: If the models would get no token at all.
        PromptTooLong: If prompt and answer do not fit into the smaller context.
    """
    prompt = pair.baseline.vocabulary.encode(question.prompt)
    if not prompt:
        raise EmptyPrompt(
            "The prompt is empty and the model has no beginning-of-text token.",
            fix="Write at least one word.",
        )
    room = min(
        (
            model.context_length
            for model in (pair.baseline, pair.compressed)
            if model.context_length
        ),
        default=sys.maxsize,
    )
    wanted = question.decoding.max_new_tokens
    if len(prompt) + wanted > room:
        raise PromptTooLong(
            f"The prompt has {len(prompt)} tokens and {wanted} are to be written, but the "
            f"context holds {room}.",
            fix=f"Write at most {room - len(prompt)} new tokens."
            if len(prompt) < room
            else f"Shorten the prompt to fewer than {room} tokens.",
        )
    return prompt


def stream(pair: Pair, question: Question) -> Iterator[Writing]:
    """The answer after every step, and once more when it is done; one growing object.

    Closing the iterator stops both models before their next step.

    Raises:
        EmptyPrompt, PromptTooLong: Before anything is computed.
        OutOfMemory: If the device runs out of memory on the way.
    """
    from fairviz.decode import Writer, write_in_pair
    from fairviz.models.memory import out_of_memory_as_advice

    prompt = prompt_ids(question, pair)
    writing = Writing(question, pair, prompt)
    baseline = Writer(pair.baseline.model, pair.baseline.eos_ids)
    compressed = Writer(pair.compressed.model, pair.compressed.eos_ids)
    with out_of_memory_as_advice():
        steps = write_in_pair(baseline, compressed, prompt, question.decoding, pair.vocabulary_size)
        for step in steps:
            writing.push(step)
            yield writing
    writing.done = True
    yield writing


def answer(
    question: Question,
    *,
    device: str = "auto",
    dtype: str = "auto",
    store: Store | None = None,
    resident: Resident | None = None,
    unsafe_pickle: bool = False,
    on_step: Callable[[Writing], None] | None = None,
) -> Comparison:
    """The whole comparison, from the store if it was asked before.

    Args:
        question: Two models, a prompt, a way of decoding.
        device: `auto`, `cuda`, `mps` or `cpu`.
        dtype: `auto` (by device) or a torch dtype's name.
        store: Where answers are kept; None keeps nothing.
        resident: Holds the pair between calls; None loads it for this one.
        unsafe_pickle: Also read weights that are not safetensors. Such files can run
            code when they are read.
        on_step: Called with the growing answer after every step.

    Raises:
        FairvizError: For anything the asker can mend.
    """
    from fairviz.models import catalog, devices
    from fairviz.models.pair import load_pair

    device = devices.choose(device)
    dtype = devices.default_dtype(device) if dtype == "auto" else dtype
    key = ""
    if store is not None:
        prints = (catalog.fingerprint(question.baseline), catalog.fingerprint(question.compressed))
        key = store.key(question, prints, device, dtype)
        known = store.load(key)
        if known is not None:
            return known
    load = load_pair if resident is None else resident.pair
    pair = load(
        question.baseline,
        question.compressed,
        device=device,
        dtype=dtype,
        unsafe_pickle=unsafe_pickle,
    )
    for writing in stream(pair, question):
        if on_step is not None:
            on_step(writing)
    comparison = writing.snapshot()
    if store is not None:
        try:
            store.save(key, comparison)
        except OSError as error:
            # An answer that is there is not lost because the store is full or read-only.
            _log.warning("note: the answer was not stored: %s", error)
    return comparison


def compare(baseline: str, compressed: str, prompt: str, **decoding: Any) -> Comparison:
    """Compare two models by their names, as in `compare("demo", "demo+nf4", "Il était")`.

    Args:
        baseline: `SOURCE[@REVISION][+METHOD]`.
        compressed: Likewise, of the same vocabulary.
        prompt: What both models go on from.
        decoding: Fields of `Decoding`, greedy by default.
    """
    question = Question(
        ModelSpec.parse(baseline), ModelSpec.parse(compressed), prompt, Decoding(**decoding)
    )
    return answer(question)
