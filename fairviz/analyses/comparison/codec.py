"""A comparison on disk: `run.json` (question, context, provenance, schema) and one Parquet table a
text, one row a token.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq

from fairviz.analyses.base import Codec, head
from fairviz.analyses.comparison.request import Comparison, ComparisonRequest
from fairviz.core import stored
from fairviz.metrics.trace_tables import table, trace

SCHEMA = 1
_FILE, _TEXTS = "run.json", ("on_baseline", "on_compressed")


def _write(folder: Path, comparison: Comparison) -> None:
    header = {
        "schema": SCHEMA,
        "question": comparison.request.document(),
        "context": list(comparison.context),
        "first_divergence": comparison.first_divergence,
        "provenance": dict(comparison.provenance),
    }
    stored.write(folder / _FILE, header)
    for name in _TEXTS:
        pq.write_table(table(getattr(comparison, name)), folder / f"{name}.parquet")


def _read(folder: Path) -> Comparison:
    run = stored.document(folder / _FILE, SCHEMA)
    return Comparison(
        request=ComparisonRequest.from_document(run["question"]),
        context=tuple(run["context"]),
        first_divergence=run["first_divergence"],
        provenance=run["provenance"],
        **{name: trace(pq.read_table(folder / f"{name}.parquet")) for name in _TEXTS},
    )


CODEC = Codec(
    folder="runs",
    schema=SCHEMA,
    result=Comparison,
    needed=_FILE,
    files=re.compile(r"run\.json|on_(?:baseline|compressed)\.parquet"),
    write=_write,
    read=_read,
    head=head(_FILE, ComparisonRequest, SCHEMA, asked="question", fact="first_divergence"),
    aside=True,
)
