"""A tidy CSV or Parquet of one's own: read cell by cell, refused with its place or taken whole."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from itertools import pairwise
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING

from fairviz.benchmarks.beyond_perplexity.names import FILES
from fairviz.benchmarks.metrics import metric
from fairviz.benchmarks.schema import (
    COLUMNS,
    LEVELS,
    STRUCTURES,
    WORSE,
    BadTable,
    Column,
    check_columns,
    joined,
    tidy,
)
from fairviz.core.declared import refusals_of
from fairviz.core.set_files import Rows, kind_of, rows
from fairviz.core.skips import first_of
from fairviz.core.text_file import content_of
from fairviz.i18n import N_, _

if TYPE_CHECKING:
    import pandas as pd

_refused = refusals_of(__file__, BadTable)
_KINDS = ("csv", "tsv", "parquet")
_ALLOWED = {"level": LEVELS, "worse": WORSE, "structure": STRUCTURES}
_DIMENSIONS = {file.benchmark: file.dimension for file in FILES}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FLAG = re.compile(r"[\w-]+")


def read(path: Path) -> pd.DataFrame:
    """The file as a bias table.

    A column of `schema.COLUMNS` that the file lacks is filled: `source` with the file's stem,
    `unit` and `worse` from what is known of the metric, `level` from whether a group or an
    axis is named. `dimension` (of a known benchmark, else `other`), `file` and `line` are
    filled where the file itself has nothing.

    Args:
        path: A `.csv` in UTF-8 with commas, or a `.parquet`.

    Raises:
        BadTable: With the file, the line (CSV: the header is line 1) or row (Parquet, from 1)
            and the column of the first thing that cannot be read.
    """
    kind = kind_of(path.name)
    if kind not in _KINDS:
        raise BadTable(
            _("{file} is neither a CSV nor a Parquet file.", file=path.name),
            fix=_(
                "Give a file whose name ends in {endings}.",
                endings=", ".join(f".{one}" for one in _KINDS),
            ),
        )
    table = rows(content_of(path), path.name)
    check_columns(table.columns, path.name)
    if table.left_out:
        raise BadTable(
            f"{path.name}, {first_of(table.left_out)}",
            fix=_("Quote text that has a comma in it; if the file was cut off, write it again."),
        )
    place = (
        N_("{file}, row {place}, column {column!r}")
        if kind == "parquet"
        else N_("{file}, line {place}, column {column!r}")
    )
    return _filled(table, path, place)


def _filled(table: Rows, path: Path, place: str) -> pd.DataFrame:
    """The rows as a bias table; `place` names where a cell is, with its number and column."""
    import pandas as pd

    known = {column.name: column for column in COLUMNS}
    header = [known[name] for name in table.columns]
    filled = []
    for number, fields in table.rows:

        def where(column: str, number: int = number) -> str:
            return _(place, file=path.name, place=number, column=column)

        row = {column.name: _cell(where, column, fields[column.name]) for column in header}
        _check_interval(where, row)
        row["dimension"] = row.get("dimension") or _DIMENSIONS.get(str(row["benchmark"]), "other")
        row["file"] = row.get("file") or path.name
        row["line"] = row.get("line") or number
        filled.append(row)
    frame = pd.DataFrame(filled)
    if "source" not in frame:
        frame["source"] = path.stem
    for name in ("unit", "worse"):
        if name not in frame:
            frame[name] = [getattr(metric(str(one)), name) for one in frame["metric"]]
    if "level" not in frame:
        frame["level"] = [
            "group" if row.get("group") else "axis" if row.get("axis") else "aggregate"
            for row in filled
        ]
    return tidy(frame)


def _cell(where: Callable[[str], str], column: Column, cell: object) -> object:
    """One cell with the type of its column.

    A missing number is None, which every type of column takes; a missing word is empty.
    """

    shown = repr(cell) if len(repr(cell)) < 60 else f"{repr(cell)[:57]}…"

    def refuse(key: str, **values: str) -> BadTable:
        return _refused(key, where=where(column.name), cell=shown, **values)

    if not isinstance(cell, str | Number | None):
        raise refuse("neither")
    text = "" if cell is None or cell != cell else str(cell).strip()
    if column.dtype == "category":
        if column.required and not text:
            raise refuse("empty", meaning=_(column.meaning))
        if text and text not in _ALLOWED.get(column.name, (text,)):
            allowed = ", ".join(one for one in _ALLOWED[column.name] if one)
            raise refuse("unknown", allowed=allowed)
        if column.name == "flags":
            parts = [part.strip() for part in text.split(",")] if text else []
            if not all(_FLAG.fullmatch(part) for part in parts):
                raise refuse("no_flags")
            return joined(parts)
        return text
    if not text or text.lower() in ("nan", "na"):
        return None
    if column.dtype == "bool":
        if text.lower() not in _TRUTH:
            raise refuse("no_truth")
        return _TRUTH[text.lower()]
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise refuse("no_number")
    if column.dtype == "Int64":
        if not (number >= 1 and number.is_integer()):
            raise refuse("not_whole")
        if number >= 2**53:
            raise refuse("too_large")
        return int(number)
    if column.name == "ratio" and not 0 <= number <= 1:
        told = _("{where}: {cell} is not between 0 and 1.", where=where(column.name), cell=shown)
        raise BadTable(told, fix=_(column.meaning))
    return number


def _check_interval(where: Callable[[str], str], row: dict[str, object]) -> None:
    named = [(name, row.get(name)) for name in ("low", "value", "high")]
    known = [(name, number) for name, number in named if isinstance(number, float)]
    for (name, number), (above, larger) in pairwise(known):
        # An end that was computed may lie past the value by rounding.
        if number > larger and not math.isclose(number, larger, rel_tol=1e-9, abs_tol=1e-9):
            raise BadTable(
                _(
                    "{where}: {number:g} is above {above} {larger:g}.",
                    where=where(name),
                    number=number,
                    above=above,
                    larger=larger,
                ),
                fix=_("The interval is from low to high, with the value inside."),
            )
