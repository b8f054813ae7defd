"""A run on disk: `served.json` (request, texts' beginnings, provenance, schema) and
`text-0.parquet`, `text-1.parquet`, one row a token.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from fairviz.analyses.base import Codec, head
from fairviz.analyses.served.request import COLUMNS, WORDS, Served, ServedRequest, ServedText
from fairviz.core import stored

SCHEMA = 1
_FILE = "served.json"


def _write(folder: Path, served: Served) -> None:
    header = {
        "schema": SCHEMA,
        "asked": served.request.document(),
        "texts": [{"side": one.side, "before": one.before} for one in served.texts],
        "provenance": dict(served.provenance),
    }
    stored.write(folder / _FILE, header)
    for number, text in enumerate(served.texts):
        text.tokens.to_parquet(folder / f"text-{number}.parquet", index=False)


def _read(folder: Path) -> Served:
    header = stored.document(folder / _FILE, SCHEMA)
    if not 1 <= len(header["texts"]) <= 2:
        raise ValueError("one or two texts were measured")
    texts = tuple(
        ServedText(str(one["side"]), str(one["before"]), _tokens(folder / f"text-{number}.parquet"))
        for number, one in enumerate(header["texts"])
    )
    return Served(ServedRequest.from_document(header["asked"]), texts, header["provenance"])


def _tokens(path: Path) -> pd.DataFrame:
    found = pd.read_parquet(path)
    if sorted(found.columns) != sorted(COLUMNS):
        raise ValueError("other columns than were written")
    numbers = found.drop(columns=list(WORDS))
    if not all(pd.api.types.is_numeric_dtype(kind) for kind in numbers.dtypes):
        raise ValueError("a number is none")
    if not all(isinstance(one, str) for name in WORDS for one in found[name]):
        raise ValueError("a token is no text")
    return found


CODEC = Codec(
    folder="served",
    schema=SCHEMA,
    result=Served,
    needed=_FILE,
    files=re.compile(r"served\.json|text-[01]\.parquet"),
    write=_write,
    read=_read,
    head=head(_FILE, ServedRequest, SCHEMA),
)
