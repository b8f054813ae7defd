"""What runs in a worker's process: the pair, loaded there, and the jobs that it is handed."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from fairviz.core.specs import ModelSpec
from fairviz.engine.finished import Packed
from fairviz.engine.jobs import Job
from fairviz.engine.run import Known, packed
from fairviz.models import devices
from fairviz.models.pair import Pair, load_pair


class Asked(NamedTuple):
    """What each worker loads."""

    baseline: ModelSpec
    compressed: ModelSpec
    device: str
    dtype: str
    unsafe_pickle: bool
    together: bool
    threads: int = 1  # that a worker computes with on a CPU
    sharing: int = 1  # workers that share a machine's memory

    def load(self) -> Pair:
        """The pair, in this process."""
        import torch

        torch.set_num_threads(self.threads)
        devices.share(self.sharing)
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

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    @cached_property
    def _pair(self) -> Pair:  # not loaded above: an error of it would be one of the process
        return self._asked.load()

    def known(self) -> Known:
        """What the driver has to know of the pair."""
        return Known.of(self._pair)

    def read(self, block: list[tuple[str, Job]]) -> list[Packed]:
        """A block of jobs with their keys."""
        return packed(self._pair, block)
