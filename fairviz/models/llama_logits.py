"""A file of log-probabilities that llama.cpp wrote: its header, its tokens, its rows.

`llama-perplexity -m MODEL.gguf -f TEXT --kl-divergence-base FILE` cuts the text's tokens into
chunks of `n_ctx`, gives each to the model by itself (with the beginning-of-text token in place of
its first, where the vocabulary asks for one), and keeps what the model expects in the second half
of each. Little-endian, from `perplexity` in llama.cpp's tools/perplexity/perplexity.cpp:

    8 bytes                 _logits_
    int32                   n_ctx, n_vocab, n_chunk
    int32                   the tokens, n_chunk rows of n_ctx
    uint16                  n_chunk times n_ctx - 1 - n_ctx / 2 rows of 2 * ((n_vocab + 1) / 2) + 4:
                            two float32, scale and least, then n_vocab steps, and one unused
                            where n_vocab is odd

A row's log-probabilities are `scale * step + least`, in float32. Its first row is of the place
n_ctx / 2, so that the first token that is scored is the one behind it. All that is more than 16
nats below the most likely token has the step 0, which is that far below it (`log_softmax`).

So a row is a distribution within what is lost of it, or the file is damaged. No scale is above
16 / 65535, and no log-probability above 0 but by rounding. With a step above 0 each is within half
a scale of the true one; with the step 0 it is too where the row spans less than 16 nats, and else
its token has anything from 0 to the floor. The sum without the floors is then at most
exp(scale / 2), and the sum with them at least exp(-scale / 2), both but for rounding (`_ROUNDING`).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fairviz.core.declared import refusals_of
from fairviz.core.errors import Unreadable

if TYPE_CHECKING:
    import numpy.typing as npt

_MAGIC, _HEADER = b"_logits_", struct.Struct("<8s3i")
# Values of 16 bits before the steps of a row.
_LEAD = 4
# Nats between the most likely token and the floor; float32 of large logits moves it a little.
_SPAN, _STEPS, _LOOSE = 16.0, 65535, 0.1
# Nats by which a row of float32 may miss being a distribution, beside its steps.
_ROUNDING = 1e-3
_refused = refusals_of(__file__, Unreadable)


class Rows(NamedTuple):
    """What a model expects at R places: (R, 1) float32 each, and (R, V) steps.

    The log-probabilities are `scale * steps + least`, (R, V) natural logarithms, as llama.cpp
    reads them: not normalized again.
    """

    scale: npt.NDArray[np.float32]
    least: npt.NDArray[np.float32]
    steps: npt.NDArray[np.uint16]
    log_probs: npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LogitsFile:
    """A file whose size is that of what its header names.

    Attributes:
        path: Of the file.
        n_ctx: Tokens of a chunk.
        vocabulary_size: Tokens that each row gives a log-probability to.
        n_chunks: Chunks.
        tokens: (n_chunks, n_ctx) ids as the text was cut, without the beginning-of-text tokens
            that were put in the place of each chunk's first.
    """

    path: Path
    n_ctx: int
    vocabulary_size: int
    n_chunks: int
    tokens: npt.NDArray[np.int64]

    @property
    def first(self) -> int:
        """Index in a chunk of the first token that has a row; the place before it is its row's."""
        return self.n_ctx // 2 + 1

    @property
    def scored(self) -> int:
        """Tokens of a chunk that have a row."""
        return self.n_ctx - self.first

    def rows(self, chunk: int, start: int, end: int) -> Rows:
        """What the model expects before the tokens `first + start` to `first + end` of a chunk.

        Raises:
            Unreadable: With chunk and row, if a row is not made of numbers or is no distribution.
        """
        width = _width(self.vocabulary_size)
        place = _HEADER.size + 4 * self.tokens.size + 2 * width * (chunk * self.scored + start)
        shape = end - start, width
        try:
            rows = np.memmap(self.path, dtype="<u2", mode="r", offset=place, shape=shape)
            lead = np.array(rows[:, :_LEAD]).view("<f4")
            steps = np.array(rows[:, _LEAD : _LEAD + self.vocabulary_size])
        except (OSError, ValueError) as error:
            raise _refused("unreadable", path=self.path, reason=error) from error
        scale, least = lead[:, :1], lead[:, 1:]
        fits = (scale >= 0) & (scale * _STEPS <= _SPAN + _LOOSE)
        odd = ~(np.isfinite(lead) & fits & (least <= 0)).all(axis=1)
        self._refuse("no_numbers", chunk, start, odd)
        found = Rows(scale, least, steps, scale * steps.astype(np.float32) + least)
        most = found.log_probs.max(axis=1)
        self._refuse("above", chunk, start, most > _ROUNDING, most)
        off, total = _sums(found)
        self._refuse("no_sum", chunk, start, off, total)
        return found

    def _refuse(
        self, key: str, chunk: int, start: int, odd: npt.NDArray[np.bool_], values: Any = None
    ) -> None:
        if odd.any():
            at = int(odd.argmax())
            value = None if values is None else float(values[at])
            row = start + at + 1
            raise _refused(key, path=self.path, chunk=chunk + 1, row=row, value=value)


def _sums(rows: Rows) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Of each row whether its probabilities cannot add up to 1, and what they add up to."""
    total = np.exp(rows.log_probs).sum(axis=1, dtype=np.float64)
    floors = (rows.steps == 0).sum(axis=1) * np.exp(rows.least[:, 0]).astype(np.float64)
    clipped = rows.scale[:, 0] * rows.steps.max(axis=1) > _SPAN - _LOOSE
    bound = rows.scale[:, 0] / 2 + _ROUNDING
    sure = np.where(clipped, total - floors, total)
    return (sure > np.exp(bound)) | (total < np.exp(-bound)), total


def _width(vocabulary_size: int) -> int:
    """Values of 16 bits in a row."""
    return 2 * ((vocabulary_size + 1) // 2) + _LEAD


def logits_file(path: Path) -> LogitsFile:
    """Reads the header and the tokens; the size of the file is checked before either is believed.

    Raises:
        Unreadable: If it cannot be opened, is no such file, or is shorter or longer than what its
            header names.
    """
    path = path.expanduser()
    try:
        if not path.is_file():
            raise _refused("absent", path=path)
        with path.open("rb") as file:
            size, head = os.fstat(file.fileno()).st_size, file.read(_HEADER.size)
            if len(head) < _HEADER.size or not head.startswith(_MAGIC):
                raise _refused("foreign", path=path)
            _magic, n_ctx, vocabulary_size, n_chunks = _HEADER.unpack(head)
            if n_ctx < 3 or vocabulary_size < 2 or n_chunks < 1:
                raise _refused(
                    "impossible", path=path, ctx=n_ctx, vocabulary=vocabulary_size, chunks=n_chunks
                )
            chunk = 2 * _width(vocabulary_size) * (n_ctx - 1 - n_ctx // 2)
            whole = _HEADER.size + 4 * n_ctx * n_chunks + chunk * n_chunks
            if size != whole:
                which = "short" if size < whole else "long"
                raise _refused(which, path=path, size=size, whole=whole, chunks=n_chunks)
            tokens = np.frombuffer(file.read(4 * n_ctx * n_chunks), dtype="<i4").astype(np.int64)
    except OSError as error:
        raise _refused("unreadable", path=path, reason=error.strerror) from error
    strange = tokens[(tokens < 0) | (tokens >= vocabulary_size)]
    if len(strange):
        raise _refused("strange", path=path, token=int(strange[0]), vocabulary=vocabulary_size)
    return LogitsFile(path, n_ctx, vocabulary_size, n_chunks, tokens.reshape(n_chunks, n_ctx))
