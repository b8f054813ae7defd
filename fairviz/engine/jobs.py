"""What is read at once: a batch that a pair anywhere can read, and what came of it as arrays."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from fairviz.core.errors import OutOfMemory
from fairviz.core.specs import Decoding
from fairviz.inference import batch_generation, multiple_choice, scoring, set_rows
from fairviz.inference.batch_generation import Ask
from fairviz.inference.multiple_choice import Choice, Likelihoods
from fairviz.inference.scoring import Piece
from fairviz.inference.set_rows import Written
from fairviz.metrics.fused import Reduced
from fairviz.metrics.fused import Side as Columns
from fairviz.models.handles import Reader, Writer
from fairviz.models.pair import Pair
from fairviz.models.turns import takes_turns

Arrays: TypeAlias = dict[str, np.ndarray[Any, Any]]
# Columns of a side, and of the two together.
_OWN, _BOTH = len(Columns._fields), len(Reduced._fields) - 2


class Side(NamedTuple):
    """How one of the two reads or writes."""

    which: str  # `baseline` or `compressed`
    rows: int | None  # the most texts that it reads together; see `Reader`
    dtype: str = ""  # number type that it computes in; empty is that of its weights
    eos_ids: tuple[int, ...] = ()  # at which it stops

    @classmethod
    def of(cls, one: Reader | Writer) -> Side:
        """Of a model that is elsewhere."""
        far: Any = one.model
        which = str(far.facts.side)
        if isinstance(one, Reader):
            return cls(which, one.rows, one.dtype)
        return cls(which, one.rows, eos_ids=tuple(sorted(one.eos_ids)))

    def reader(self, pair: Pair) -> Reader:
        """The model of a pair, reading so; what it has read is kept where it will be away."""
        reader: Reader = getattr(pair, self.which).reader
        kept = reader.readings if takes_turns(reader.model) else None
        return reader._replace(rows=self.rows, dtype=self.dtype, readings=kept)

    def writer(self, pair: Pair) -> Writer:
        """The model of a pair, writing so."""
        writer: Writer = getattr(pair, self.which).writer
        return writer._replace(rows=self.rows, eos_ids=frozenset(self.eos_ids))


class Done(NamedTuple):
    """What came of a job."""

    arrays: Arrays  # as its class reads them
    # Places of its items that could not be read -> why.
    failed: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Reads:
    """Texts under both models, token by token; see `scoring`."""

    sides: tuple[Side, Side]
    pieces: tuple[Piece, ...]  # their numbers are places
    width: int
    k: int

    @property
    def texts(self) -> list[list[int]]:
        """Token ids of each item."""
        return [piece.ids for piece in self.pieces]

    def run(self, pair: Pair) -> Done:
        """Read by a pair; what cannot be read in the batch is read by itself."""
        first, second = (side.reader(pair) for side in self.sides)
        read = scoring.reading(first, second)
        found, failed = each(
            self.pieces,
            lambda batch: read(batch, self.width, self.k),
            lambda piece: self._columns(piece.new, math.nan),
        )
        columns = [(*one.baseline, *one.compressed, *one[2:]) for one in found]
        arrays = {
            str(n): np.concatenate(parts) for n, parts in enumerate(zip(*columns, strict=True))
        }
        return Done(arrays, failed)

    def value(self, arrays: Arrays) -> list[Reduced]:
        """What `scoring.reading` gives."""
        ends = np.cumsum([piece.new for piece in self.pieces])[:-1]
        parts = [np.split(arrays[str(n)], ends) for n in range(2 * _OWN + _BOTH)]
        return [_columns(one) for one in zip(*parts, strict=True)]

    def guess(self) -> list[Reduced]:
        """In place of what is not read yet."""
        return [self._columns(piece.new, 0.5) for piece in self.pieces]

    def _columns(self, size: int, value: float) -> Reduced:
        one = np.full(size, value)
        whole = np.zeros(size, dtype=np.int64)
        top = np.zeros((size, self.k), dtype=np.int64)
        rank = whole if math.isnan(value) else whole + 1
        log_probs = np.full((size, self.k), -value)
        own = (-one, one, rank, one, top, log_probs)
        both = (one, one, one, whole.astype(np.bool_), one, one)
        return _columns((*own, *own, *both))


@dataclass(frozen=True)
class Chooses:
    """Options of items under one model; see `multiple_choice`."""

    side: Side
    items: tuple[Choice, ...]
    width: int

    @property
    def texts(self) -> list[list[int]]:
        """Token ids of each item, its options one after the other."""
        return [[*item.context, *(one for option in item.options for one in option)]
                for item in self.items]  # fmt: skip

    def run(self, pair: Pair) -> Done:
        """Read by a pair; what cannot be read in the batch is read by itself."""
        read = multiple_choice.reading(self.side.reader(pair))
        found, failed = each(
            self.items, lambda batch: read(batch, self.width), multiple_choice.unreadable
        )
        return Done(
            {
                "log_prob": np.concatenate([one.log_prob for one in found]),
                "greedy": np.concatenate([one.greedy for one in found]),
            },
            failed,
        )

    def value(self, arrays: Arrays) -> list[Likelihoods]:
        """What `multiple_choice.reading` gives."""
        ends = np.cumsum([len(item.options) for item in self.items])[:-1]
        return [
            Likelihoods(log_prob, greedy, tuple(map(len, item.options)))
            for log_prob, greedy, item in zip(
                np.split(arrays["log_prob"], ends),
                np.split(arrays["greedy"], ends),
                self.items,
                strict=True,
            )
        ]

    def guess(self) -> list[Likelihoods]:
        """In place of what is not read yet."""
        return [
            Likelihoods(
                -1.0 - np.arange(len(item.options), dtype=np.float64),
                np.zeros(len(item.options), dtype=np.bool_),
                tuple(map(len, item.options)),
            )
            for item in self.items
        ]


@dataclass(frozen=True)
class Writes:
    """Coupled continuations by both models; see `batch_generation`."""

    sides: tuple[Side, Side]
    asks: tuple[Ask, ...]
    decoding: Decoding
    width: int

    @property
    def texts(self) -> list[list[int]]:
        """Token ids of each prompt, with its seed in halves of 31 bits behind them."""
        return [[*ask.prompt, ask.seed >> 31, ask.seed & 0x7FFFFFFF] for ask in self.asks]

    def run(self, pair: Pair) -> Done:
        """Written by a pair."""
        first, second = (side.writer(pair) for side in self.sides)
        found = batch_generation.write_batch((first, second), self.asks, self.decoding, self.width)
        texts = [text for _row, *both in found for text in both]
        return Done(
            {"rows": np.array([row for row, *_both in found], dtype=np.int64)} | _packed(texts)
        )

    def value(self, arrays: Arrays) -> list[tuple[int, list[int], list[int]]]:
        """What `batch_generation.write_batch` gives."""
        texts = _unpacked(arrays)
        rows = arrays["rows"].tolist()
        return list(zip(rows, texts[::2], texts[1::2], strict=True))

    def guess(self) -> list[tuple[int, list[int], list[int]]]:
        """In place of what is not written yet."""
        return [(row, [0], [0]) for row in range(len(self.asks))]


@dataclass(frozen=True)
class Answers:
    """A question's answers in own words by both models; see `set_rows`."""

    sides: tuple[Side, Side]
    prompt: tuple[int, ...]
    most: int
    width: int

    @property
    def texts(self) -> list[list[int]]:
        """Token ids of the question."""
        return [list(self.prompt)]

    def run(self, pair: Pair) -> Done:
        """Written by a pair."""
        first, second = (side.writer(pair) for side in self.sides)
        spell = pair.baseline.vocabulary.texts
        found = set_rows.written((first, second), self.prompt, self.most, self.width, spell)
        numbers = {
            "kl": np.array(found.kl, dtype=np.float64),
            "entropies": np.array(found.entropies, dtype=np.float64).reshape(-1, 2),
        }
        return Done(numbers | _packed(found.texts))

    def value(self, arrays: Arrays) -> Written:
        """What `set_rows.written` gives."""
        first, second = _unpacked(arrays)
        entropies = [(one, other) for one, other in arrays["entropies"].tolist()]
        return Written((first, second), arrays["kl"].tolist(), entropies)

    def guess(self) -> Written:
        """In place of what is not written yet."""
        return Written(([0], [0]), [0.5], [(0.5, 0.5)])


Job: TypeAlias = Reads | Chooses | Writes | Answers
WRITING = (Writes, Answers)


def key(job: Job) -> str:
    """Names a job by all that it depends on, beside the models, their device and number type."""
    rest: dict[str, Any] = {
        name: value.document() if isinstance(value, Decoding) else value
        for name, value in vars(job).items()
        if name not in ("pieces", "items", "asks", "prompt")
    }
    shape: list[Any] = []
    if isinstance(job, Reads):
        shape = [piece.new for piece in job.pieces]
    elif isinstance(job, Chooses):
        shape = [[len(option) for option in item.options] for item in job.items]
    texts = job.texts
    said = json.dumps([type(job).__name__, rest, shape, [len(text) for text in texts]])
    found = hashlib.sha256(said.encode())
    for text in texts:
        found.update(np.asarray(text, dtype="<i4").tobytes())
    return found.hexdigest()[:24]


def each(
    items: Sequence[Any], read: Callable[[Sequence[Any]], list[Any]], blank: Callable[[Any], Any]
) -> tuple[list[Any], tuple[tuple[int, str], ...]]:
    """What is read of items together; where that fails, each by itself, and why some cannot be.

    Args:
        blank: Stands for an item that cannot be read.

    Raises:
        OutOfMemory: If what models that take turns have read has no room.
    """
    try:
        return read(items), ()
    except OutOfMemory:  # which is no item's fault
        raise
    except Exception as error:  # whatever a library raises: one item must not end all others
        if len(items) == 1:
            return [blank(items[0])], ((0, f"{type(error).__name__}: {error}"),)
    found: list[Any] = []
    failed: list[tuple[int, str]] = []
    for place, item in enumerate(items):
        (one,), why = each([item], read, blank)
        found.append(one)
        failed += [(place, reason) for _place, reason in why]
    return found, tuple(failed)


def _columns(flat: Sequence[Any]) -> Reduced:
    import torch

    tensors = [torch.from_numpy(np.array(one)) for one in flat]  # ours, to be written to
    return Reduced(
        Columns(*tensors[:_OWN]), Columns(*tensors[_OWN : 2 * _OWN]), *tensors[2 * _OWN :]
    )


def _packed(texts: Sequence[Sequence[int]]) -> Arrays:
    return {
        "ids": np.array([one for text in texts for one in text], dtype=np.int64),
        "lengths": np.array([len(text) for text in texts], dtype=np.int64),
    }


def _unpacked(arrays: Mapping[str, np.ndarray[Any, Any]]) -> list[list[int]]:
    ends = np.cumsum(arrays["lengths"])[:-1]
    return [text.tolist() for text in np.split(arrays["ids"], ends)]
