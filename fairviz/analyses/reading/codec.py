"""A reading on disk: `reading.json` (request, contexts, noise floor, provenance, schema) and
`text-0.parquet`, `text-1.parquet`, one row a token.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq

from fairviz.analyses.base import Codec, Stored
from fairviz.analyses.reading.request import Reading, ReadingRequest
from fairviz.core import stored
from fairviz.metrics.trace_tables import table, trace

SCHEMA = 1
_FILE = "reading.json"


def _write(folder: Path, reading: Reading) -> None:
    header = {
        "schema": SCHEMA,
        "read": reading.request.document(),
        "contexts": [list(context) for context in reading.contexts],
        "floor": dict(reading.floor),
        "provenance": dict(reading.provenance),
    }
    stored.write(folder / _FILE, header)
    for number, pair in enumerate(reading.traces):
        pq.write_table(table(pair), folder / f"text-{number}.parquet")


def _read(folder: Path) -> Reading:
    header = stored.document(folder / _FILE, SCHEMA)
    request = ReadingRequest.from_document(header["read"])
    if not request.texts or len(header["contexts"]) != len(request.texts):
        raise ValueError("no text, or not a context for each")
    tables = (folder / f"text-{number}.parquet" for number in range(len(request.texts)))
    return Reading(
        request=request,
        contexts=tuple(tuple(one) for one in header["contexts"]),
        traces=tuple(trace(pq.read_table(path)) for path in tables),
        floor=header["floor"],
        provenance=header["provenance"],
    )


def _head(folder: Path) -> Stored:
    header = stored.document(folder / _FILE, SCHEMA)
    date = str(header["provenance"].get("date", ""))
    return Stored(folder.name, ReadingRequest.from_document(header["read"]), date)


CODEC = Codec(
    folder="readings",
    schema=SCHEMA,
    result=Reading,
    needed=_FILE,
    files=re.compile(r"reading\.json|text-\d{1,3}\.parquet"),
    write=_write,
    read=_read,
    head=_head,
)
