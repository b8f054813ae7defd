"""Audits on disk: every finished batch at once, so that a crash costs one batch.

An audit is a folder `audits/<key>/` with `audit.json` (question, schema, how many), one
`part-00000.parquet` a batch while it runs, and `rows.parquet` and `done.json` when it is
finished, `null.parquet` where null models were read. Each file is written under a temporary
name, flushed, and renamed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from fairviz.analyses import null_models
from fairviz.analyses.audit.request import Audit, AuditRequest
from fairviz.analyses.base import Codec, Stored
from fairviz.core import skips, stored
from fairviz.core.disk import whole_file
from fairviz.core.skips import Skip
from fairviz.core.stored import intact, keeping

SCHEMA = 1
# Columns that every row of an audit has a number in, or one of each option.
_MEASURED = re.compile("^(kl|kl_reverse|js)$|_(entropy|margin|log_prob)$")
Batch = tuple[pd.DataFrame, list[Skip], int]
Write = Callable[[Path], object]  # writes a file


class Parts:
    """One audit's folder while it is made, with whatever batches of it are there.

    Raises:
        CannotKeep: If the folder cannot be written.
    """

    def __init__(self, folder: Path, request: AuditRequest) -> None:
        self._folder = folder
        self._whole(*_asked(request))

    def batches(self) -> list[Batch]:
        """The batches that are there, in order: rows, what was left out, units covered.

        From the first one that is missing or damaged on there are none.
        """
        found: list[Batch] = []
        while (path := self._folder / _part(len(found))).exists():
            batch = intact(path, _batch)
            if batch is None:
                break
            found.append(batch)
        return found

    def add(
        self, number: int, rows: Sequence[Mapping[str, Any]], lost: Sequence[Skip], units: int
    ) -> None:
        """Keep one batch.

        Raises:
            CannotKeep: If it cannot be written.
        """
        table = pa.Table.from_pylist(list(rows)) if rows else pa.table({})
        said = json.dumps({"left_out": [one.document() for one in lost], "units": units})
        table = table.replace_schema_metadata({b"fairviz": said.encode()})
        self._whole(_part(number), lambda path: pq.write_table(table, path))

    def finish(self, audit: Audit) -> None:
        """Keep the whole; the batches are not needed any more.

        Raises:
            CannotKeep: If it cannot be written; the batches stay.
        """
        for name, write in _files(audit):
            self._whole(name, write)
        for path in self._folder.glob("part-*.parquet"):
            path.unlink(missing_ok=True)

    def _whole(self, name: str, write: Write) -> None:
        with keeping(self._folder / name):
            whole_file(self._folder / name, write)


def _batch(path: Path) -> Batch:
    table = pq.read_table(path)
    said = json.loads((table.schema.metadata or {})[b"fairviz"])
    lost = [Skip.from_document(one) for one in said["left_out"]]
    return table.to_pandas(), lost, int(said["units"])


def _asked(request: AuditRequest) -> tuple[str, Write]:
    document = {"schema": SCHEMA, "asked": request.document()}
    return "audit.json", lambda path: stored.write(path, document)


def _files(audit: Audit) -> Iterator[tuple[str, Write]]:
    """What a finished audit has beside its question; the last says that it is finished."""
    yield "rows.parquet", lambda path: audit.table.to_parquet(path, index=False)
    if "found" in audit.null:
        table = null_models.columns(audit.null["found"])
        yield null_models.FILE, lambda path: pq.write_table(table, path)
    done = {
        "rows": len(audit.table),
        "left_out": [skip.document() for skip in audit.left_out],
        "provenance": dict(audit.provenance),
        "floor": dict(audit.floor),
        "date": audit.provenance.get("date", ""),
        **({"null": null_models.header(audit.null)} if audit.null else {}),
    }
    yield "done.json", lambda path: stored.write(path, done)


def _write(folder: Path, audit: Audit) -> None:
    for name, write in (_asked(audit.request), *_files(audit)):
        write(folder / name)


def _audit(folder: Path) -> Audit:
    request, done = _documents(folder)
    table, lost = _numbers(pd.read_parquet(folder / "rows.parquet"))
    return Audit(
        request=request,
        table=table,
        left_out=(*(Skip.from_document(one) for one in done["left_out"]), *lost),
        provenance=done["provenance"],
        floor=done["floor"],
        null=null_models.read(folder, done),
    )


def _head(folder: Path) -> Stored:
    request, done = _documents(folder)
    return Stored(folder.name, request, str(done["date"]), {"rows": int(done["rows"])})


def _numbers(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Skip]]:
    """The rows that are numbers, and the others as left out: older audits kept them all.

    Raises:
        ValueError: If no row is left.
    """
    names = [name for name in map(str, table) if _MEASURED.search(name)]
    whole = np.ones(len(table), dtype=bool)
    for name in names:
        column = table[name]
        if column.dtype == object:  # one of each option
            whole &= np.array([bool(np.isfinite(one).all()) for one in column], dtype=bool)
        else:
            whole &= np.isfinite(column.to_numpy(dtype=np.float64))
    if not whole.any():
        raise ValueError("no row is made of numbers")
    if whole.all():
        return table, []
    lost = [Skip(str(one), skips.NOT_FINITE) for one in table.loc[~whole, "id"]]
    return table[whole].reset_index(drop=True), lost


def _part(number: int) -> str:
    return f"part-{number:05d}.parquet"


def _documents(folder: Path) -> tuple[AuditRequest, dict[str, Any]]:
    asked = stored.document(folder / "audit.json", SCHEMA)["asked"]
    done = json.loads((folder / "done.json").read_text(encoding="utf-8"))
    return AuditRequest.from_document(asked), dict(done)


CODEC = Codec(
    folder="audits",
    schema=SCHEMA,
    result=Audit,
    needed="done.json",
    files=re.compile(r"audit\.json|done\.json|(rows|null)\.parquet"),
    write=_write,
    read=_audit,
    head=_head,
    begin=Parts,
)
