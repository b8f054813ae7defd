"""A reading on disk: `reading.json` (request, contexts, noise floor, provenance, schema) and
`text-0.parquet`, `text-1.parquet`, one row a token; `null.parquet` where null models were read.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq

from fairviz.analyses import null_models
from fairviz.analyses.base import Codec, head
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
        **({"null": null_models.header(reading.null)} if reading.null else {}),
    }
    stored.write(folder / _FILE, header)
    for number, pair in enumerate(reading.traces):
        pq.write_table(table(pair), folder / f"text-{number}.parquet")
    if "found" in reading.null:
        pq.write_table(null_models.columns(reading.null["found"]), folder / null_models.FILE)


def _read(folder: Path) -> Reading:
    header = stored.document(folder / _FILE, SCHEMA)
    request = ReadingRequest.from_document(header["read"])
    # A file of log-probabilities is read as one text, which is not among those that were given.
    texts = 1 if request.baseline.logits else len(request.texts)
    if not texts or len(header["contexts"]) != texts:
        raise ValueError("no text, or not a context for each")
    tables = (folder / f"text-{number}.parquet" for number in range(texts))
    return Reading(
        request=request,
        contexts=tuple(tuple(one) for one in header["contexts"]),
        traces=tuple(trace(pq.read_table(path)) for path in tables),
        floor=header["floor"],
        provenance=header["provenance"],
        null=null_models.read(folder, header),
    )


CODEC = Codec(
    folder="readings",
    schema=SCHEMA,
    result=Reading,
    needed=_FILE,
    files=re.compile(r"reading\.json|null\.parquet|text-\d{1,3}\.parquet"),
    write=_write,
    read=_read,
    head=head(_FILE, ReadingRequest, SCHEMA, asked="read"),
)
