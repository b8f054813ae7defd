"""Starting Ray, or joining a cluster of it, and what room its machines have."""

from __future__ import annotations

import math
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from fairviz.core.errors import BadSpec, MissingPackage
from fairviz.core.home import PACKAGE
from fairviz.i18n import _

# Seconds that a cluster may take to answer.
_PATIENCE = 10
# Seconds between two looks at its head, and how long that may be silent.
_EVERY, _GONE = 3.0, 20.0
# What a worker needs of this process's surroundings.
_ENVIRONMENT = (
    "FAIRVIZ_CACHE", "FAIRVIZ_MEMORY", "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_ENDPOINT",
)  # fmt: skip
_PREFIX = "ray"


class Head:
    """The head of the cluster that was joined; a minute after it is gone Ray ends this process,
    without a word."""

    def __init__(self) -> None:
        import ray

        host, _colon, port = ray.get_runtime_context().gcs_address.rpartition(":")
        self._place = host.strip("[]"), int(port)
        self._asked, self._missed = time.monotonic(), math.inf

    def look(self) -> None:
        """Ask it, every few seconds.

        Raises:
            BadSpec: If it has not answered for long.
        """
        now = time.monotonic()
        if now - self._asked < _EVERY:
            return
        self._asked = now
        try:
            socket.create_connection(self._place, timeout=_EVERY).close()
            self._missed = math.inf
        except OSError as error:
            self._missed = min(self._missed, now)
            if now - self._missed >= _GONE:
                raise BadSpec(
                    _("The head of the cluster does not answer any more."),
                    fix=_("Look at the cluster; the same command goes on from what is kept."),
                ) from error


def is_cluster(engine: str) -> bool:
    """Whether an engine's name is `ray` or `ray:ADDRESS`."""
    name, colon, address = engine.partition(":")
    return name == _PREFIX and bool(address or not colon)


def shared(machines: Sequence[int], actors: int, most: int) -> tuple[int, int]:
    """Processors of each worker, and how many of them one machine has at most.

    Args:
        machines: Processors of each, of which there are as many as workers in all.
        most: The most that a worker uses.
    """
    several = range(max(1, min(most, max(machines))), 0, -1)
    each = next(n for n in several if sum(one // n for one in machines) >= actors)
    room, on = [one // each for one in machines], [0] * len(machines)
    for _number in range(actors):  # one after the other where there are fewest
        on[min((at for at, n in enumerate(room) if on[at] < n), key=on.__getitem__)] += 1
    return each, max(on)


def start(engine: str) -> bool:
    """Start or join a cluster, unless this process is in one; whether it was not."""
    import logging

    address = engine.partition(":")[2]
    # A busy machine takes longer to start than Ray waits.
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "120")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    # Of every actor that may be started anew it tells that its arguments must stay, which they do.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    # How it asks for a token it reads once, when it is imported.
    if "ray" not in sys.modules and "RAY_AUTH_MODE" not in os.environ:
        if not address:  # its ports are open to the network, and whoever is let in runs code here
            os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
        elif _has_token():
            os.environ["RAY_AUTH_MODE"] = "token"  # as `ray start` does where there is one
    try:
        import ray
    except ImportError:
        raise MissingPackage(
            _("Ray is not installed."),
            fix=_("pip install 'fairviz[ray]', or leave out --engine."),
        ) from None
    # It writes of what died to stdout, where a result may be written; what matters is told by us.
    if inside := sys.modules.get("ray._private.worker"):
        vars(inside)["print_to_stdstream"] = lambda *given, **named: None
    if ray.is_initialized():
        return False
    path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    surroundings = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        if colon:  # Ray itself would try for minutes
            _refuse_stranger(host, int(port))
        with _silent(), _uninterrupted():
            ray.init(
                address=address or "local",
                include_dashboard=None if address else False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                runtime_env={"env_vars": {"PYTHONPATH": path, **surroundings}},
            )
    except Exception as error:  # whatever Ray raises of an address
        raise BadSpec(
            _("No Ray cluster answers at {address}: {why}", address=address, why=error),
            fix=_(
                "Start one with `ray start --head`, or write --engine ray for one on this machine. "
                "Where the cluster asks for a token set RAY_AUTH_MODE=token, else "
                "RAY_AUTH_MODE=disabled."
            ),
        ) from error
    return True


def _has_token() -> bool:
    """Whether there is a token for a cluster where Ray looks for one."""
    named = os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH")
    return bool(named) or (Path.home() / ".ray" / "auth_token").is_file()


def _refuse_stranger(host: str, port: int) -> None:
    """Refuse what is no server of Ray's kind (HTTP/2), for which Ray would wait without end.

    Raises:
        OSError: If it does not answer, or otherwise.
    """
    with socket.create_connection((host, port), timeout=_PATIENCE) as there:
        if os.environ.get("RAY_USE_TLS", "0") != "0":
            return
        # The beginning of a connection, and a frame of no settings; the same comes back.
        there.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5))
        if there.recv(4)[3:] != b"\x04":
            raise ConnectionError(_("what answers there is no Ray"))


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing that compiled code says reaches the error stream; what it raises does."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits: Ray does not survive it while it starts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: asked.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
    if asked:
        raise KeyboardInterrupt
