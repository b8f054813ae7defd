"""The imported tables on disk: what fairviz ships, what its user imported, how much there is.

A source is a folder with `source.json`, `canonical.parquet` (the cells that speak for their
setting), `cells.parquet` (all of them; not shipped) and, for a source that has them,
`items.parquet`. A source of the user's stands before a shipped one of the same name.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairviz.benchmarks.beyond_perplexity.columns import renamed
from fairviz.benchmarks.change import with_derived
from fairviz.benchmarks.items import paired
from fairviz.benchmarks.metrics import flagged
from fairviz.benchmarks.schema import SETTING, BadTable, stacked, tidy
from fairviz.core.disk import cache_root, replacing
from fairviz.core.home import SHIPPED
from fairviz.core.stored import CannotRead, Damaged, Newer, document, judged
from fairviz.i18n import N_, _, speaking

if TYPE_CHECKING:
    import pandas as pd


SINGLE_RUN = N_("A single run per setting: nothing here says how much a second run would differ.")


@dataclass(frozen=True)
class Source:
    """One imported source."""

    name: str  # names its folder and its rows
    title: str  # what a page calls it
    citation: str = ""  # in one line; empty for one's own
    bibtex: str = ""  # the same for a reference manager
    # Whether every question's outcome is there, so that flips can be counted.
    item_level: bool = False
    cells: int = 0  # cells read from the source, holes included
    kept: int = 0  # canonical cells among them
    holes: tuple[str, ...] = ()  # what the source lacks, one line each, for a reader
    caveats: tuple[str, ...] = ()  # what may not be concluded from it, one sentence each

    @classmethod
    def from_document(cls, document: dict[str, object]) -> Source:
        """The source whose fields these are, as JSON has them.

        Raises:
            TypeError: If the document has other fields.
        """
        lists = {
            name: tuple(str(line) for line in lines)
            for name, lines in document.items()
            if isinstance(lines, list)
        }
        return cls(**{**document, **lists})  # type: ignore[arg-type]


SCHEMA = 1
_log = logging.getLogger(__name__)


def folders() -> tuple[Path, ...]:
    """Where sources are looked for, the user's own first."""
    return tuple(dict.fromkeys((cache_root() / "benchmarks", SHIPPED / "benchmarks")))


def put(source: Source, cells: pd.DataFrame, items: pd.DataFrame | None = None) -> Source:
    """Store a source; one of the same name is replaced in one step.

    Args:
        source: Its counts are filled in from `cells`.
        items: One row per question and model pair, for an item-level source.

    Returns:
        The source with its counts.

    Raises:
        BadTable: If the folder cannot be written; what was stored before stays.
    """
    cells = flagged(cells)
    kept = cells[cells["canonical"]].reset_index(drop=True)
    counted = {**asdict(source), "cells": len(cells), "kept": len(kept)}
    folder = cache_root() / "benchmarks" / source.name
    try:
        with replacing(folder) as writing:
            text = json.dumps({"schema": SCHEMA, **counted}, ensure_ascii=False, indent=1)
            (writing / "source.json").write_text(text + "\n", encoding="utf-8")
            kept.to_parquet(writing / "canonical.parquet", compression="zstd", index=False)
            cells.to_parquet(writing / "cells.parquet", compression="zstd", index=False)
            if items is not None:
                items.to_parquet(writing / "items.parquet", compression="zstd", index=False)
    except OSError as error:
        raise BadTable(
            _("{folder} cannot be written ({why}).", folder=folder, why=error.strerror),
            fix=_("Free some space, or name another cache folder in FAIRVIZ_CACHE."),
        ) from error
    return Source.from_document(json.loads(json.dumps(counted)))


def sources() -> tuple[tuple[Source, Path], ...]:
    """Every readable source with its folder; one that cannot be read is logged and left out."""
    found: dict[str, tuple[Source, Path]] = {}
    for place in folders():
        for path in sorted(place.glob("[!.]*/source.json")):
            try:
                with judged(path.parent):
                    source = _source(path)
            except (CannotRead, Damaged, Newer) as error:
                _log.warning("the table in %s cannot be read: %s", path.parent, error)
                continue
            found.setdefault(source.name, (source, path.parent))
    return tuple(found.values())


def source_in(folder: Path) -> Source | None:
    """The source in a folder whose every table can be read; None where one cannot."""
    import pandas as pd

    try:
        source = _source(folder / "source.json")
        tidy(pd.read_parquet(folder / "canonical.parquet"))
        if source.item_level:
            paired(pd.read_parquet(folder / "items.parquet"))
    except (OSError, ValueError, TypeError, KeyError, BadTable, Newer) as error:
        _log.warning("the table in %s cannot be read: %s", folder, error)
        return None
    return source if source.name == folder.name else None


def _source(path: Path) -> Source:
    said = document(path, SCHEMA)
    return Source.from_document({key: value for key, value in said.items() if key != "schema"})


def stored(*, everything: bool = False) -> list[tuple[Source, pd.DataFrame]]:
    """Every source with its cells as stored, what is impossible among them flagged.

    Args:
        everything: Also the cells that speak for no setting, of sources imported here.
    """
    import pandas as pd

    out = []
    for source, folder in sources():
        path = folder / "cells.parquet"
        if not (everything and path.exists()):
            path = folder / "canonical.parquet"
        try:
            # What is logged is English, whoever is looking.
            with speaking("en"):
                out.append((source, flagged(renamed(tidy(pd.read_parquet(path))))))
        except (OSError, ValueError, BadTable) as error:
            _log.warning("%s of %s cannot be read: %s", path.name, source.name, error)
    return out


def table(*, everything: bool = False) -> pd.DataFrame:
    """All sources as one table, with the measures that follow from two of their cells."""
    return with_derived(stacked(frame for _rest, frame in stored(everything=everything)))


def items(name: str) -> pd.DataFrame | None:
    """The item-level outcomes of a source; None if it has none."""
    import pandas as pd

    for source, folder in sources():
        path = folder / "items.parquet"
        if source.name == name and path.exists():
            return pd.read_parquet(path)
    return None


def counts() -> dict[str, Any]:
    """Cells read and canonical cells: of all, and of each source by benchmark and flag.

    Measures derived from two cells are not counted: no source has them.
    """
    out: dict[str, dict[str, Any]] = {}
    for source, frame in stored():
        parts = frame.groupby("benchmark", observed=True)
        out[source.name] = {
            "cells": source.cells,
            "canonical": source.kept,
            "holes": list(source.holes),
            "flags": _flags(frame),
            "benchmarks": {str(name): _of(part) for name, part in parts},
        }
    return {
        "cells": sum(one["cells"] for one in out.values()),
        "canonical": sum(one["canonical"] for one in out.values()),
        "sources": out,
    }


def _of(part: pd.DataFrame) -> dict[str, Any]:
    levels = part["level"].astype(str).value_counts()
    return {
        "canonical": len(part),
        "flagged": int((part["flags"].astype(str) != "").sum()),
        "settings": len(part.drop_duplicates(list(SETTING))),
        "metrics": sorted(part["metric"].astype(str).unique()),
        "levels": {str(level): int(number) for level, number in sorted(levels.items())},
    }


def _flags(frame: pd.DataFrame) -> dict[str, int]:
    found = frame["flags"].astype(str)
    return {
        str(name): int(number)
        for name, number in found[found != ""].str.split(",").explode().value_counts().items()
    }
