"""A judgement on disk: `evenness.json` (request, refusals, provenance), one Parquet a table."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from fairviz.analyses.base import Codec, head, header
from fairviz.analyses.evenness.request import Evenness, EvennessRequest
from fairviz.core import stored

SCHEMA = 1
_FILE = "evenness.json"
_TABLES = ("swaps", "pairs", "pieces")


def _write(folder: Path, found: Evenness) -> None:
    for name in _TABLES:
        getattr(found, name).to_parquet(folder / f"{name}.parquet", index=False)
    stored.write(folder / _FILE, header(SCHEMA, found, refused=dict(found.refused)))


def _read(folder: Path) -> Evenness:
    said = stored.document(folder / _FILE, SCHEMA)
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in _TABLES}
    request = EvennessRequest.from_document(said["asked"])
    return Evenness(request, **tables, refused=said["refused"], provenance=said["provenance"])


CODEC = Codec(
    folder="evenness",
    schema=SCHEMA,
    result=Evenness,
    needed=_FILE,
    files=re.compile(r"evenness\.json|(?:swaps|pairs|pieces)\.parquet"),
    write=_write,
    read=_read,
    head=head(_FILE, EvennessRequest, SCHEMA),
    aside=True,
)
