"""One model computes at a time: a queue before a device, first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from types import TracebackType


class DeviceQueue:
    """The queue. Enter it with `with`, wait in it, and leave it however the block ends."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: deque[Ticket] = deque()

    def enter(self) -> Ticket:
        """A place at the end of the line, taken when the `with` block begins."""
        return Ticket(self)

    def __len__(self) -> int:
        """How many are in line, the one at work included."""
        return len(self._line)


class Ticket:
    """One place in the line of a `DeviceQueue`."""

    _POLL_SECONDS = 0.1

    def __init__(self, queue: DeviceQueue) -> None:
        self._queue = queue

    def __enter__(self) -> Ticket:
        with self._queue._changed:
            self._queue._line.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._queue._changed:
            self._queue._line.remove(self)
            self._queue._changed.notify_all()

    def wait(self) -> Iterator[int]:
        """The number of people ahead, about ten times a second, until it is our turn."""
        changed, line = self._queue._changed, self._queue._line
        while True:
            with changed:
                ahead = line.index(self)
                if ahead == 0:
                    return
            yield ahead
            with changed:
                if line.index(self) > 0:
                    changed.wait(self._POLL_SECONDS)
