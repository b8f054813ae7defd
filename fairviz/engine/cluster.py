"""Ray: workers that each hold the pair, and blocks of what is to be read that they are handed.

Nothing of it is imported unless a cluster is asked for. A worker has one block and the next at a
time; whoever hands out more waits, so that a set of any size passes through. One that dies is
replaced, and what it had begun is read again.

Workers are actors of Ray's core, not of Ray Data: that wants the whole set before it begins, and
loads every model anew for each set, of which a run hands out several.
"""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from fairviz.core.errors import BadSpec, FairvizError, MissingPackage
from fairviz.core.home import PACKAGE
from fairviz.engine.finished import Packed
from fairviz.engine.jobs import Done, Job
from fairviz.engine.run import Known
from fairviz.engine.worker import Actor, Asked
from fairviz.i18n import _, ngettext

# Jobs that a worker takes at once; of models that take turns more, since each turn is a reading of
# the weights.
_BLOCK, _BLOCK_IN_TURN = 4, 64
# Blocks that a worker has: the one that it reads, and the next.
_EACH = 2
# How often a block is begun anew whose worker dies.
_TRIES = 3
# Seconds between two words while workers load the pair.
_PACE = 1.0
# Seconds that a cluster may take to answer.
_PATIENCE = 10
# What a worker needs of this process's surroundings.
_ENVIRONMENT = (
    "FAIRVIZ_CACHE", "FAIRVIZ_MEMORY", "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_ENDPOINT",
)  # fmt: skip
_PREFIX = "ray"


class Place(NamedTuple):
    """Where workers run."""

    device: str
    dtype: str


def is_cluster(engine: str) -> bool:
    """Whether an engine's name is `ray` or `ray:ADDRESS`."""
    name, colon, address = engine.partition(":")
    return name == _PREFIX and bool(address or not colon)


class Cluster:
    """A Ray cluster that this process has started or joined.

    Args:
        engine: `ray` starts one on this machine, `ray:ADDRESS` joins another.
        actors: Workers; 0 is one a GPU, or one a machine where there is none.

    Raises:
        MissingPackage: If Ray is not installed.
        BadSpec: If it cannot be joined, or there are not so many GPUs.
    """

    def __init__(self, engine: str, actors: int = 0) -> None:
        self._own = _start(engine)
        import ray

        self._workers: list[Any] = []  # all of them
        self._loading: dict[Any, Any] = {}  # what one tells once it has the pair -> the worker
        self._reading: dict[Any, Any] = {}  # a block that is out -> its worker
        self._jobs: list[tuple[str, Job]] = []  # of the next block
        there = ray.cluster_resources()
        machines = sum(node["Alive"] for node in ray.nodes())
        gpus, cpus = int(there.get("GPU", 0)), there.get("CPU", 1.0)
        if gpus and actors > gpus:
            raise BadSpec(
                _(
                    "More workers were asked for ({actors}) than there are GPUs ({gpus}).",
                    actors=actors,
                    gpus=gpus,
                ),
                fix=_("Ask for as many as there are GPUs, or fewer."),
            )
        if actors > max(int(cpus), 1) and not gpus:
            raise BadSpec(
                _(
                    "More workers were asked for ({actors}) than there are processors ({cpus}).",
                    actors=actors,
                    cpus=int(cpus),
                ),
                fix=_("Ask for as many as there are processors, or fewer; each holds the pair."),
            )
        self.actors = actors or gpus or machines
        self.gpus = gpus
        most = int(os.environ.get("OMP_NUM_THREADS") or cpus)
        self.threads = max(1, min(most, int(cpus) // self.actors))
        self._resources: dict[str, Any] = (
            {"num_gpus": 1, "num_cpus": 1}
            if gpus
            else {"num_cpus": min(self.threads, cpus / self.actors)}
        )
        # Of those that are on one machine.
        self.sharing = 1 if gpus else -(-self.actors // machines)
        self._block = _BLOCK

    @property
    def name(self) -> str:
        """As a run's provenance says it."""
        from ray import __version__

        return f"ray {__version__}, {self.actors} actors"

    def place(self, device: str, dtype: str) -> Place:
        """The device and number type that are chosen there."""
        import ray

        wanted = "cuda" if self.gpus and device == "auto" else device

        def chosen() -> tuple[str, str]:
            from fairviz.models import devices

            kind = devices.choose(wanted)
            return kind, devices.default_dtype(kind) if dtype == "auto" else dtype

        resources = {"num_gpus": 1} if self.gpus else {}
        return Place(*_got(ray.remote(max_retries=0, **resources)(chosen).remote()))

    def load(self, asked: Asked, say: Callable[[str], None]) -> Known:
        """Have every worker load a pair; what is known of it as soon as one has it.

        Raises:
            FairvizError: As loading it here does.
        """
        import ray

        self._let_go()
        asked = asked._replace(threads=self.threads, sharing=self.sharing)
        make = ray.remote(max_restarts=-1, max_task_retries=_TRIES, **self._resources)(Actor)
        self._workers = [make.remote(asked) for _number in range(self.actors)]
        self._loading = {worker.known.remote(): worker for worker in self._workers}
        words = ngettext("{n} worker loads the pair", "{n} workers load the pair", self.actors)
        began = time.monotonic()
        ready: list[Any] = []
        while not ready:
            seconds = time.monotonic() - began
            say(_("{words} ({seconds:.0f} s)", words=words, seconds=seconds))
            ready, _rest = ray.wait(list(self._loading), timeout=_PACE)
        known: Known = _got(ready[0])
        self._block = _BLOCK_IN_TURN if known.in_turn else _BLOCK
        return known

    def hand(self, key: str, job: Job) -> list[Packed]:
        """Take a job; what has been done meanwhile."""
        self._jobs.append((key, job))
        return self._send() if len(self._jobs) >= self._block else []

    def finish(self) -> Iterator[list[Packed]]:
        """Have all done that was taken, in whatever order it comes."""
        yield self._send()
        while self._reading:
            yield self._wait()

    def now(self, job: Job) -> Done:
        """Do one at once."""
        while (worker := self._idle()) is None:
            self._wait()  # for one that has the pair: no block is out
        done: Done = _got(worker.now.remote(job))
        return done

    def each(self, do: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        """Whole items, each by any worker: the place of each and what came of it, as they come."""
        import ray

        task = ray.remote(**self._resources)(do)
        waiting = {task.remote(item): place for place, item in enumerate(items)}
        while waiting:
            (ref,), _rest = ray.wait(list(waiting), num_returns=1)
            yield waiting.pop(ref), _got(ref)

    def close(self) -> None:
        """Let it go; one that was started here ends."""
        import ray

        self._let_go()
        if self._own:
            ray.shutdown()

    def _let_go(self) -> None:
        import ray

        for worker in self._workers:
            ray.kill(worker)
        self._workers, self._loading, self._reading, self._jobs = [], {}, {}, []

    def _send(self) -> list[Packed]:
        """Hand the next block out, to whoever has fewest; waits until one has few enough."""
        came: list[Packed] = []
        if self._jobs:
            while (worker := self._idle()) is None:
                came += self._wait()
            self._reading[worker.read.remote(self._jobs)] = worker
            self._jobs = []
        return came

    def _idle(self) -> Any:
        """A worker that has the pair and may have one more block; None where there is none."""
        out = list(self._reading.values())
        loading = list(self._loading.values())
        there = [worker for worker in self._workers if worker not in loading]
        one = min(there, key=out.count, default=None)
        return one if one is not None and out.count(one) < _EACH else None

    def _wait(self) -> list[Packed]:
        """Until something comes: a block that is read, or a worker that has the pair."""
        import ray

        (ref,), _rest = ray.wait([*self._reading, *self._loading], num_returns=1)
        found = _got(ref, reads=ref in self._reading)
        if self._loading.pop(ref, None) is not None:
            return []
        del self._reading[ref]
        return [Packed(*one) for one in found]


@contextmanager
def joined(engine: str, actors: int) -> Iterator[Cluster]:
    """A cluster for as long as it is needed.

    Raises:
        BadSpec: If the engine is none.
    """
    if not is_cluster(engine):
        raise BadSpec(
            _("'{engine}' is no cluster.", engine=engine),
            fix=_("Write ray or ray:ADDRESS, or leave it out."),
        )
    cluster = Cluster(engine, actors)
    try:
        yield cluster
    finally:
        cluster.close()


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
def standing(engine: str) -> Iterator[None]:
    """A cluster for several requests, each of which loads its pair on it."""
    own = _start(engine)
    try:
        yield
    finally:
        if own:
            import ray

            ray.shutdown()


def _start(engine: str) -> bool:
    """Start or join a cluster, unless this process is in one; whether it was not."""
    import logging

    address = engine.partition(":")[2]
    # A busy machine takes longer to start than Ray waits.
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "120")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    # Of every actor that may be started anew it tells that its arguments must stay, which they do.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    if not address and "ray" not in sys.modules and "RAY_AUTH_MODE" not in os.environ:
        # Its ports are open to the network, and whoever is let in runs code here. It is read once,
        # when Ray is imported.
        os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    try:
        import ray
    except ImportError:
        raise MissingPackage(
            _("Ray is not installed."),
            fix=_("pip install 'fairviz[ray]', or leave out --engine."),
        ) from None
    if ray.is_initialized():
        return False
    path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    surroundings = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        if colon:  # Ray itself would try for minutes
            socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
        with _silent():
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
                "Start one with `ray start --head`, or write --engine ray for one on this machine."
            ),
        ) from error
    return True


def _got(ref: Any, *, reads: bool = False) -> Any:
    """What a worker gives; its own error where it raised one of ours.

    Args:
        reads: Whether it reads, rather than loads.
    """
    import ray

    try:
        return ray.get(ref)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, FairvizError):
            raise error.cause from None
        raise
    except ray.exceptions.RayActorError as error:
        cause = getattr(error, "cause", None)
        if reads:
            raise BadSpec(
                ngettext(
                    "A worker was begun anew {n} time, and ended again at the same texts.",
                    "A worker was begun anew {n} times, and ended again at the same texts.",
                    _TRIES,
                ),
                fix=_(
                    "What is read is kept, and the same command goes on from it; look whether each "
                    "machine has memory for the pair."
                ),
            ) from error
        raise BadSpec(
            _(
                "A worker could not load the models: {why}",
                why=str(cause or error).strip().splitlines()[-1],
            ),
            fix=_("Look whether each machine has them, and memory for the pair."),
        ) from error
