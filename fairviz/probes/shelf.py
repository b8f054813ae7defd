"""Outcomes on disk: a probe that was run is found again by its question, without a model.

An outcome is a folder `probes/<key>/` with `probe.json` (question, words, provenance, schema)
and one Parquet file a table. It is written whole or not at all. Sentences are English, each with
its message and values, so that every reader is told in the language of the page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from fairviz import __version__
from fairviz.core import stored
from fairviz.core.disk import cache_root, is_key, replacing
from fairviz.core.set_files import LeftOut
from fairviz.core.specs import ModelSpec, batch, request_key
from fairviz.i18n import said as kept
from fairviz.probes.document import document
from fairviz.probes.record import Items, Outcome
from fairviz.probes.registry import probe_of

# Of what is written. Outcomes of 1 tell no independent units and may claim more than theirs
# allow: they open, and whoever asks again measures anew.
SCHEMA, _READ = 2, (1, 2)
_TABLES = ("items", "groups", "metrics")


@dataclass(frozen=True)
class Asked:
    """What a probe was asked.

    Attributes:
        probe: Its name.
        baseline: As a model specification; where no model is run, what the first answers are
            called.
        compressed: Likewise.
        source: What the items are called.
        content: Hash of what they hold.
        n: How many.
        settings: Setting -> value, as JSON has it; an uploaded word list by name and hash.
        batch_rows: Texts read together, where others' batches are repeated; see
            `Pair.in_batches`.
    """

    probe: str
    baseline: ModelSpec
    compressed: ModelSpec
    source: str
    content: str
    n: int
    settings: Mapping[str, Any]
    batch_rows: int | None = None

    def document(self) -> dict[str, Any]:
        """The question as JSON values."""
        models = {"baseline": str(self.baseline), "compressed": str(self.compressed)}
        found = {**self.__dict__, **models, "settings": dict(self.settings)}
        del found["batch_rows"]
        return found | batch(self.batch_rows)


@dataclass(frozen=True, eq=False)
class Run:
    """A question, what came out, and what a reader needs to trust it.

    Attributes:
        asked: The question.
        outcome: What came out.
        warts: What was odd in the items, with how often.
        left_out: Items that could not be used.
        provenance: Both models as loaded, versions, date; without models versions and date.
    """

    asked: Asked
    outcome: Outcome
    warts: Mapping[str, int] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """Everything, as the command line's `--json` writes it."""
        asked = self.asked
        rows = pd.DataFrame(index=range(asked.n))  # of the items only the number is told
        items = Items(asked.source, rows, self.left_out, self.warts, asked.content)
        two = asked.baseline, asked.compressed
        found = document(probe_of(asked.probe), items, self.outcome, asked.settings, two, None)
        return {**found, "provenance": dict(self.provenance)}


@dataclass(frozen=True)
class Kept:
    """A run in the store, as a list shows it."""

    key: str
    asked: Asked
    date: str


def asked(
    probe: str,
    baseline: ModelSpec,
    compressed: ModelSpec,
    items: Items,
    settings: Mapping[str, Any],
) -> Asked:
    """The question that a run answers; files among the settings become a name and a hash."""
    told = {
        name: f"{value[1]} ({sha256(value[0]).hexdigest()[:16]})"
        if isinstance(value, tuple)
        else value
        for name, value in settings.items()
    }
    n, content = len(items.rows), items.content
    return Asked(probe, baseline, compressed, items.source, content, n, told)


def without_models() -> dict[str, Any]:
    """The provenance of a run that read what others measured."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"versions": {"fairviz": __version__}, "date": now}


class Shelf:
    """The outcomes under a cache folder.

    Args:
        root: The cache folder; by default `FAIRVIZ_CACHE`, else `cache/` of the project.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.folder = (root or cache_root()) / "probes"

    def key(self, asked: Asked, fingerprints: tuple[str, str], device: str, dtype: str) -> str:
        """Names a question's outcome: other weights, device or number type, other key."""
        return request_key(SCHEMA, asked.document(), fingerprints, device, dtype)

    def save(self, key: str, run: Run) -> None:
        """Keep a run, whole or not at all.

        Raises:
            CannotKeep: If it cannot be written.
        """
        outcome = run.outcome
        said = {
            "schema": SCHEMA,
            "date": run.provenance.get("date", ""),
            "asked": run.asked.document(),
            "measure": kept.document(outcome.measure),
            "neutral": None if outcome.neutral != outcome.neutral else outcome.neutral,
            "sentences": [kept.document(one) for one in outcome.sentences],
            "details": list(outcome.details),
            "warts": {what: int(often) for what, often in run.warts.items()},
            "left_out": [one._asdict() for one in run.left_out],
            "provenance": dict(run.provenance),
        }
        with stored.keeping(self.folder / key), replacing(self.folder / key) as folder:
            for name in _TABLES:
                getattr(outcome, name).to_parquet(folder / f"{name}.parquet", index=False)
            for number, table in enumerate(outcome.details.values()):
                table.to_parquet(folder / f"detail-{number}.parquet", index=False)
            text = json.dumps(said, ensure_ascii=False, indent=1)
            (folder / "probe.json").write_text(text, encoding="utf-8")

    def load(self, key: str) -> Run | None:
        """A run; None if there is none or it cannot be read."""
        return stored.loaded(self.folder / key, _run) if is_key(key) else None

    def recent(self, limit: int = 8) -> list[Kept]:
        """Runs, the newest first; what cannot be read is left out."""
        found = stored.readable(self.folder.glob("[!.]*"), _kept)
        return sorted(found, key=lambda one: one.date, reverse=True)[:limit]


def _run(folder: Path) -> Run:
    said = _said(folder)
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in _TABLES}
    details = {
        name: pd.read_parquet(folder / f"detail-{number}.parquet")
        for number, name in enumerate(said["details"])
    }
    neutral = said["neutral"]
    return Run(
        asked=_asked(said["asked"]),
        outcome=Outcome(
            measure=kept.read(said["measure"]),
            neutral=float("nan") if neutral is None else float(neutral),
            sentences=tuple(kept.read(one) for one in said["sentences"]),
            details=details,
            **tables,
        ),
        warts=said["warts"],
        left_out=tuple(LeftOut(**one) for one in said["left_out"]),
        provenance=said["provenance"],
    )


def _kept(folder: Path) -> Kept:
    said = _said(folder)
    return Kept(folder.name, _asked(said["asked"]), str(said["date"]))


def _said(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder / "probe.json").read_text(encoding="utf-8"))
    stored.check_schema(folder, said["schema"], known=_READ)
    return said


def _asked(said: Mapping[str, Any]) -> Asked:
    two = {side: ModelSpec.parse(said[side]) for side in ("baseline", "compressed")}
    probe_of(said["probe"])  # one that is no more cannot be shown
    return Asked(**{**said, **two})
