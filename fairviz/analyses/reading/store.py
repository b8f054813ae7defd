"""Texts under both models, kept on disk: a link to a reading opens without a model.

A reading is a folder `readings/<key>/` with `reading.json` (what was read by whom, the noise
floor, provenance, schema) and `text-0.parquet`, `text-1.parquet`, one row a token. It is
written under a temporary name and renamed: a reader sees a whole one or none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from fairviz.core import stored
from fairviz.core.disk import cache_root, is_key, replacing
from fairviz.core.specs import ModelSpec, batch, request_key
from fairviz.metrics.trace_tables import table, trace
from fairviz.metrics.traces import PairTrace

SCHEMA = 1


@dataclass(frozen=True)
class ToRead:
    """Who reads what.

    Attributes:
        baseline: One model.
        compressed: The other.
        texts: One or two.
        floor: Whether the noise floor is measured.
        batch_rows: Texts read together, where others' batches are repeated; see
            `Pair.in_batches`.
    """

    baseline: ModelSpec
    compressed: ModelSpec
    texts: tuple[str, ...]
    floor: bool = True
    batch_rows: int | None = None

    def document(self) -> dict[str, object]:
        """Plain JSON values; those of questions asked before there was a choice are unchanged."""
        return {
            "baseline": str(self.baseline),
            "compressed": str(self.compressed),
            "texts": list(self.texts),
            **({} if self.floor else {"floor": False}),
            **batch(self.batch_rows),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> ToRead:
        """The inverse of `document`."""
        return cls(
            ModelSpec.parse(str(document["baseline"])),
            ModelSpec.parse(str(document["compressed"])),
            tuple(str(text) for text in document["texts"]),
            bool(document.get("floor", True)),
            document.get("batch_rows"),
        )


@dataclass(frozen=True, eq=False)
class Reading:
    """What both models made of it.

    Attributes:
        read: Who read what.
        contexts: For each text, the texts of the tokens that are context only.
        traces: One per text.
        floor: The baseline against itself: `how`, `share`, and per quantity the `size` that
            this share of the tokens stays below; `failed` where it could not be measured, empty
            where it was not.
        provenance: Identity of both models, versions, device, date; JSON values.
    """

    read: ToRead
    contexts: tuple[tuple[str, ...], ...]
    traces: tuple[PairTrace, ...]
    floor: Mapping[str, Any]
    provenance: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """Everything as plain JSON values; NaN becomes null."""
        return {
            **self.read.document(),
            "contexts": [list(one) for one in self.contexts],
            "traces": [one.document() for one in self.traces],
            "noise_floor": dict(self.floor),
            "provenance": dict(self.provenance),
        }


@dataclass(frozen=True)
class Kept:
    """A stored reading, as a list shows it."""

    key: str
    read: ToRead
    date: str


class Readings:
    """The readings under a cache folder.

    Args:
        root: The cache folder; by default `FAIRVIZ_CACHE`, else `cache/` of the project.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.folder = (root or cache_root()) / "readings"

    def key(self, read: ToRead, fingerprints: tuple[str, str], device: str, dtype: str) -> str:
        """Names a reading: other weights, device or number type, other key."""
        return request_key(SCHEMA, read.document(), fingerprints, device, dtype)

    def save(self, key: str, reading: Reading) -> None:
        """Store a reading; one that is there already under this key is replaced.

        Raises:
            OSError: If the folder cannot be written; nothing half-written is left.
        """
        header = {
            "schema": SCHEMA,
            "read": reading.read.document(),
            "contexts": [list(one) for one in reading.contexts],
            "floor": dict(reading.floor),
            "provenance": dict(reading.provenance),
        }
        with replacing(self.folder / key) as writing:
            text = json.dumps(header, ensure_ascii=False, indent=1)
            (writing / "reading.json").write_text(text, encoding="utf-8")
            for number, pair in enumerate(reading.traces):
                pq.write_table(table(pair), writing / f"text-{number}.parquet")

    def load(self, key: str) -> Reading | None:
        """A stored reading; None if there is none or it cannot be read."""
        return stored.loaded(self.folder / key, _read) if is_key(key) else None

    def recent(self, limit: int = 6) -> list[Kept]:
        """The readings last stored, the newest first; what cannot be read is left out."""
        found = stored.readable(self.folder.glob("[!.]*"), _kept)
        return sorted(found, key=lambda one: one.date, reverse=True)[:limit]


def _read(folder: Path) -> Reading:
    header = _header(folder)
    read = ToRead.from_document(header["read"])
    if not read.texts or len(header["contexts"]) != len(read.texts):
        raise ValueError("no text, or not a context for each")
    return Reading(
        read=read,
        contexts=tuple(tuple(one) for one in header["contexts"]),
        traces=tuple(
            trace(pq.read_table(folder / f"text-{number}.parquet"))
            for number in range(len(read.texts))
        ),
        floor=header["floor"],
        provenance=header["provenance"],
    )


def _kept(folder: Path) -> Kept:
    header = _header(folder)
    date = str(header["provenance"].get("date", ""))
    return Kept(folder.name, ToRead.from_document(header["read"]), date)


def _header(folder: Path) -> dict[str, Any]:
    header = json.loads((folder / "reading.json").read_text(encoding="utf-8"))
    stored.check_schema(folder, header["schema"], known=(SCHEMA,))
    return dict(header)
