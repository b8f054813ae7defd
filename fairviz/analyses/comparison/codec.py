"""A comparison on disk: `run.json` (question, context, provenance, schema) and one Parquet table a
text, one row a token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from fairviz.analyses.base import Codec, Stored
from fairviz.analyses.comparison.request import Comparison, ComparisonRequest
from fairviz.core import stored
from fairviz.metrics.trace_tables import table, trace

SCHEMA = 1
_TEXTS = ("on_baseline", "on_compressed")


def _write(folder: Path, comparison: Comparison) -> None:
    header = {
        "schema": SCHEMA,
        "question": comparison.request.document(),
        "context": list(comparison.context),
        "first_divergence": comparison.first_divergence,
        "provenance": dict(comparison.provenance),
    }
    text = json.dumps(header, ensure_ascii=False, indent=1)
    (folder / "run.json").write_text(text, encoding="utf-8")
    for name in _TEXTS:
        pq.write_table(table(getattr(comparison, name)), folder / f"{name}.parquet")


def _header(folder: Path) -> dict[str, Any]:
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    stored.check_schema(folder, run["schema"], known=(SCHEMA,))
    return dict(run)


def _head(folder: Path) -> Stored:
    run = _header(folder)
    date = str(run["provenance"].get("date", ""))
    parts = {"first_divergence": run["first_divergence"]}
    return Stored(folder.name, ComparisonRequest.from_document(run["question"]), date, parts)


def _read(folder: Path) -> Comparison:
    run = _header(folder)
    texts = {name: trace(pq.read_table(folder / f"{name}.parquet")) for name in _TEXTS}
    provenance: Mapping[str, Any] = run["provenance"]
    return Comparison(
        request=ComparisonRequest.from_document(run["question"]),
        context=tuple(run["context"]),
        first_divergence=run["first_divergence"],
        provenance=provenance,
        on_baseline=texts["on_baseline"],
        on_compressed=texts["on_compressed"],
    )


CODEC = Codec(
    folder="runs",
    schema=SCHEMA,
    result=Comparison,
    needed="run.json",
    files=re.compile(r"run\.json|on_(?:baseline|compressed)\.parquet"),
    write=_write,
    read=_read,
    head=_head,
    aside=True,
)
