"""A trade-off on disk: `tradeoff.json` (request, points, what was refused, provenance)."""

from __future__ import annotations

import re
from pathlib import Path

from fairviz.analyses.base import Codec, Stored
from fairviz.analyses.tradeoff.measure import Point
from fairviz.analyses.tradeoff.request import Tradeoff, TradeoffRequest
from fairviz.core import stored

SCHEMA = 1
_FILE = "tradeoff.json"


def _write(folder: Path, found: Tradeoff) -> None:
    document = {
        "schema": SCHEMA,
        "date": found.provenance.get("date", ""),
        "asked": found.request.document(),
        "points": [point.document() for point in found.points],
        "whole": dict(found.whole),
        "refused": dict(found.refused),
        "provenance": dict(found.provenance),
    }
    stored.write(folder / _FILE, document)


def _read(folder: Path) -> Tradeoff:
    said = stored.document(folder / _FILE, SCHEMA)
    return Tradeoff(
        request=TradeoffRequest.from_document(said["asked"]),
        points=tuple(Point(**point) for point in said["points"]),
        whole=said["whole"],
        refused=said["refused"],
        provenance=said["provenance"],
    )


def _head(folder: Path) -> Stored:
    said = stored.document(folder / _FILE, SCHEMA)
    return Stored(folder.name, TradeoffRequest.from_document(said["asked"]), str(said["date"]))


CODEC = Codec(
    folder="tradeoffs",
    schema=SCHEMA,
    result=Tradeoff,
    needed=_FILE,
    files=re.compile(r"tradeoff\.json"),
    write=_write,
    read=_read,
    head=_head,
    aside=True,
)
