"""A reading on disk: `reading.json` (request, contexts, noise floor, provenance, schema) and
`text-0.parquet`, `text-1.parquet`, one row a token.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from fairviz.analyses.base import Codec, Stored
from fairviz.analyses.reading.request import Reading, ReadingRequest
from fairviz.core import stored
from fairviz.metrics.trace_tables import table, trace

SCHEMA = 1


def _write(folder: Path, reading: Reading) -> None:
    header = {
        "schema": SCHEMA,
        "read": reading.request.document(),
        "contexts": [list(context) for context in reading.contexts],
        "floor": dict(reading.floor),
        "provenance": dict(reading.provenance),
    }
    text = json.dumps(header, ensure_ascii=False, indent=1)
    (folder / "reading.json").write_text(text, encoding="utf-8")
    for number, pair in enumerate(reading.traces):
        pq.write_table(table(pair), folder / f"text-{number}.parquet")


def _read(folder: Path) -> Reading:
    header = _header(folder)
    request = ReadingRequest.from_document(header["read"])
    if not request.texts or len(header["contexts"]) != len(request.texts):
        raise ValueError("no text, or not a context for each")
    return Reading(
        request=request,
        contexts=tuple(tuple(one) for one in header["contexts"]),
        traces=tuple(
            trace(pq.read_table(folder / f"text-{number}.parquet"))
            for number in range(len(request.texts))
        ),
        floor=header["floor"],
        provenance=header["provenance"],
    )


def _head(folder: Path) -> Stored:
    header = _header(folder)
    date = str(header["provenance"].get("date", ""))
    return Stored(folder.name, ReadingRequest.from_document(header["read"]), date)


def _header(folder: Path) -> dict[str, Any]:
    header = json.loads((folder / "reading.json").read_text(encoding="utf-8"))
    stored.check_schema(folder, header["schema"], known=(SCHEMA,))
    return dict(header)


CODEC = Codec(
    folder="readings",
    schema=SCHEMA,
    result=Reading,
    needed="reading.json",
    files=re.compile(r"reading\.json|text-\d{1,3}\.parquet"),
    write=_write,
    read=_read,
    head=_head,
)
