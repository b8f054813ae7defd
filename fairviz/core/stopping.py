"""SIGTERM ends a process calmly: within about a second, with exit code 143, nothing half-made.

Python hears a signal between two of its own steps, and a matrix product of a large model is one
step. What is being written has a temporary name until it is whole, so a process that does not come
to its next step in time may be ended in the middle of this one.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

PATIENCE = 1.0  # seconds
_WORDS = b"stopped\n"


class Terminated(BaseException):
    """SIGTERM came: unwinds the command, and no `except Exception` holds it up."""


@contextmanager
def hearing() -> Iterator[None]:
    """Within, SIGTERM raises `Terminated`; where a single step takes too long it ends the process.

    Does nothing in a thread other than the main one, which alone hears signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = threading.Event()

    def hear(number: int, frame: FrameType | None) -> None:
        heard.set()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would break off the tidying
        raise Terminated

    before = signal.signal(signal.SIGTERM, hear)
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    woken = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_insist, args=(reading, heard), daemon=True).start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(woken)
        signal.signal(signal.SIGTERM, before)
        os.close(writing)


def _insist(reading: int, heard: threading.Event) -> None:
    """Wait for the signal, which the system itself writes down here, then for it to be heard."""
    with os.fdopen(reading, "rb", buffering=0) as signals:
        while number := signals.read(1):
            if number[0] == signal.SIGTERM and not heard.wait(PATIENCE):
                os.write(2, _WORDS)
                end(signal.SIGTERM)


def end(number: int) -> NoReturn:
    """End this process now, with the exit code that a shell gives to this signal."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(128 + number)


def in_time(number: int) -> None:
    """From now on this signal, besides what it does anyway, ends the process within a second."""
    usual = signal.getsignal(number)

    def hear(number: int, frame: FrameType | None) -> None:
        os.write(2, _WORDS)
        timer = threading.Timer(PATIENCE, end, (number,))
        timer.daemon = True
        timer.start()
        if callable(usual):
            usual(number, frame)

    signal.signal(number, hear)
