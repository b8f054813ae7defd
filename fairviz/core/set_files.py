"""Rows out of a file that someone else wrote, each with its line; broken ones told, not fatal.

CSV and TSV (a comma, semicolon or tab, found by the first line), JSON Lines, a JSON list of
objects, Parquet, and plain text with one row a line, in UTF-8, or in UTF-16 that says so. What is
no number (NaN, an infinity) is read as None, which says nothing: not measured, and neither a
number nor the word `nan`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from fairviz.core import csv_file, json_file, parquet_file, skips
from fairviz.core.errors import BadText, Unreadable
from fairviz.core.skips import Skip
from fairviz.core.text_file import lines, text_of
from fairviz.i18n import _, said

KINDS = ("csv", "tsv", "jsonl", "json", "parquet", "txt")
_ALSO = {"pq": "parquet", "ndjson": "jsonl"}
# The field of plain text.
LINE = "text"
# How CSV files spell a missing number.
_NO_NUMBER = {"nan", "NaN"}


class Row(NamedTuple):
    """One row: where it begins, as an editor counts lines, and its fields."""

    line: int
    fields: dict[str, Any]


class Rows(NamedTuple):
    """A file's rows, the names of its fields, and the lines that could not be read."""

    rows: list[Row]
    columns: tuple[str, ...]
    left_out: list[Skip]


def kind_of(name: str) -> str:
    """One of `KINDS`, by the ending of a file's name; another ending as it is."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return _ALSO.get(ending, ending)


def rows(
    content: bytes, name: str, header: Sequence[str] | None = None, *, halves: bool = False
) -> Rows:
    """What is in a file.

    Args:
        header: Names of the columns of a CSV file whose first line is a row already.
        halves: Whether rows with half of a character are let through, for who mends them.

    Raises:
        BadText: If it is empty or no text.
        Unreadable: If nothing in it can be read, or its kind is not known.
    """
    kind = kind_of(name)
    if kind not in KINDS:
        raise Unreadable(
            _("{name} is of no kind that is read here.", name=name),
            fix=_(
                "Give a file that ends in {endings}.",
                endings=", ".join("." + one for one in KINDS),
            ),
        )
    if not content:
        raise BadText(_("{name} is empty.", name=name), fix=_("Give a file with rows."))
    if kind == "parquet":
        found = _parquet(content, name)
    elif kind == "json":
        found = _json(content, name, halves)
    else:
        text = text_of(content, name)
        if kind in ("csv", "tsv"):
            found = _csv(text, header, "\t" if kind == "tsv" else csv_file.delimiter(text))
        elif kind == "jsonl":
            found = _jsonl(text, halves)
        else:
            listed = ((n, line.rstrip("\r\n")) for n, line in enumerate(lines(text), 1))
            found = Rows([Row(n, {LINE: line}) for n, line in listed if line.strip()], (LINE,), [])
    if not found.rows:
        raise Unreadable(
            _("Not one row of {name} can be read.", name=name) + skips.example(found.left_out),
            fix=_("Mend the file; see docs/pages.md."),
        )
    return found


def _csv(text: str, header: Sequence[str] | None, comma: str) -> Rows:
    found: list[Row] = []
    broken: list[Skip] = []
    columns = tuple(header) if header is not None else ()
    for number, cells in csv_file.records(text, comma, len(columns)):
        if cells is None:
            broken.append(
                Skip(skips.line(number), said._("a quote that is not closed where its cell ends"))
            )
        elif not columns:
            columns = _named(
                cell.strip() or f"column {place}" for place, cell in enumerate(cells, 1)
            )
        elif len(cells) != len(columns):
            reason = said._(
                "number of fields: {fields}, the file has {columns}",
                fields=len(cells),
                columns=len(columns),
            )
            broken.append(Skip(skips.line(number), reason))
        else:
            values = (None if cell in _NO_NUMBER else cell for cell in cells)
            found.append(Row(number, dict(zip(columns, values, strict=True))))
    return Rows(found, columns, broken)


def _named(cells: Iterable[str]) -> tuple[str, ...]:
    """The cells of a header; one that is there twice gets its place behind it."""
    seen: set[str] = set()
    names = []
    for place, cell in enumerate(cells, 1):
        names.append(f"{cell} (column {place})" if cell in seen else cell)
        seen |= {cell, names[-1]}
    return tuple(names)


def _jsonl(text: str, halves: bool) -> Rows:
    values: list[tuple[str, int, Any]] = []
    broken = []
    for number, value, why in json_file.json_lines(text):
        if why:
            broken.append(Skip(skips.line(number), said._("not JSON ({why})", why=why)))
        else:
            values.append((skips.LINE, number, value))
    return _objects(values, broken, halves)


def _json(content: bytes, name: str, halves: bool) -> Rows:
    document = json_file.document(content, name, halves=True)
    if not isinstance(document, list):
        raise Unreadable(
            _("{name} is not a list of objects.", name=name), fix=_("Write [ {…}, {…} ].")
        )
    listed = [(skips.ENTRY, number, one) for number, one in enumerate(document, 1)]
    return _objects(listed, [], halves)


def _objects(values: Iterable[tuple[str, int, Any]], broken: list[Skip], halves: bool) -> Rows:
    """Rows of what JSON says, each with the message of its place."""
    found: list[Row] = []
    columns: dict[str, None] = {}
    for place, number, value in values:
        where = said._(place, number=number)
        try:
            fields = json_file.finite({LINE: value} if isinstance(value, str) else value)
        except RecursionError:
            broken.append(Skip(where, said._("not JSON ({why})", why=said._("nested too deeply"))))
            continue
        if not isinstance(fields, dict):
            broken.append(Skip(where, said._("not a JSON object")))
            continue
        if not halves and json_file.half(fields):
            broken.append(Skip(where, skips.HALF))
            continue
        columns |= dict.fromkeys(fields)
        found.append(Row(number, fields))
    return Rows(found, tuple(columns), broken)


def _parquet(content: bytes, name: str) -> Rows:
    table = parquet_file.table(content, name)
    columns = _named(map(str, table.column_names))
    cells = (parquet_file.values(column, name) for column in table.columns)
    found = [
        Row(number, dict(zip(columns, json_file.finite(list(row)), strict=True)))
        for number, row in enumerate(zip(*cells, strict=True), 1)
    ]
    return Rows(found, columns, [])
