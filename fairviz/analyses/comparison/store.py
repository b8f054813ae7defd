"""Answers on disk: asked once, computed once, readable after a crash.

A run is a folder `<key>/` with `run.json` (question, context, provenance, schema) and one
Parquet table a text, one row a token. It is written under a temporary name, flushed to the
disk, and renamed: a reader sees a whole run or none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from fairviz.core import stored
from fairviz.core.disk import cache_root, is_key, replacing
from fairviz.core.specs import Question, request_key
from fairviz.metrics.trace_tables import table, trace
from fairviz.metrics.traces import Comparison

SCHEMA = 1
_TEXTS = ("on_baseline", "on_compressed")


@dataclass(frozen=True)
class RunSummary:
    """One stored run, as a list shows it.

    Attributes:
        key: Its folder's name.
        question: What was asked.
        date: When it was answered, ISO 8601 in UTC.
        first_divergence: Index of the first differing token; None when there is none.
    """

    key: str
    question: Question
    date: str
    first_divergence: int | None


class Store:
    """The runs under a cache folder.

    Args:
        root: The cache folder; by default `FAIRVIZ_CACHE`, else `cache/` of the project.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or cache_root()
        self.runs = self.root / "runs"

    def key(
        self, question: Question, fingerprints: tuple[str, str], device: str, dtype: str
    ) -> str:
        """Names the run of a question: other weights, device or number type, other key."""
        return request_key(SCHEMA, question.document(), fingerprints, device, dtype)

    def load(self, key: str) -> Comparison | None:
        """The stored comparison; None if there is none or it is damaged.

        A damaged run is moved to `runs/damaged/`, where `damaged` lists it.

        Raises:
            CannotRead: If the system cannot read it now.
            Newer: If a newer fairviz has stored it.
        """
        folder = self._folder(key)
        return None if folder is None else stored.loaded(folder, _read, aside=True)

    def save(self, key: str, comparison: Comparison) -> Path:
        """Store a comparison; a run that is there already under this key is replaced.

        Raises:
            OSError: If the folder cannot be written; nothing half-written is left.
        """
        folder = self.runs / key
        with replacing(folder) as writing:
            _write(writing, comparison)
        return folder

    def recent(self, limit: int = 12) -> list[RunSummary]:
        """The runs last stored, the newest first; damaged ones are set aside on the way."""
        try:
            folders = [path for path in self.runs.iterdir() if self._folder(path.name) is not None]
            folders = [path for path in folders if path.is_dir()]
            folders.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        except OSError:
            return []
        return list(islice(stored.readable(folders, _summary, aside=True), limit))

    def damaged(self) -> list[str]:
        """One line for each run that was set aside: its name and what was wrong."""
        return stored.reasons(self.runs)

    def _folder(self, key: str) -> Path | None:
        """The folder of a key; None for what is no key (a link may hold anything)."""
        return self.runs / key if is_key(key) and key != "damaged" else None


def _write(folder: Path, comparison: Comparison) -> None:
    header = {
        "schema": SCHEMA,
        "question": comparison.question.document(),
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


def _summary(folder: Path) -> RunSummary:
    run = _header(folder)
    return RunSummary(
        key=folder.name,
        question=Question.from_document(run["question"]),
        date=str(run["provenance"].get("date", "")),
        first_divergence=run["first_divergence"],
    )


def _read(folder: Path) -> Comparison:
    run = _header(folder)
    texts = {name: trace(pq.read_table(folder / f"{name}.parquet")) for name in _TEXTS}
    provenance: Mapping[str, Any] = run["provenance"]
    return Comparison(
        question=Question.from_document(run["question"]),
        context=tuple(run["context"]),
        first_divergence=run["first_divergence"],
        provenance=provenance,
        on_baseline=texts["on_baseline"],
        on_compressed=texts["on_compressed"],
    )
