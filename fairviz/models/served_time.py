"""An end for an answer that trickles: a timeout between its pieces never comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR
from threading import Event, Timer
from typing import Any


class TooLate(Exception):
    """No whole answer in time."""


@contextmanager
def in_time(seconds: float) -> Iterator[Callable[[str, dict[str, Any]], None]]:
    """Ends the connection of a request after so long, whichever part of its answer trickles.

    Yields:
        What httpx tells of its connections: the request's extension `trace`.

    Raises:
        TooLate: If it was ended, also where what came before looks whole.
    """
    streams: list[Any] = []
    over = Event()

    def told(event: str, info: dict[str, Any]) -> None:
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            streams.append(info["return_value"])
            if over.is_set():
                end()

    def end() -> None:
        over.set()
        for stream in streams[-1:]:  # those before it are wrapped in it
            with suppress(OSError):  # closed already
                stream.get_extra_info("socket").shutdown(SHUT_RDWR)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield told
    except Exception as error:
        if over.is_set():
            raise TooLate from error
        raise
    finally:
        timer.cancel()
    if over.is_set():
        raise TooLate
