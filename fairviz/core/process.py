"""This process and the system: how many files it may have open, and how SIGTERM ends it calmly.

Python hears a signal between two of its own steps, and a matrix product of a large model is one
step. What is being written has a temporary name until it is whole, so a process that does not come
to its next step in time may be ended in the middle of this one: within about a second, with exit
code 143, nothing half-made.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple, NoReturn

WANTED = 8192
_NEAR = 0.8


class OpenFiles(NamedTuple):
    """Files, sockets and the like.

    Streamlit keeps the session of each closed tab for a while (`server.disconnectedSessionTTL`, two
    minutes; the last 128 of them), and each has an event loop of three open files.
    """

    now: int
    most: int

    @property
    def near(self) -> bool:
        """Whether a few more sessions may be one too many."""
        return self.now > _NEAR * self.most


def raise_limit() -> None:
    """Let this process open as many files as it may, up to `WANTED`; nothing on Windows."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def counted() -> OpenFiles | None:
    """What is open now; None where the system does not tell."""
    try:
        now = len(os.listdir("/dev/fd")) - 1  # the listing is one itself
    except OSError:
        return None
    import resource

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return OpenFiles(now, sys.maxsize if most == resource.RLIM_INFINITY else most)


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
