"""Rows out of a file that someone else wrote, each with its line; broken ones told, not fatal.

CSV and TSV (a comma, semicolon or tab, found by the first line), JSON Lines, a JSON list of
objects, Parquet, and plain text with one row a line. What is no number (NaN, an infinity) is
read as None, which says nothing: not measured, and neither a number nor the word `nan`.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from fairviz.errors import BadText, FairvizError
from fairviz.language import later, tr
from fairviz.language.retold import retold
from fairviz.text_file import text_of

KINDS = ("csv", "tsv", "jsonl", "json", "parquet", "txt")
# The field of plain text.
LINE = "text"
# How CSV files spell a missing number.
_NO_NUMBER = {"nan", "NaN"}


class LeftOut(NamedTuple):
    """Something of a set that was not measured: which, and why, in English as it is kept."""

    which: str
    reason: str


# Where a row is and why it cannot be used, as this module and `prompts` write it.
OF_FILES = (
    later("line {number}"),
    later("entry {number}"),
    later("a quote that is not closed where its cell ends"),
    later("number of fields: {fields}, the file has {columns}"),
    later("not JSON ({why})"),
    later("not a JSON object"),
    later("no text"),
    later("an empty text"),
    later("{n:,} characters; at most {most:,} are taken"),
    later("half of a character (a lone surrogate)"),
    later("a NUL character"),
)


class Unreadable(FairvizError):
    """A file that is not what its name says."""


class Row(NamedTuple):
    """One row: where it begins, as an editor counts lines, and its fields."""

    line: int
    fields: dict[str, Any]


class Rows(NamedTuple):
    """A file's rows, the names of its fields, and the lines that could not be read."""

    rows: list[Row]
    columns: tuple[str, ...]
    left_out: list[LeftOut]


def rows(content: bytes, name: str, header: Sequence[str] | None = None) -> Rows:
    """What is in a file.

    Args:
        content: Of the file.
        name: Its name, whose ending says what it is.
        header: Names of the columns of a CSV file whose first line is a row already.

    Raises:
        BadText: If it is empty or not UTF-8.
        Unreadable: If nothing in it can be read, or its kind is not known.
    """
    kind = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if kind not in KINDS:
        raise Unreadable(
            tr("{name} is of no kind that is read here.", name=name),
            fix=tr(
                "Give a file that ends in {endings}.",
                endings=", ".join("." + one for one in KINDS),
            ),
        )
    if not content:
        raise BadText(tr("{name} is empty.", name=name), fix=tr("Give a file with rows."))
    if kind == "parquet":
        found = _parquet(content, name)
    else:
        text = text_of(content, name)
        if kind in ("csv", "tsv"):
            found = _csv(text, name, header, "\t" if kind == "tsv" else "")
        elif kind == "jsonl":
            found = _jsonl(text)
        elif kind == "json":
            found = _json(text, name)
        else:
            lines = ((n, line.rstrip("\r\n")) for n, line in enumerate(_lines(text), 1))
            found = Rows([Row(n, {LINE: line}) for n, line in lines if line.strip()], (LINE,), [])
    if not found.rows:
        said = [tr("Not one row of {name} can be read.", name=name)]
        for which, reason in found.left_out[:1]:
            where, why = (retold(text, OF_FILES) for text in (which, reason))
            said.append(tr("{place}: {reason}.", place=where, reason=why))
        raise Unreadable(" ".join(said), fix=tr("Mend the file; see the README."))
    return found


def _csv(text: str, name: str, header: Sequence[str] | None, comma: str) -> Rows:
    lines = _lines(text)
    # A text of any length is one field here; what is too long for a prompt is told above.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    comma = comma or _comma(next((line for line in lines if line.strip()), ""))
    found: list[Row] = []
    broken: list[LeftOut] = []
    columns = tuple(header) if header is not None else ()
    for number, cells in _records(lines, comma, len(columns)):
        if cells is None:
            broken.append(
                LeftOut(f"line {number}", "a quote that is not closed where its cell ends")
            )
        elif not columns:
            named = enumerate(cells, 1)
            columns = _named(tuple(cell.strip() or f"column {place}" for place, cell in named))
        elif len(cells) != len(columns):
            reason = f"number of fields: {len(cells)}, the file has {len(columns)}"
            broken.append(LeftOut(f"line {number}", reason))
        else:
            values = (None if cell in _NO_NUMBER else cell for cell in cells)
            found.append(Row(number, dict(zip(columns, values, strict=True))))
    return Rows(found, columns, broken)


def _comma(first: str) -> str:
    """What parts the cells of the first line; what stands within quotes parts nothing."""
    return max(",;\t", key=lambda comma: len(next(csv.reader([first], delimiter=comma))))


def _named(cells: tuple[str, ...]) -> tuple[str, ...]:
    """The cells of a header; one that is there twice gets its place behind it."""
    return tuple(
        f"{cell} (column {place})" if cell in cells[: place - 1] else cell
        for place, cell in enumerate(cells, 1)
    )


def _lines(text: str) -> list[str]:
    """Lines as an editor counts them: a break within a text, such as U+2028, is none."""
    return list(io.StringIO(text, newline=""))


def _records(lines: list[str], comma: str, width: int) -> Iterator[tuple[int, list[str] | None]]:
    """Rows of cells with their first line; None for one whose quotes do not pair."""
    at = 0
    while at < len(lines):
        reader = csv.reader(lines[at:], delimiter=comma, strict=True)
        begun = at
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                swallowed = True
            else:
                end = at + reader.line_num
                swallowed = width > 0 and len(cells) not in (0, width) and end - begun > 1
            if swallowed:
                # Lines below belong to a quote that is never closed: go on with the next one.
                yield begun + 1, None
                at = begun + 1
                break
            if cells:
                width = width or len(cells)
                yield begun + 1, cells
            begun = end


def _jsonl(text: str) -> Rows:
    found: list[Row] = []
    broken: list[LeftOut] = []
    columns: dict[str, None] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            fields = _numbers(json.loads(line))
        except (ValueError, RecursionError) as error:
            broken.append(LeftOut(f"line {number}", f"not JSON ({_short(error)})"))
            continue
        if isinstance(fields, str):
            fields = {LINE: fields}
        if not isinstance(fields, dict):
            broken.append(LeftOut(f"line {number}", "not a JSON object"))
            continue
        columns |= dict.fromkeys(fields)
        found.append(Row(number, fields))
    return Rows(found, tuple(columns), broken)


def _json(text: str, name: str) -> Rows:
    try:
        document = _numbers(json.loads(text))
    except json.JSONDecodeError as error:
        raise Unreadable(
            tr(
                "{name}, line {line}: this is not JSON ({why}).",
                name=name,
                line=error.lineno,
                why=error.msg,
            ),
            fix=tr("Mend that line; one object a line goes into a .jsonl file."),
        ) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            tr("{name} is JSON that cannot be taken in ({why}).", name=name, why=_short(error)),
            fix=tr("Write a list of flat objects, [ {…}, {…} ]."),
        ) from error
    if not isinstance(document, list):
        raise Unreadable(
            tr("{name} is not a list of objects.", name=name), fix=tr("Write [ {…}, {…} ].")
        )
    found: list[Row] = []
    broken: list[LeftOut] = []
    columns: dict[str, None] = {}
    for number, fields in enumerate(document, 1):
        if isinstance(fields, str):
            fields = {LINE: fields}
        if not isinstance(fields, dict):
            broken.append(LeftOut(f"entry {number}", "not a JSON object"))
            continue
        columns |= dict.fromkeys(fields)
        found.append(Row(number, fields))
    return Rows(found, tuple(columns), broken)


def _parquet(content: bytes, name: str) -> Rows:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowException, OSError) as error:
        raise Unreadable(
            tr("{name} is no Parquet file.", name=name), fix=tr("Copy it again.")
        ) from error
    found = [Row(number, _numbers(fields)) for number, fields in enumerate(table.to_pylist(), 1)]
    return Rows(found, tuple(table.column_names), [])


def _numbers(value: Any) -> Any:
    """The same with None for what is no number, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _numbers(one) for key, one in value.items()}
    return [_numbers(one) for one in value] if isinstance(value, list) else value


def _short(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return error.msg if isinstance(error, json.JSONDecodeError) else str(error)
