"""Both models read the same texts; every token is measured under both, each exactly once.

Texts are read in batches of similar length, padded on the right, where padding changes no
number of a causal model. A text longer than the context is read in windows that overlap by
half. The vocabulary is reduced a few positions at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fairviz.inference.split_forward import Halves, halves_of, padded
from fairviz.metrics.fused import Reduced, Side, reduce
from fairviz.metrics.traces import Bools, Floats, Ints
from fairviz.models.elsewhere import elsewhere
from fairviz.models.finite import embedding_rows, without_embedding
from fairviz.models.handles import Reader

if TYPE_CHECKING:
    from torch import Tensor

# Bytes of one model's float32 logits that exist at once: a product of many rows is faster per row.
_LOGITS = 128_000_000


class Read(NamedTuple):
    """One model's columns of one text; see `traces.TokenTrace`."""

    log_prob: Floats
    entropy: Floats
    rank: Ints
    margin: Floats
    top_ids: Ints
    top_log_probs: Floats


class Scored(NamedTuple):
    """One text of T + 1 ids, of which T are scored; see `traces.PairTrace` and `fused.Reduced`."""

    ids: Ints
    baseline: Read
    compressed: Read
    kl: Floats
    kl_reverse: Floats
    js: Floats
    same_top: Bools
    collision: Floats
    variance: Floats

    @property
    def finite(self) -> bool:
        """Whether both models gave every token asked for a finite log-probability."""
        return self.unread is None and all(
            bool((np.isfinite(read.log_prob) | (read.rank == 0)).all())
            for read in (self.baseline, self.compressed)
        )

    @property
    def unread(self) -> int | None:
        """The first place whose distribution is not made of numbers under one of the models."""
        (places,) = np.nonzero(np.isnan(self.baseline.entropy + self.compressed.entropy))
        return int(places[0]) if len(places) else None


class Piece(NamedTuple):
    """Part of a text that fits the context: its place among the parts, and what is new in it.

    The last id is only asked for: nothing is read of what follows it.
    """

    text: int
    place: int
    ids: list[int]
    new: int


def score(
    baseline: Reader,
    compressed: Reader,
    texts: Sequence[Sequence[int]],
    *,
    width: int,
    bos_id: int | None = None,
    k: int = 10,
    batch_tokens: int = 4096,
    on_batch: Callable[[int, int], None] | None = None,
) -> Generator[tuple[int, Scored]]:
    """Every text under both models; closing the iterator stops the models.

    Args:
        baseline: One model.
        compressed: The other; the same object is run once, so that its shifts are 0.
        texts: Token ids; the first of a text is context, every later one is scored.
        width: Size V of the vocabulary that both models share.
        bos_id: Beginning-of-text token, put before every window of a long text too.
        k: How many of the most likely tokens are kept.
        batch_tokens: The most tokens of a batch, padding included.
        on_batch: Told how many tokens of how many are read, after every batch.

    Yields:
        Index of a text and its columns, short texts first. A text of one id has none. Where a
        distribution is not made of numbers its columns are NaN (ranks 0); a text with a token
        that a model has no embedding for is NaN throughout, and comes before the others. See
        `Scored.finite`.

    Raises:
        ValueError: If a text is empty.
    """
    if any(not len(ids) for ids in texts):
        raise ValueError("an empty text has no first token to read from")
    most = _fits(baseline, compressed)
    readable, unreadable = _readable(baseline, compressed, texts, width)
    for number in unreadable:
        yield number, _without_numbers(texts[number], len(texts[number]) - 1, k)
    pieces = [
        piece
        for number in readable
        for piece in _windows(number, [int(one) for one in texts[number]], most, bos_id)
    ]
    waiting = np.bincount([piece.text for piece in pieces], minlength=len(texts))
    parts: dict[int, dict[int, Reduced]] = {}
    read = _read(baseline, compressed, pieces, width, k, batch_tokens, on_batch)
    for batch, found in read:
        for piece, reduced in zip(batch, found, strict=True):
            parts.setdefault(piece.text, {})[piece.place] = reduced
            waiting[piece.text] -= 1
        for number in sorted({piece.text for piece in batch if not waiting[piece.text]}):
            found_in = parts.pop(number)
            yield number, joined(texts[number], [found_in[one] for one in sorted(found_in)])


def following(
    baseline: Reader,
    compressed: Reader,
    prompts: Sequence[Sequence[int]],
    *,
    width: int,
    bos_id: int | None = None,
    k: int = 10,
    batch_tokens: int = 4096,
    on_batch: Callable[[int, int], None] | None = None,
) -> Generator[tuple[int, Scored]]:
    """What both models expect after every prompt: one distribution each, of no token.

    A prompt longer than the context is read from as far back as fits.

    Args:
        prompts: Token ids, at least one each.
        baseline, compressed, width, bos_id, k, batch_tokens, on_batch: As for `score`.

    Yields:
        Index of a prompt and its columns of length 1, short prompts first; `log_prob` and
        `rank` are NaN and 0, since no token is asked for. What cannot be read is NaN, as for
        `score`.

    Raises:
        ValueError: If a prompt is empty.
    """
    if any(not len(ids) for ids in prompts):
        raise ValueError("nothing follows an empty prompt")
    most = _fits(baseline, compressed)
    pieces = []
    readable, unreadable = _readable(baseline, compressed, prompts, width)
    for number in unreadable:
        yield number, _without_numbers(prompts[number], 1, k)
    for number in readable:
        ids = [int(one) for one in prompts[number]]
        if most is not None and len(ids) > most:
            lead = ids[:1] if ids[0] == bos_id else []
            ids = lead + ids[len(ids) - most + len(lead) :]
        # A stand-in for the token to come: the distribution before it is what is read.
        pieces.append(Piece(number, 0, [*ids, 0], 1))
    for batch, found in _read(baseline, compressed, pieces, width, k, batch_tokens, on_batch):
        for piece, reduced in zip(batch, found, strict=True):
            scored = joined(piece.ids[:-1], [reduced])
            first, second = map(_of_no_token, (scored.baseline, scored.compressed))
            yield piece.text, scored._replace(baseline=first, compressed=second)


def _readable(
    baseline: Reader, compressed: Reader, texts: Sequence[Sequence[int]], width: int
) -> tuple[list[int], list[int]]:
    """Numbers of the texts whose every token has an embedding in both models, and of the others."""
    rows = min(width, embedding_rows(baseline.model, compressed.model))
    found: tuple[list[int], list[int]] = ([], [])
    for number, ids in enumerate(texts):
        found[without_embedding(ids, rows) is not None].append(number)
    return found


def _without_numbers(ids: Sequence[int], size: int, k: int) -> Scored:
    """The columns of a text that was not read: NaN, ranks of 0."""
    nan, top = np.full(size, np.nan), np.full((size, k), np.nan)
    whole = np.zeros(size, dtype=np.int64)
    read = Read(nan, nan, whole, nan, np.zeros((size, k), dtype=np.int64), top)
    text = np.asarray(ids, dtype=np.int64)
    return Scored(text, read, read, nan, nan, nan, whole.astype(np.bool_), nan, nan)


def _of_no_token(read: Read) -> Read:
    return read._replace(
        log_prob=np.full_like(read.log_prob, np.nan), rank=np.zeros_like(read.rank)
    )


def _fits(baseline: Reader, compressed: Reader) -> int | None:
    return min(
        (one.context_length for one in (baseline, compressed) if one.context_length), default=None
    )


def _read(
    baseline: Reader,
    compressed: Reader,
    pieces: Sequence[Piece],
    width: int,
    k: int,
    batch_tokens: int,
    on_batch: Callable[[int, int], None] | None,
) -> Iterator[tuple[list[Piece], list[Reduced]]]:
    """Batches of pieces, short ones first, with the columns of each piece."""
    total, done = sum(len(piece.ids) for piece in pieces), 0
    read = reading(baseline, compressed)
    for batch in _batches(pieces, batch_tokens, _most_rows(baseline, compressed)):
        found = read(batch, width, k)
        done += sum(len(piece.ids) for piece in batch)
        if on_batch is not None:
            on_batch(done, total)
        yield batch, found


def reading(
    baseline: Reader, compressed: Reader
) -> Callable[[Sequence[Piece], int, int], list[Reduced]]:
    """Reads a batch of pieces, here or wherever the models are: the columns of each."""
    import torch

    if (far := elsewhere(baseline.model)) is not None:
        return partial(far.read, (baseline, compressed))
    with torch.inference_mode():
        first = _Side.of(baseline)
        second = first if compressed == baseline else _Side.of(compressed)

    def read(batch: Sequence[Piece], width: int, k: int) -> list[Reduced]:
        with torch.inference_mode():
            return _batch(first, second, list(batch), width, k)

    return read


class _Side(NamedTuple):
    reader: Reader
    halves: Halves

    @classmethod
    def of(cls, reader: Reader) -> _Side:
        return cls(reader, halves_of(reader))

    def hidden(self, batch: list[Piece], ids: Tensor, mask: Tensor, where: Any) -> Tensor:
        """The head's input at the places of a batch that are new: (R, H)."""
        reader, halves = self

        def read() -> Tensor:
            return halves.hidden(ids.to(halves.device), mask.to(halves.device))[where]

        if reader.readings is None:
            return read()
        asked = reader.dtype, reader.alone, tuple((piece.new, *piece.ids) for piece in batch)
        kept = reader.readings.of(asked, lambda: read().cpu(), lambda rows: rows.nbytes)
        return kept.to(halves.device)


def _windows(text: int, ids: list[int], most: int | None, bos_id: int | None) -> Iterator[Piece]:
    """A text in pieces of at most `most` ids; every id but the first is new in one of them."""
    if most is None or len(ids) <= most:
        yield Piece(text, 0, ids, len(ids) - 1)
        return
    lead = ids[:1] if ids[0] == bos_id else []
    yield Piece(text, 0, ids[:most], most - 1)
    done, place = most, 1
    while done < len(ids):
        # The last window reaches back as far as it can rather than being short.
        end = min(done + most // 2, len(ids))
        yield Piece(text, place, lead + ids[end - most + len(lead) : end], end - done)
        done, place = end, place + 1


def _most_rows(*readers: Reader) -> int | None:
    """The most texts in a batch, where someone who does not read alone asks for few."""
    return min((one.rows for one in readers if one.rows and not one.alone), default=None)


def _batches(pieces: Sequence[Piece], batch_tokens: int, rows: int | None) -> Iterator[list[Piece]]:
    batch: list[Piece] = []
    for piece in sorted(pieces, key=lambda one: len(one.ids)):
        full = len(batch) == rows or len(piece.ids) * (len(batch) + 1) > batch_tokens
        if batch and full:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch


def _batch(
    baseline: _Side, compressed: _Side, batch: list[Piece], width: int, k: int
) -> list[Reduced]:
    import torch

    # As in lm-evaluation-harness; a text of one id is read for nothing.
    ids, mask = padded([piece.ids[: max(1, len(piece.ids) - 1)] for piece in batch])
    rows: list[int] = []
    places: list[int] = []
    targets: list[int] = []
    for row, piece in enumerate(batch):
        size = len(piece.ids)
        rows += [row] * piece.new
        # A token's distribution is read one place before it.
        places += range(size - piece.new - 1, size - 1)
        targets += piece.ids[size - piece.new :]
    where = torch.tensor(rows, dtype=torch.long), torch.tensor(places, dtype=torch.long)
    same = compressed is baseline
    sides = (baseline,) if same else (baseline, compressed)
    hidden = [side.hidden(batch, ids, mask, where) for side in sides]
    wanted = torch.tensor(targets, dtype=torch.long, device=hidden[0].device)
    most = max(1, _LOGITS // (4 * width))
    # As many rows in each chunk, so that none is small.
    chunk = max(1, -(-len(targets) // max(1, -(-len(targets) // most))))
    chunks = []
    for start in range(0, len(targets), chunk):
        here = slice(start, start + chunk)
        p = baseline.halves.logits(hidden[0][here])[:, :width]
        q = p if same else compressed.halves.logits(hidden[1][here])[:, :width]
        found = reduced(p, q, wanted[here], k)
        # The last digit of a sum depends on where its numbers lie.
        chunks.append(found._replace(compressed=found.baseline) if same else found)
    if not chunks:
        return [_nothing(k)] * len(batch)
    whole = _cat(chunks)
    ends = np.cumsum([piece.new for piece in batch]).tolist()
    return [
        _each(lambda field, one=slice(end - piece.new, end): field[one], whole)
        for piece, end in zip(batch, ends, strict=True)
    ]


def reduced(p: Tensor, q: Tensor, targets: Tensor, k: int) -> Reduced:
    """`metrics.fused.reduce`, by the kernels of a GPU where there is one that runs them."""
    if p.is_cuda:
        from fairviz.metrics.fused_cuda import available, reduce_cuda

        if available(p):
            return reduce_cuda(p, q, targets, k)
    return reduce(p, q, targets, k)


def _each(change: Callable[..., Tensor], *parts: Reduced) -> Reduced:
    """Every column of one or of several, changed or put together in the same way."""
    columns: list[Any] = list(zip(*parts, strict=True))
    baseline, compressed, *rest = columns
    return Reduced(
        Side(*map(change, *baseline)),
        Side(*map(change, *compressed)),
        *(change(*fields) for fields in rest),
    )


def _cat(parts: Sequence[Reduced]) -> Reduced:
    import torch

    return _each(lambda *fields: torch.cat(fields).cpu(), *parts)


def _nothing(k: int) -> Reduced:
    import torch

    none, wide = torch.zeros(0, dtype=torch.float64), torch.zeros((0, k), dtype=torch.float64)
    whole = torch.zeros(0, dtype=torch.long)
    side = Side(none, none, whole, none, wide.long(), wide)
    return Reduced(side, side, none, none, none, whole.bool(), none, none)


def joined(ids: Sequence[int], parts: Sequence[Reduced]) -> Scored:
    """The columns of rows that were reduced one after the other."""
    whole = _cat(parts)
    return Scored(
        np.asarray(ids, dtype=np.int64),
        Read(*(field.numpy() for field in whole.baseline)),
        Read(*(field.numpy() for field in whole.compressed)),
        *(field.numpy() for field in whole[2:]),
    )
