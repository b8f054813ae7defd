"""What a model has read, so that a second form of it costs no second reading.

The distributions of a text do not fit, but what they are made of does: the head's input, H numbers
a token. They are kept bit for bit, a whole batch at a time, under the very tokens of it, for as
long as the model is loaded.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

from fairviz.core.errors import OutOfMemory
from fairviz.models.refusals import refusal

V = TypeVar("V")
# Bytes that are kept where every reading can be had again: 100,000 tokens of 2.5 kB.
_USUAL = 256_000_000


class Readings:
    """A model's readings, the latest that fit.

    Args:
        most: Bytes that they may take.
    """

    def __init__(self, most: int = _USUAL) -> None:
        self.most = most
        # What must stay, since it could not be read again without the model that has taken its
        # place in memory: all that is asked from `begin` on. None where everything may go.
        self._stay: set[Hashable] | None = None
        self.bytes = 0
        self.made = 0  # how often the model has read
        self._found: OrderedDict[Hashable, tuple[int, object]] = OrderedDict()

    def begin(self, most: int) -> None:
        """Keep all that is asked from now on, in so many bytes."""
        self.most, self._stay = most, set()

    def of(self, asked: Hashable, read: Callable[[], V], size: Callable[[V], int]) -> V:
        """What the model reads, or has read.

        Args:
            asked: Whatever the reading depends on.
            read: Reads it.
            size: Bytes of what was read.

        Raises:
            OutOfMemory: If all must be kept, and this is more than fits.
        """
        if self._stay is not None:
            self._stay.add(asked)
        if (there := self._found.get(asked)) is not None:
            self._found.move_to_end(asked)
            return there[1]  # type: ignore[return-value]  # as it was put
        found = read()
        self.made += 1
        taken = size(found)
        stay = self._stay or set()
        while (
            self.bytes + taken > self.most and self._found and next(iter(self._found)) not in stay
        ):
            self.bytes -= self._found.popitem(last=False)[1][0]
        if self.bytes + taken <= self.most:
            self._found[asked] = taken, found
            self.bytes += taken
        elif self._stay is not None:
            raise refusal("readings_do_not_fit", OutOfMemory, most=self.most / 1e9)
        return found
