"""Audits on disk: every finished batch at once, so that a crash costs one batch.

An audit is a folder `audits/<key>/` with `audit.json` (question, schema, how many), one
`part-00000.parquet` a batch while it runs, and `rows.parquet` and `done.json` when it is
finished. Each file is written under a temporary name, flushed, and renamed.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fairviz.analyses.audit.record import Asked, Audit
from fairviz.core import stored
from fairviz.core.disk import cache_root, is_key, mend, remove, whole_file
from fairviz.core.set_files import LeftOut
from fairviz.core.specs import request_key
from fairviz.core.stored import Damaged, judged, keeping
from fairviz.inference import reasons

SCHEMA = 1
# Columns that every row of an audit has a number in, or one of each option.
_MEASURED = re.compile("^(kl|kl_reverse|js)$|_(entropy|margin|log_prob)$")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """An audit in the store, as a list shows it."""

    key: str
    asked: Asked
    date: str
    rows: int


class Shelf:
    """The audits under a cache folder.

    Args:
        root: The cache folder; by default `FAIRVIZ_CACHE`, else `cache/` of the project.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.folder = (root or cache_root()) / "audits"

    def key(self, asked: Asked, fingerprints: tuple[str, str], device: str, dtype: str) -> str:
        """Names the audit of a question: other weights, device or number type, other key."""
        return request_key(SCHEMA, asked.document(), fingerprints, device, dtype)

    def begin(self, key: str, asked: Asked) -> Place:
        """The place of an audit, with whatever batches of it are there.

        Raises:
            CannotKeep: If the folder cannot be written.
        """
        place = Place(self.folder / key)
        mend(self.folder / key)
        place.write("audit.json", {"schema": SCHEMA, "asked": asked.document()})
        return place

    def load(self, key: str) -> Audit | None:
        """A finished audit; None if there is none or it cannot be read."""
        folder = self.folder / key
        if not is_key(key) or not (folder / "done.json").is_file():
            return None
        return stored.loaded(folder, _audit)

    def recent(self, limit: int = 8) -> list[Kept]:
        """Finished audits, the newest first; what cannot be read is left out."""
        finished = (path.parent for path in self.folder.glob("*/done.json"))
        found = stored.readable(finished, _kept)
        return sorted(found, key=lambda one: one.date, reverse=True)[:limit]


class Place:
    """One audit's folder while it is made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def parts(self) -> list[tuple[pd.DataFrame, list[LeftOut], int]]:
        """The batches that are there, in order: rows, what was left out, units covered.

        From the first one that is missing or damaged on there are none.
        """
        found: list[tuple[pd.DataFrame, list[LeftOut], int]] = []
        while True:
            path = self._folder / _part(len(found))
            if not path.exists():
                return found
            try:
                with judged(path):
                    table = pq.read_table(path)
                    said = json.loads((table.schema.metadata or {})[b"fairviz"])
                    lost = [LeftOut(*one) for one in said["left_out"]]
                    found.append((table.to_pandas(), lost, int(said["units"])))
            except Damaged as error:
                _log.warning("%s is damaged and made anew: %s", path, error)
                return found

    def add(
        self, number: int, rows: Sequence[Mapping[str, Any]], lost: Sequence[LeftOut], units: int
    ) -> None:
        """Keep one batch.

        Raises:
            CannotKeep: If it cannot be written.
        """
        table = pa.Table.from_pylist(list(rows)) if rows else pa.table({})
        said = json.dumps({"left_out": [list(one) for one in lost], "units": units})
        table = table.replace_schema_metadata({b"fairviz": said.encode()})
        self._whole(_part(number), lambda path: pq.write_table(table, path))

    def finish(self, audit: Audit) -> None:
        """Keep the whole; the batches are not needed any more.

        Raises:
            CannotKeep: If it cannot be written; the batches stay.
        """
        self._whole("rows.parquet", lambda path: audit.table.to_parquet(path, index=False))
        self.write(
            "done.json",
            {
                "rows": len(audit.table),
                "left_out": [list(one) for one in audit.left_out],
                "provenance": dict(audit.provenance),
                "floor": dict(audit.floor),
                "date": audit.provenance.get("date", ""),
            },
        )
        for path in self._folder.glob("part-*.parquet"):
            path.unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget what is there."""
        with keeping(self._folder):
            remove(self._folder)

    def write(self, name: str, document: Mapping[str, Any]) -> None:
        """A JSON file, whole or not at all.

        Raises:
            CannotKeep: If it cannot be written.
        """
        text = json.dumps(document, ensure_ascii=False, indent=1)
        self._whole(name, lambda path: path.write_text(text, encoding="utf-8"))

    def _whole(self, name: str, write: Callable[[Path], object]) -> None:
        with keeping(self._folder / name):
            whole_file(self._folder / name, write)


def _begun(folder: Path) -> dict[str, Any]:
    begun = _json(folder / "audit.json")
    stored.check_schema(folder, begun["schema"], known=(SCHEMA,))
    return begun


def _audit(folder: Path) -> Audit:
    begun, done = _begun(folder), _json(folder / "done.json")
    table, lost = _numbers(pd.read_parquet(folder / "rows.parquet"))
    return Audit(
        asked=Asked.from_document(begun["asked"]),
        table=table,
        left_out=(*(LeftOut(*one) for one in done["left_out"]), *lost),
        provenance=done["provenance"],
        floor=done["floor"],
    )


def _kept(folder: Path) -> Kept:
    asked, done = Asked.from_document(_begun(folder)["asked"]), _json(folder / "done.json")
    return Kept(folder.name, asked, str(done["date"]), int(done["rows"]))


def _numbers(table: pd.DataFrame) -> tuple[pd.DataFrame, list[LeftOut]]:
    """The rows that are numbers, and the others as left out: older audits kept them all.

    Raises:
        ValueError: If no row is left.
    """
    names = [name for name in map(str, table) if _MEASURED.search(name)]
    whole = table[names].map(lambda one: np.isfinite(one).all()).all(axis=1)
    if not whole.any():
        raise ValueError("no row is made of numbers")
    lost = [LeftOut(str(one), reasons.NOT_FINITE) for one in table.loc[~whole, "id"]]
    return table[whole].reset_index(drop=True), lost


def _part(number: int) -> str:
    return f"part-{number:05d}.parquet"


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))
