"""A tidy CSV or Parquet of one's own: read cell by cell, refused with its place or taken whole."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fairviz.benchmarks.beyond_perplexity.names import FILES
from fairviz.benchmarks.metrics import metric
from fairviz.benchmarks.schema import (
    COLUMNS,
    LEVELS,
    NAMES,
    STRUCTURES,
    WORSE,
    BadTable,
    Column,
    joined,
    tidy,
)
from fairviz.language import later, tr, trn

if TYPE_CHECKING:
    import pandas as pd

_ALLOWED = {"level": LEVELS, "worse": WORSE, "structure": STRUCTURES}
_DIMENSIONS = {file.benchmark: file.dimension for file in FILES}
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FLAG = re.compile(r"[\w-]+")


class _Table(NamedTuple):
    """A file as read: `unit` is what its rows are counted in, `line` or `row`."""

    name: str
    unit: str
    header: tuple[str, ...]
    rows: list[tuple[int, list[object]]]


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
    readers: dict[str, Callable[[Path], _Table]] = {
        ".csv": _csv,
        ".parquet": _parquet,
        ".pq": _parquet,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadTable(
            tr("{file} is neither a CSV nor a Parquet file.", file=path.name),
            fix=tr("Give a file whose name ends in {endings}.", endings=", ".join(readers)),
        )
    table = reader(path)
    if not table.rows:
        raise BadTable(
            tr("{file} has no rows.", file=table.name), fix=tr("Add one row per measured number.")
        )
    return _filled(table, path)


def _csv(path: Path) -> _Table:
    lines = list(_lines(path.name, _text(path)))
    if not lines:
        raise BadTable(
            tr("{file} is empty.", file=path.name),
            fix=tr("Give a CSV with a header line and rows."),
        )
    header = tuple(lines[0][1])
    _check_header(tr("{file}, line {line}", file=path.name, line=lines[0][0]), header)
    for place, row in lines[1:]:
        if len(row) != len(header):
            raise BadTable(
                trn(
                    "{file}, line {line}: {n} field, the header has {columns}.",
                    "{file}, line {line}: {n} fields, the header has {columns}.",
                    len(row),
                    file=path.name,
                    line=place,
                    columns=len(header),
                ),
                fix=tr(
                    "Quote text that has a comma in it; if the file was cut off, write it again."
                ),
            )
    return _Table(path.name, "line", header, [(place, [*row]) for place, row in lines[1:]])


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadTable(
            tr("{path} cannot be read ({why}).", path=path, why=error.strerror),
            fix=tr("Name a file that can be read."),
        ) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BadTable(
            tr(
                "{file}, line {line}: byte {byte:#04x} is not UTF-8.",
                file=path.name,
                line=line,
                byte=content[error.start],
            ),
            fix=tr("Save the file as UTF-8."),
        ) from error


def _lines(name: str, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the physical line it begins on; blank lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        place = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadTable(
                tr("{file}, line {line}: {why}.", file=name, line=place, why=error),
                fix=tr('Close every quotation mark, and write one inside a field as "".'),
            ) from error
        if row:
            yield place, row


def _parquet(path: Path) -> _Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Of one file: a path is otherwise read as a data set, its folders as columns.
        with pq.ParquetFile(path) as file:
            content = file.read()
        columns = [column.to_pylist() for column in content.columns]
    except (OSError, ValueError, pa.ArrowException) as error:
        raise BadTable(
            tr(
                "{file} is not a readable Parquet file ({why}).",
                file=path.name,
                why=str(error).partition(chr(10))[0],
            ),
            fix=tr("Write it again; it may be damaged or cut off."),
        ) from error
    header = tuple(str(name) for name in content.column_names)
    _check_header(path.name, header)
    rows = [list(row) for row in zip(*columns, strict=True)]
    return _Table(path.name, "row", header, list(enumerate(rows, 1)))


def _check_header(where: str, header: tuple[str, ...]) -> None:
    if len(header) == 1 and re.search(r"[;\t]", header[0]):
        raise BadTable(
            tr("{where}: the columns are not separated by commas.", where=where),
            fix=tr("Save the file with commas between fields and points in numbers."),
        )
    for name in header:
        if name not in NAMES:
            raise BadTable(
                tr(
                    "{where}: the column {column!r} is not one of a bias table.",
                    where=where,
                    column=name,
                ),
                fix=tr(
                    "Leave it out (pandas: index=False), or name it as one of: {columns}.",
                    columns=", ".join(NAMES),
                ),
            )
        if header.count(name) > 1:
            raise BadTable(
                tr("{where}: the column {column!r} is there twice.", where=where, column=name),
                fix=tr("Keep one."),
            )
    for column in COLUMNS:
        if column.required and column.name not in header:
            raise BadTable(
                tr("{where}: the column {column!r} is missing.", where=where, column=column.name),
                fix=tr(
                    "{meaning} A bias table needs at least {columns}.",
                    meaning=tr(column.meaning),
                    columns=", ".join(one.name for one in COLUMNS if one.required),
                ),
            )


def _where(table: _Table, place: int, column: str) -> str:
    message = (
        later("{file}, line {place}, column {column!r}")
        if table.unit == "line"
        else later("{file}, row {place}, column {column!r}")
    )
    return tr(message, file=table.name, place=place, column=column)


def _filled(table: _Table, path: Path) -> pd.DataFrame:
    import pandas as pd

    known = {column.name: column for column in COLUMNS}
    header = [known[name] for name in table.header]
    rows = []
    for place, cells in table.rows:
        row = {
            column.name: _cell(table, place, column, cell)
            for column, cell in zip(header, cells, strict=True)
        }
        _check_interval(table, place, row)
        row["dimension"] = row.get("dimension") or _DIMENSIONS.get(str(row["benchmark"]), "other")
        row["file"] = row.get("file") or path.name
        row["line"] = row.get("line") or place
        rows.append(row)
    frame = pd.DataFrame(rows)
    if "source" not in frame:
        frame["source"] = path.stem
    for name in ("unit", "worse"):
        if name not in frame:
            frame[name] = [getattr(metric(str(one)), name) for one in frame["metric"]]
    if "level" not in frame:
        frame["level"] = [
            "group" if row.get("group") else "axis" if row.get("axis") else "aggregate"
            for row in rows
        ]
    return tidy(frame)


def _cell(table: _Table, place: int, column: Column, cell: object) -> object:
    """One cell with the type of its column.

    A missing number is None, which every type of column takes; a missing word is empty.
    """

    def refuse(message: str, fix: str) -> BadTable:
        shown = repr(cell) if len(repr(cell)) < 60 else f"{repr(cell)[:57]}…"
        return BadTable(
            tr(message, where=_where(table, place, column.name), cell=shown),
            fix=fix,
        )

    if not isinstance(cell, str | Number | None):
        raise refuse(
            later("{where}: {cell} is neither a word nor a number."),
            tr("Write one word or number per cell."),
        )
    text = "" if cell is None or cell != cell else str(cell).strip()
    if column.dtype == "category":
        if column.required and not text:
            raise refuse(
                later("{where}: {cell} is empty."),
                tr("Fill it in: {meaning}", meaning=tr(column.meaning)),
            )
        if text and text not in _ALLOWED.get(column.name, (text,)):
            allowed = ", ".join(one for one in _ALLOWED[column.name] if one)
            raise refuse(
                later("{where}: {cell} is unknown."),
                tr("Leave it empty or write one of: {allowed}.", allowed=allowed),
            )
        if column.name == "flags":
            return _flags(text, refuse)
        return text
    if not text or text.lower() in ("nan", "na"):
        return None
    if column.dtype == "bool":
        if text.lower() not in _TRUTH:
            raise refuse(
                later("{where}: {cell} is neither true nor false."), tr("Write true or false.")
            )
        return _TRUTH[text.lower()]
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise refuse(
            later("{where}: {cell} is not a number."),
            tr("Write it with a point, or leave the cell empty if not measured."),
        )
    if column.dtype == "Int64":
        if not (number >= 1 and number.is_integer()):
            raise refuse(
                later("{where}: {cell} is not a positive whole number."),
                tr("Leave it empty if it is not known."),
            )
        if number >= 2**53:
            raise refuse(
                later("{where}: {cell} is too large."), tr("Leave it empty if it is not known.")
            )
        return int(number)
    if column.name == "ratio" and not 0 <= number <= 1:
        raise refuse(later("{where}: {cell} is not between 0 and 1."), tr(column.meaning))
    return number


def _flags(text: str, refuse: Callable[[str, str], BadTable]) -> str:
    parts = [part.strip() for part in text.split(",")] if text else []
    if not all(_FLAG.fullmatch(part) for part in parts):
        raise refuse(
            later("{where}: {cell} is not a list of words separated by commas."),
            tr("Write flags as in: few_items,one_run."),
        )
    return joined(parts)


def _check_interval(table: _Table, place: int, row: dict[str, object]) -> None:
    named = [(name, row.get(name)) for name in ("low", "value", "high")]
    known = [(name, number) for name, number in named if isinstance(number, float)]
    for (name, number), (above, larger) in pairwise(known):
        # An end that was computed may lie past the value by rounding.
        if number > larger and not math.isclose(number, larger, rel_tol=1e-9, abs_tol=1e-9):
            raise BadTable(
                tr(
                    "{where}: {number:g} is above {above} {larger:g}.",
                    where=_where(table, place, name),
                    number=number,
                    above=above,
                    larger=larger,
                ),
                fix=tr("The interval is from low to high, with the value inside."),
            )
