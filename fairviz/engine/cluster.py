"""Ray: workers that each hold the pair, and blocks of what is to be read that they are handed.

Nothing of it is imported unless a cluster is asked for. A worker has one block and the next at a
time; whoever hands out more waits, so that a set of any size passes through. One that dies is
replaced, and what it had begun is read again.

Workers are actors of Ray's core, not of Ray Data: that wants the whole set before it begins, and
loads every model anew for each set, of which a run hands out several.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, NamedTuple

from fairviz.core.errors import BadSpec, FairvizError
from fairviz.engine.finished import Packed
from fairviz.engine.jobs import Done, Job
from fairviz.engine.joining import Head, is_cluster, shared, start
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
# Seconds between two words while workers load the pair, and between two looks at one that is gone.
_PACE = 1.0
# Seconds that are waited for workers where none is there.
_LONGEST = 1800.0


class Place(NamedTuple):
    """Where workers run."""

    device: str
    dtype: str


class Cluster:
    """The Ray cluster that this process has started or joined.

    Args:
        actors: Workers; 0 is one a GPU, or one a machine where there is none.

    Raises:
        BadSpec: If there are not so many GPUs.
    """

    def __init__(self, actors: int) -> None:
        self._workers: list[Any] = []  # all that are not given up
        self._loading: dict[Any, Any] = {}  # what one tells once it has the pair -> the worker
        self._away: dict[Any, float] = {}  # a worker that is begun anew -> when it was asked
        self._missed: dict[Any, float] = {}  # the same, until it has the pair -> since when
        self._deaths: Counter[Any] = Counter()  # of a worker, while it loads
        self._jobs: list[tuple[str, Job]] = []  # of the next block
        self._blocks: list[_Block] = []  # to be handed out
        self._reading: dict[Any, _Block] = {}  # those that are out
        self._block = _BLOCK
        self._head = Head()
        self._place(actors)

    def _place(self, actors: int) -> None:
        import ray

        there = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        gpus = [int(one.get("GPU", 0)) for one in there]
        # A head may be there to lead alone.
        machines = [int(one["CPU"]) for one in there if one.get("CPU", 0) >= 1] or [1]
        self.gpus, cpus = sum(gpus), sum(machines)
        if self.gpus and actors > self.gpus:
            raise BadSpec(
                _(
                    "More workers were asked for ({actors}) than there are GPUs ({gpus}).",
                    actors=actors,
                    gpus=self.gpus,
                ),
                fix=_("Ask for as many as there are GPUs, or fewer."),
            )
        if actors > cpus and not self.gpus:
            raise BadSpec(
                _(
                    "More workers were asked for ({actors}) than there are processors ({cpus}).",
                    actors=actors,
                    cpus=cpus,
                ),
                fix=_("Ask for as many as there are processors, or fewer; each holds the pair."),
            )
        self.actors = actors or self.gpus or len(machines)
        asked = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
        most = int(asked) if asked.isdigit() and int(asked) else cpus
        if self.gpus:
            self.threads = max(1, min(most, cpus // self.actors))
            # That share the memory beside the GPUs of one machine.
            self.sharing = min(self.actors, max(gpus))
            self._resources: dict[str, Any] = {"num_gpus": 1, "num_cpus": 1}
        else:
            self.threads, self.sharing = shared(machines, self.actors, most)
            self._resources = {"num_cpus": self.threads}

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

        self.let_go()
        asked = asked._replace(threads=self.threads, sharing=self.sharing)
        # What it had begun is handed out anew here, to whoever is there.
        how = {"max_restarts": -1, "max_task_retries": 0, "scheduling_strategy": "SPREAD"}
        make = ray.remote(**how, **self._resources)(Actor)
        self._workers = [make.remote(asked) for _number in range(self.actors)]
        self._loading = {worker.known.remote(): worker for worker in self._workers}
        words = ngettext("{n} worker loads the pair", "{n} workers load the pair", self.actors)
        began = time.monotonic()
        known: Known | None = None
        while known is None:
            seconds = time.monotonic() - began
            say(_("{words} ({seconds:.0f} s)", words=words, seconds=seconds))
            for ref in self._ready():
                known = self._loaded(ref)
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
            came = self._wait()
            yield came + self._hand_out()  # what a worker had that is no more

    def now(self, job: Job) -> Done:
        """Do one at once."""
        self._jobs.append(("", job))
        (came,) = chain.from_iterable(self.finish())
        return came.done()

    def each(self, do: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        """Whole items, each by any worker: the place of each and what came of it, as they come.

        What came is an error of ours where the process that did it ended.
        """
        import ray

        threads, sharing = self.threads, self.sharing

        def done(item: Any) -> Any:
            import torch

            from fairviz.models import devices

            torch.set_num_threads(threads)
            devices.share(sharing)
            return do(item)

        task = ray.remote(scheduling_strategy="SPREAD", **self._resources)(done)
        waiting = {task.remote(item): place for place, item in enumerate(items)}
        while waiting:
            self._head.look()
            for ref in ray.wait(list(waiting), num_returns=1, timeout=_PACE)[0]:
                place = waiting.pop(ref)
                try:
                    yield place, _got(ref)
                except BadSpec as error:
                    yield place, error

    def let_go(self) -> None:
        """End its workers."""
        import ray

        for worker in self._workers:
            ray.kill(worker)
        self._workers, self._loading, self._deaths = [], {}, Counter()
        self._away, self._missed = {}, {}
        self._jobs, self._blocks, self._reading = [], [], {}

    def _send(self) -> list[Packed]:
        """Hand out what was taken; waits until each has a worker."""
        if self._jobs:
            self._blocks.append(_Block(self._jobs))
            self._jobs = []
        return self._hand_out()

    def _hand_out(self) -> list[Packed]:
        came: list[Packed] = []
        while self._blocks:
            worker = self._idle()
            if worker is None:
                came += self._wait()
                continue
            block = self._blocks.pop(0)
            self._reading[worker.read.remote(block.jobs)] = block._replace(worker=worker)
        return came

    def _idle(self) -> Any:
        """Who has the pair and may have one more block, with fewest; None where nobody is."""
        out = [block.worker for block in self._reading.values()]
        gone = [*self._loading.values(), *self._away]
        there = [worker for worker in self._workers if worker not in gone]
        one = min(there, key=out.count, default=None)
        return one if one is not None and out.count(one) < _EACH else None

    def _wait(self) -> list[Packed]:
        """Until something comes: a block that is read, or a worker that has the pair."""
        while not (ready := self._ready()):
            pass
        (ref,) = ready
        if ref in self._loading:
            self._loaded(ref)
            return []
        block = self._reading.pop(ref)
        try:
            return [Packed(*one) for one in _got(ref)]
        except _Ended as error:
            if block.tries >= _TRIES:
                raise BadSpec(
                    _("A worker ended at the same texts each time (begun anew: {n}).", n=_TRIES),
                    fix=_(
                        "Look whether each machine has memory for the pair; where runs are kept, "
                        "the same command goes on from what is read."
                    ),
                ) from error
            self._blocks.append(block._replace(tries=block.tries + 1))
            # It gets no other before it has the pair again: on a machine that is lost, never.
            if block.worker not in (*self._loading.values(), *self._away):
                self._miss(block.worker)
            return []

    def _miss(self, worker: Any) -> None:
        """It is asked again in a while; where all are missed for long, that is told.

        Raises:
            BadSpec: If they are.
        """
        now = time.monotonic()
        self._away[worker] = now
        self._missed.setdefault(worker, now)
        every = len(self._missed) == len(self._workers)
        if every and now - max(self._missed.values()) >= _LONGEST:
            raise BadSpec(
                _("No worker of the cluster has come back."),
                fix=_("Look at the cluster; the same command goes on from what is kept."),
            )

    def _ready(self) -> list[Any]:
        """What came within a second: a block, or what a worker tells that has the pair."""
        import ray

        self._head.look()
        now = time.monotonic()
        for worker in [one for one, asked in self._away.items() if now - asked > _PACE]:
            del self._away[worker]
            self._loading[worker.known.remote()] = worker
        waited = [*self._reading, *self._loading]
        if not waited:
            time.sleep(_PACE)
            return []
        ready: list[Any] = ray.wait(waited, num_returns=1, timeout=_PACE)[0]
        return ready

    def _loaded(self, ref: Any) -> Known | None:
        """What a worker knows of the pair; None where it ended, and is begun anew or given up."""
        worker = self._loading.pop(ref)
        try:
            known: Known = _got(ref)
            self._missed.pop(worker, None)
            return known
        except _Ended as error:
            # One that is begun anew, or whose machine is lost, cannot be asked.
            self._deaths[worker] += not error.away
            if self._deaths[worker] <= _TRIES:
                self._miss(worker)
            else:
                self._workers.remove(worker)
                self._missed.pop(worker, None)
                if not self._workers:
                    raise
            return None


class _Block(NamedTuple):
    """Jobs that are handed out together."""

    jobs: list[tuple[str, Job]]
    worker: Any = None  # who has it
    tries: int = 0  # how often whoever had it ended


class _Ended(BadSpec):
    """The process that was to do something is no more, or `away`: it cannot be asked now."""

    away = False


@contextmanager
def joined(engine: str, actors: int) -> Iterator[Cluster]:
    """A cluster for as long as it is needed.

    Args:
        engine: `ray` starts one on this machine, `ray:ADDRESS` joins another.
        actors: Workers; 0 is one a GPU, or one a machine where there is none.

    Raises:
        MissingPackage: If Ray is not installed.
        BadSpec: If the engine is none, cannot be joined, or has not so many GPUs.
    """
    if not is_cluster(engine):
        raise BadSpec(
            _("'{engine}' is no cluster.", engine=engine),
            fix=_("Write ray or ray:ADDRESS, or leave it out."),
        )
    with standing(engine):
        cluster = Cluster(actors)
        try:
            yield cluster
        finally:
            cluster.let_go()


@contextmanager
def standing(engine: str) -> Iterator[None]:
    """A cluster for several requests, each of which loads its pair on it; one that was started
    here ends with them."""
    own = start(engine)
    try:
        yield
    finally:
        if own:
            import ray

            ray.shutdown()


def _got(ref: Any) -> Any:
    """What a worker gives; its own error where it raised one of ours.

    Raises:
        _Ended: If its process did.
    """
    import ray

    try:
        return ray.get(ref)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, FairvizError):
            raise error.cause from None
        raise
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None)
        ended = _Ended(
            _("A worker ended: {why}", why=str(cause or error).strip().splitlines()[-1]),
            fix=_("Look whether each machine has the models, and memory for the pair."),
        )
        ended.away = isinstance(error, ray.exceptions.ActorUnavailableError)
        raise ended from error
