"""CSV that fairviz writes: a spreadsheet takes no cell of it for a formula; and CSV that it reads.

Texts of models and names of strangers stand in these files, and a spreadsheet computes what begins
like a formula: `=HYPERLINK(...)` sends what stands beside it to whoever wrote it. Such a cell gets
an apostrophe before it, the sign by which spreadsheets know a text; a cell that began with
apostrophes and a formula gets one more, so that `original` gives every cell back as it was.
A number keeps its sign: only what is no number is taken for a formula.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from fairviz.core.text_file import lines

if TYPE_CHECKING:
    import pandas as pd

# What a spreadsheet computes, or trims and then computes; the wide forms are those of a
# Japanese keyboard. A sign before a number is left alone.
_NUMBER = r"[+-](?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]inf"
_FORMULA = re.compile(rf"'*(?:[=@\t\r\n＝＠＋－]|(?!(?:{_NUMBER})\Z)[+-])", re.ASCII)
# Of a text, where its first line is looked for.
_HEADER = 1 << 22


def neutral(cell: object) -> object:
    """The cell as it may stand in a file; what is no text is left as it is."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def original(cell: str) -> str:
    """What a cell of such a file was before it was written."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def written(table: pd.DataFrame) -> str:
    """A table as CSV: a row of names, a row each, nothing measured an empty cell."""
    texts = table.rename(columns=neutral)
    for place, kind in enumerate(table.dtypes):
        if kind.kind not in "biuf":
            texts.isetitem(place, [neutral(cell) for cell in table.iloc[:, place]])
    # Ends of lines as in RFC 4180; without the return, a lone one in a text would not be quoted.
    return str(texts.to_csv(index=False, lineterminator="\r\n"))


class Record(NamedTuple):
    """One row: the line it begins in, and its cells; None where a quote of it does not close."""

    line: int
    cells: list[str] | None


def delimiter(text: str) -> str:
    """What parts the cells of the first line; what stands within quotes parts nothing."""
    first = next((line for line in lines(text[:_HEADER]) if line.strip()), "")
    _allow_long(first)
    return max(",;\t", key=lambda comma: len(next(csv.reader([first], delimiter=comma), [])))


def records(text: str, comma: str = ",", width: int = 0) -> Iterator[Record]:
    """The rows of a text, blank lines passed over, in time that grows with its lines.

    An apostrophe that keeps a spreadsheet from computing a cell is taken away again. A quote that
    is not closed, or closes so far below that the row has another number of cells
    than the first one, breaks its own line alone: reading goes on with the next.

    Args:
        width: Cells of a row, where that is known.
    """
    _allow_long(text)
    for at, cells in _rows(lines(text), comma, width):
        if cells != []:
            yield Record(at + 1, cells and [*map(original, cells)])


def _rows(listed: list[str], comma: str, width: int) -> Iterator[tuple[int, list[str] | None]]:
    """The line that each row begins in, from 0, and its cells."""
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
        width = width or len(cells)
        yield at, cells
        at = reader.line_num
    # From here on every row's end is looked up, so that no line is read for each one above it.
    rests = _rests(listed, comma)
    while at < len(listed):
        begin, read = at, _read(listed[at], comma)
        at += 1
        if read is None:
            yield begin, None
            continue
        cells, closed = read
        if not closed:
            rest = rests[at]
            if rest is None or (width and len(cells) - 1 + rest.cells != width):
                yield begin, None
                continue
            at = rest.last + 1
            cells = next(csv.reader(listed[begin:at], delimiter=comma, strict=True))
        width = width or len(cells)
        yield begin, cells


def _read(line: str, comma: str) -> tuple[list[str], bool] | None:
    """A line, and whether no quote is open at its end; None where one closes within a cell."""
    # A quote that is still open takes the second line, which closes it.
    reader = csv.reader([line, '"\n'], delimiter=comma, strict=True)
    try:
        cells = next(reader)
    except csv.Error:
        return None
    return cells, reader.line_num == 1


class _Rest(NamedTuple):
    """Of a row that is within quotes where a line begins: its last line, its cells from here."""

    last: int
    cells: int


def _rests(listed: list[str], comma: str) -> list[_Rest | None]:
    """For each line what follows if it begins within quotes; None where they do not close."""
    rests: list[_Rest | None] = [None] * (len(listed) + 1)
    for number in range(len(listed) - 1, -1, -1):
        read = _read('"' + listed[number], comma)
        after = rests[number + 1]
        if read is not None and read[1]:
            rests[number] = _Rest(number, len(read[0]))
        elif read is not None and after is not None:
            rests[number] = _Rest(after.last, len(read[0]) - 1 + after.cells)
    return rests


def _allow_long(text: str) -> None:
    """A text of any length is one cell here; what is too long for a prompt is told elsewhere."""
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
