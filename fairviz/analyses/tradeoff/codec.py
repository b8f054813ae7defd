"""A trade-off on disk: `tradeoff.json` (request, points, what was refused, provenance)."""

from __future__ import annotations

import re
from pathlib import Path

from fairviz.analyses.base import Codec, head, header
from fairviz.analyses.tradeoff.measure import Point
from fairviz.analyses.tradeoff.request import Tradeoff, TradeoffRequest
from fairviz.core import stored

SCHEMA = 1
_FILE = "tradeoff.json"


def _write(folder: Path, found: Tradeoff) -> None:
    points = [point.document() for point in found.points]
    said = {"points": points, "whole": dict(found.whole), "refused": dict(found.refused)}
    stored.write(folder / _FILE, header(SCHEMA, found, **said))


def _read(folder: Path) -> Tradeoff:
    said = stored.document(folder / _FILE, SCHEMA)
    return Tradeoff(
        request=TradeoffRequest.from_document(said["asked"]),
        points=tuple(Point(**point) for point in said["points"]),
        whole=said["whole"],
        refused=said["refused"],
        provenance=said["provenance"],
    )


CODEC = Codec(
    folder="tradeoffs",
    schema=SCHEMA,
    result=Tradeoff,
    needed=_FILE,
    files=re.compile(r"tradeoff\.json"),
    write=_write,
    read=_read,
    head=head(_FILE, TradeoffRequest, SCHEMA),
    aside=True,
)
