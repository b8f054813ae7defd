"""Ray: actors that each hold the pair, and Ray Data that hands them what is to be read.

Nothing of it is imported unless a cluster is asked for. A worker that dies is replaced, and what it
had begun is read again; what came back is kept, so that a driver that is ended goes on.
"""

from __future__ import annotations

import os
import pickle
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
# Seconds between two savings of what came back, and between two words on it.
_SAVE, _PACE = 2.0, 1.0
# Seconds that a cluster may take to answer.
_PATIENCE = 10
# What a worker needs of this process's surroundings.
_ENVIRONMENT = ("FAIRVIZ_CACHE", "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_ENDPOINT")
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

        self._asked: Asked | None = None
        self._spare: Any = None
        self._jobs: list[tuple[str, bytes, int]] = []
        self._blocks: list[Any] = []
        self._texts = 0
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

    def load(self, asked: Asked) -> Known:
        """What is known of a pair once it is loaded.

        Raises:
            FairvizError: As loading it here does.
        """
        self._asked = asked._replace(threads=self.threads)
        known: Known = _got(self._one().known.remote())
        self._block = _BLOCK_IN_TURN if known.in_turn else _BLOCK
        self._let_go()  # its place is one of the workers'
        return known

    def hand(self, key: str, job: Job) -> None:
        """Take a job; blocks of them lie in the cluster's memory, on disk where that is full."""
        self._jobs.append((key, pickle.dumps(job), len(job.texts)))
        if len(self._jobs) >= self._block:
            self._put()

    def finish(self, say: Callable[[str], None]) -> Iterator[list[Packed]]:
        """Have all done that was taken, in whatever order it comes."""
        import ray

        self._put()
        blocks, self._blocks = self._blocks, []
        texts, self._texts = self._texts, 0
        self._let_go()
        words = ngettext("{n} worker loads the pair", "{n} workers load the pair", self.actors)
        say(words)
        data = ray.data.from_arrow_refs([ref for ref, _sizes in blocks]).map_batches(
            Actor,
            fn_constructor_args=(self._asked,),
            compute=ray.data.ActorPoolStrategy(size=min(self.actors, len(blocks))),
            batch_size=None,
            batch_format="pyarrow",
            zero_copy_batch=True,
            **self._resources,
        )
        sizes = {key: size for _ref, these in blocks for key, size in these.items()}
        waiting: list[Packed] = []
        done, began, saved, told = 0, 0.0, time.monotonic(), 0.0
        for batch in data.iter_batches(batch_size=None, batch_format="pyarrow"):
            here = [Packed(**row) for row in batch.to_pylist()]
            waiting += here
            began = began or time.monotonic()
            done += sum(sizes[one.key] for one in here)
            now = time.monotonic()
            if now - saved > _SAVE:
                saved = now
                yield waiting
                waiting = []
            if now - told > _PACE and now - began > _PACE:
                told = now
                pace = done / (now - began)
                say(
                    _(
                        "Texts read: {done:,} of {of:,}, {pace:,.0f} a second, about "
                        "{left:,.0f} s left (workers: {actors})",
                        done=done,
                        of=texts,
                        actors=self.actors,
                        pace=pace,
                        left=(texts - done) / pace,
                    )
                )
        yield waiting

    def now(self, job: Job) -> Done:
        """Do one at once."""
        done: Done = _got(self._one().now.remote(job))
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

    def _one(self) -> Any:
        import ray

        if self._spare is None:
            self._spare = ray.remote(max_restarts=2, **self._resources)(Actor).remote(
                self._asked, later=True
            )
        return self._spare

    def _let_go(self) -> None:
        import ray

        if self._spare is not None:
            ray.kill(self._spare)
            self._spare = None

    def _put(self) -> None:
        import pyarrow as pa
        import ray

        if not self._jobs:
            return
        keys, jobs, sizes = zip(*self._jobs, strict=True)
        table = pa.table({"key": pa.array(keys), "job": pa.array(jobs, pa.binary())})
        self._blocks.append((ray.put(table), dict(zip(keys, sizes, strict=True))))
        self._texts += sum(sizes)
        self._jobs = []


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
        import ray.data
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
    settings = ray.data.DataContext.get_current()
    settings.enable_progress_bars = False
    settings.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    return True


def _got(ref: Any) -> Any:
    """What a worker gives; its own error where it raised one of ours."""
    import ray

    try:
        return ray.get(ref)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, FairvizError):
            raise error.cause from None
        raise
    except ray.exceptions.RayActorError as error:
        cause = getattr(error, "cause", None)
        raise BadSpec(
            _(
                "A worker could not load the models: {why}",
                why=str(cause or error).strip().splitlines()[-1],
            ),
            fix=_("Look whether each machine has them, and memory for the pair."),
        ) from error
