"""The pair that stays loaded on a device, and the queue of those who want to use it."""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fairviz.core.specs import ModelSpec
from fairviz.models import catalog, devices
from fairviz.models.loading import LoadedModel
from fairviz.models.memory import collect
from fairviz.models.pair import Pair, load_pair


class Resident:
    """Holds the pair last asked for; another pair evicts it before it is loaded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._where: tuple[str, str] | None = None
        self._models: dict[ModelSpec, LoadedModel] = {}
        self._fingerprints: dict[ModelSpec, str] = {}

    def pair(
        self,
        baseline: ModelSpec,
        compressed: ModelSpec,
        *,
        device: str = "auto",
        dtype: str = "auto",
        unsafe_pickle: bool = False,
        together: bool = False,
        progress: Callable[[str], None] | None = None,
    ) -> Pair:
        """The pair, loaded as far as it is not; arguments and errors as `load_pair`.

        A model whose files have changed since is read anew. A failure releases everything,
        so that the next try starts with free memory.
        """
        device = devices.choose(device)
        if dtype == "auto" and len(types := devices.automatic(device)) == 1:
            dtype = types[0]
        with self._lock:
            fingerprints = {spec: catalog.fingerprint(spec) for spec in (baseline, compressed)}
            kept = {
                spec: model
                for spec, model in self._models.items()
                if self._where == (device, dtype)
                and spec in fingerprints
                and fingerprints[spec] == self._fingerprints[spec]
            }
            released = len(kept) < len(self._models)
            self._models = kept  # which `load_pair` empties where another number type is needed
            if released:
                collect()
            try:
                pair = load_pair(
                    baseline,
                    compressed,
                    device=device,
                    dtype=dtype,
                    unsafe_pickle=unsafe_pickle,
                    together=together,
                    progress=progress,
                    known=kept,
                )
            except BaseException as error:
                self._models = {}
                kept.clear()
                traceback.clear_frames(error.__traceback__)  # they hold what was half loaded
                collect()
                raise
            # A download has given a fingerprint to what had none.
            self._fingerprints = {spec: catalog.fingerprint(spec) for spec in fingerprints}
            self._where = (device, dtype)
            self._models = {baseline: pair.baseline, compressed: pair.compressed}
            return pair

    def release(self) -> None:
        """Let the pair go and give its memory back."""
        with self._lock:
            self._models = {}
            collect()


class DeviceQueue:
    """One model computes at a time: the line before a device, first come, first served."""

    _POLL_SECONDS = 0.1

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: deque[object] = deque()

    @contextmanager
    def turn(self) -> Iterator[Iterator[int]]:
        """A place at the end of the line, left however the block ends.

        Yields:
            The number of people ahead, about ten times a second, until it is our turn.
        """
        ticket = object()
        with self._changed:
            self._line.append(ticket)
        try:
            yield self._wait(ticket)
        finally:
            with self._changed:
                self._line.remove(ticket)
                self._changed.notify_all()

    def _wait(self, ticket: object) -> Iterator[int]:
        while True:
            with self._changed:
                ahead = self._line.index(ticket)
            if ahead == 0:
                return
            yield ahead
            with self._changed:
                if self._line.index(ticket) > 0:
                    self._changed.wait(self._POLL_SECONDS)

    def __len__(self) -> int:
        """How many are in line, the one at work included."""
        return len(self._line)
