"""What runs in a worker's process: the pair, loaded there, and the jobs that it is handed."""

from __future__ import annotations

import pickle
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.core.specs import ModelSpec
from fairviz.engine.finished import Packed
from fairviz.engine.jobs import Done, Job
from fairviz.engine.run import Known, perform

if TYPE_CHECKING:
    from fairviz.models.pair import Pair


class Asked(NamedTuple):
    """What each worker loads."""

    baseline: ModelSpec
    compressed: ModelSpec
    device: str
    dtype: str
    unsafe_pickle: bool
    together: bool
    threads: int  # that a worker computes with on a CPU

    def load(self) -> Pair:
        """The pair, in this process."""
        import torch

        from fairviz.models.pair import load_pair

        torch.set_num_threads(self.threads)
        return load_pair(
            self.baseline,
            self.compressed,
            device=self.device,
            dtype=self.dtype,
            unsafe_pickle=self.unsafe_pickle,
            together=self.together,
        )


class Actor:
    """Holds the pair and reads blocks of jobs."""

    def __init__(self, asked: Asked, later: bool = False) -> None:
        self._asked = asked
        if not later:  # else an error of loading would be one of the process
            self._pair  # noqa: B018

    @cached_property
    def _pair(self) -> Pair:
        return self._asked.load()

    def __call__(self, block: Any) -> Any:
        import pyarrow as pa

        jobs = [pickle.loads(one) for one in block["job"].to_pylist()]  # from our own driver
        done = perform(self._pair, jobs)
        keys = block["key"].to_pylist()
        packed = [Packed.of(*one)._asdict() for one in zip(keys, done, strict=True)]
        return pa.Table.from_pylist(packed)

    def known(self) -> Known:
        """What the driver has to know of the pair."""
        return Known.of(self._pair)

    def now(self, job: Job) -> Done:
        """One job."""
        return perform(self._pair, [job])[0]
