"""How much of each source there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairviz.benchmarks import store
from fairviz.benchmarks.schema import SETTING

if TYPE_CHECKING:
    import pandas as pd


def counts() -> dict[str, Any]:
    """Cells read and canonical cells: of all, and of each source by benchmark and flag.

    Measures derived from two cells are not counted: no source has them.
    """
    out: dict[str, dict[str, Any]] = {}
    for source, frame in store.stored():
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
