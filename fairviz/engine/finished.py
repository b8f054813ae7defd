"""Jobs that are done, in a folder: part by part as they come, and found again by a later start.

A part is a Parquet file of some jobs: `key`, `arrays` (safetensors, so that nothing of it runs when
it is read) and `failed` (JSON). It is written whole or not at all, and one that is damaged is as if
it were not there.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import load, save

from fairviz.core.disk import whole_file
from fairviz.core.stored import intact, keeping
from fairviz.engine.jobs import Done

# In a cache, the jobs of runs that are not whole yet.
FOLDER = "engine"
# Parts whose jobs are held in memory: they are asked for in about the order in which they came.
_HELD = 16


class Packed(NamedTuple):
    """A job that is done, as it travels."""

    key: str
    arrays: bytes
    failed: str

    @classmethod
    def of(cls, key: str, done: Done) -> Packed:
        """What came of the job of that key."""
        return cls(key, save(done.arrays), json.dumps(done.failed))

    def done(self) -> Done:
        """What came of it."""
        return Done(
            load(self.arrays), tuple((place, why) for place, why in json.loads(self.failed))
        )


class Finished:
    """The jobs of one run that are done.

    Args:
        folder: Where they are; made where it is not there.

    Raises:
        CannotKeep: If it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._where: dict[str, Path] = {}
        self._held: OrderedDict[Path, dict[str, Packed]] = OrderedDict()
        with keeping(folder):
            folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("part-*.parquet")):
            keys = intact(path, lambda one: pq.read_table(one, columns=["key"])["key"].to_pylist())
            self._where |= dict.fromkeys(keys or (), path)

    def __contains__(self, key: str) -> bool:
        return key in self._where

    def __len__(self) -> int:
        return len(self._where)

    def get(self, key: str) -> Done | None:
        """What came of a job; None where it is not done."""
        path = self._where.get(key)
        if path is None:
            return None
        if path not in self._held:
            rows = intact(path, lambda part: pq.read_table(part).to_pylist())
            if rows is None:  # or another run of the same question is whole, and has it
                self._where = {one: at for one, at in self._where.items() if at != path}
                return None
            self._held[path] = {row["key"]: Packed(**row) for row in rows}
            if len(self._held) > _HELD:
                self._held.popitem(last=False)
        return self._held[path][key].done()

    def add(self, jobs: Iterable[Packed]) -> None:
        """Keep some jobs.

        Raises:
            CannotKeep: If they cannot be written.
        """
        fresh = {one.key: one for one in jobs}
        if not fresh:
            return
        # Several may work on one run, each under names of its own.
        path = self.folder / f"part-{len(self._where):09d}-{secrets.token_hex(4)}.parquet"
        table = pa.Table.from_pylist([one._asdict() for one in fresh.values()])
        with keeping(path):
            self.folder.mkdir(parents=True, exist_ok=True)  # another run may have been whole
            whole_file(path, lambda there: pq.write_table(table, there))
        self._where |= dict.fromkeys(fresh, path)

    def forget(self) -> None:
        """The run is kept whole: its jobs are needed no more."""
        shutil.rmtree(self.folder, ignore_errors=True)
