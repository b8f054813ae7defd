"""Rows of cells out of delimited text, in time that grows with its lines whatever its quotes."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import NamedTuple

from fairviz.core.csv_file import original
from fairviz.core.text_file import lines


class Record(NamedTuple):
    """One row: the line it begins in, and its cells; None where a quote of it does not close."""

    line: int
    cells: list[str] | None


class _Rest(NamedTuple):
    """Of a row that is within quotes where a line begins: its last line, its cells from here."""

    last: int
    cells: int


def delimiter(text: str) -> str:
    """What parts the cells of the first line; what stands within quotes parts nothing."""
    first = next((line for line in lines(text[:_HEADER]) if line.strip()), "")
    _allow_long(first)
    return max(",;\t", key=lambda comma: len(next(csv.reader([first], delimiter=comma), [])))


# Of a text, where its first line is looked for.
_HEADER = 1 << 22


def records(text: str, comma: str = ",", width: int = 0) -> Iterator[Record]:
    """The rows of a text, blank lines passed over.

    An apostrophe that keeps a spreadsheet from computing a cell is taken away again. A quote that
    is not closed, or closes so far below that the row has another number of cells
    than the first one, breaks its own line alone: reading goes on with the next.

    Args:
        text: Of the file.
        comma: What parts its cells.
        width: Cells of a row, where that is known.
    """
    listed = lines(text)
    _allow_long(text)
    at = 0
    reader = csv.reader(listed, delimiter=comma, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            break
        if reader.line_num - at > 1 and width and len(cells) not in (0, width):
            break
        if cells:
            width = width or len(cells)
            yield Record(at + 1, [*map(original, cells)])
        at = reader.line_num
    # From here on every row's end is looked up, so that no line is read for each one above it.
    rests = _rests(listed, comma)
    while at < len(listed):
        read = _read(listed[at], comma)
        if read is None:
            yield Record(at + 1, None)
        elif read.closed:
            if read.cells:
                width = width or len(read.cells)
                yield Record(at + 1, [*map(original, read.cells)])
        else:
            rest = rests[at + 1]
            if rest is None or (width and len(read.cells) - 1 + rest.cells != width):
                yield Record(at + 1, None)
            else:
                part = listed[at : rest.last + 1]
                cells = next(csv.reader(part, delimiter=comma, strict=True))
                width = width or len(cells)
                yield Record(at + 1, [*map(original, cells)])
                at = rest.last
        at += 1


class _Line(NamedTuple):
    """One line alone: its cells, and whether no quote is open at its end."""

    cells: list[str]
    closed: bool


def _read(line: str, comma: str) -> _Line | None:
    """A line alone; None where a quote closes within a cell."""
    # A quote that is still open takes the second line, which closes it.
    reader = csv.reader([line, '"\n'], delimiter=comma, strict=True)
    try:
        cells = next(reader)
    except csv.Error:
        return None
    return _Line(cells, reader.line_num == 1)


def _rests(listed: list[str], comma: str) -> list[_Rest | None]:
    """For each line what follows if it begins within quotes; None where they do not close."""
    rests: list[_Rest | None] = [None] * (len(listed) + 1)
    for number in range(len(listed) - 1, -1, -1):
        read = _read('"' + listed[number], comma)
        after = rests[number + 1]
        if read is None:
            continue
        if read.closed:
            rests[number] = _Rest(number, len(read.cells))
        elif after is not None:
            rests[number] = _Rest(after.last, len(read.cells) - 1 + after.cells)
    return rests


def _allow_long(text: str) -> None:
    """A text of any length is one cell here; what is too long for a prompt is told elsewhere."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
