"""How much a visitor may ask of the machine: tokens in an hour, one place in the queue."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fairviz.core.errors import FairvizError
from fairviz.i18n import _, ngettext

HOUR = 3600.0
# A prompt is read as well, and no limit on what is written bounds it.
LONGEST_PROMPT = 2000
# What all may have together, in visitors: whoever signs in anew is another visitor.
TOGETHER = 20


class TooMuch(FairvizError):
    """More than a visitor may ask for now."""


class Allowance:
    """What each visitor has used."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._used: dict[str, deque[tuple[float, int]]] = {}
        self._in_line: set[str] = set()

    def left(self, visitor: str, limit: int) -> int:
        """Tokens that a visitor may still have written within this hour, of `limit`."""
        with self._lock:
            return limit - self._spent(visitor)

    def _spent(self, visitor: str) -> int:
        now = self._clock()
        for name, used in list(self._used.items()):
            while used and used[0][0] <= now - HOUR:
                used.popleft()
            if not used:
                del self._used[name]
        return sum(tokens for _rest, tokens in self._used.get(visitor, ()))

    @contextmanager
    def place(self, visitor: str, tokens: int, limit: int) -> Iterator[None]:
        """A visitor's one place in the queue, held while the block runs.

        Raises:
            TooMuch: If the visitor has one already, or no such number of tokens is left.
        """
        with self._lock:
            if visitor in self._in_line:
                raise TooMuch(
                    _("You are asking something already, in another window."),
                    fix=_("Wait for that answer, or stop it."),
                )
            left = limit - self._spent(visitor)
            spent = sum(used for one in self._used.values() for _rest, used in one)
            if len(self._in_line) >= TOGETHER or spent + tokens > TOGETHER * limit:
                raise TooMuch(
                    _("Too many are asking at the moment."), fix=_("Come back in a while.")
                )
            if tokens > left:
                raise TooMuch(
                    ngettext(
                        "You have {n} token left in this hour, and asked for {tokens}.",
                        "You have {n} tokens left in this hour, and asked for {tokens}.",
                        left,
                        tokens=tokens,
                    ),
                    fix=_("Ask for fewer new tokens, or come back later."),
                )
            self._used.setdefault(visitor, deque()).append((self._clock(), tokens))
            self._in_line.add(visitor)
        try:
            yield
        finally:
            with self._lock:
                self._in_line.discard(visitor)
