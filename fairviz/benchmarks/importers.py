"""From a path to a stored source: which importer reads it, and what is kept of it."""

from __future__ import annotations

import re
from pathlib import Path

from fairviz.benchmarks import lm_eval as harness
from fairviz.benchmarks import modeldiffr, store, tidy_file
from fairviz.benchmarks.beyond_perplexity import importer as study_importer
from fairviz.benchmarks.beyond_perplexity import source as study
from fairviz.benchmarks.lm_eval import Compression, Imported
from fairviz.benchmarks.schema import BadTable
from fairviz.benchmarks.store import SINGLE_RUN, Source
from fairviz.i18n import _


def published_or_own(path: Path, name: str = "") -> Source:
    """Import a folder of the study's files, or a tidy file of one's own.

    Raises:
        BadTable: If it is neither, or malformed; what was stored before stays.
    """
    if path.is_dir():
        cells = study_importer.table(path)
        return store.put(study.source(_name(name or study.SOURCE)), cells)
    if not path.is_file():
        raise BadTable(
            _("There is no {path}.", path=path), fix=_("Name a folder or a file that exists.")
        )
    source = Source(name=_name(name or path.stem), title=name or path.stem)
    cells = tidy_file.read(path).assign(source=source.name)
    return store.put(source, cells.astype({"source": "category"}))


def lm_eval(compressed: Path, baseline: Path, said: Compression, name: str = "") -> Source:
    """Import two lm-evaluation-harness runs with logged samples as one item-level source.

    Raises:
        BadTable: If the two runs are not of the same questions, or malformed.
    """
    imported = harness.read(compressed, baseline, said)
    both = baseline.name, compressed.name
    return _item_level(imported, name or "-".join(both), name or " and ".join(both))


def report_of_modeldiffr(path: Path, said: Compression, name: str = "") -> Source:
    """Import a report of modeldiffr as an item-level source.

    Raises:
        BadTable: If it is none, or its means are not those of its items.
    """
    title = name or f"modeldiffr {path.resolve().parent.name}"
    return _item_level(modeldiffr.read(path, said), title, title)


def _item_level(imported: Imported, name: str, title: str) -> Source:
    source = Source(name=_name(name), title=title, item_level=True, caveats=(SINGLE_RUN,))
    cells = imported.rows.assign(source=source.name)
    return store.put(source, cells.astype({"source": "category"}), imported.items)


def _name(wanted: str) -> str:
    """A folder's name of what a person typed."""
    name = re.sub(r"[^\w-]+", "_", wanted.strip()).strip("_-")
    if not name:
        raise BadTable(
            _("{name!r} cannot name a source.", name=wanted), fix=_("Use letters and digits.")
        )
    return name
