"""The eight files as they are: every cell once, nothing repaired, nothing guessed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.benchmarks.beyond_perplexity import columns, names
from fairviz.benchmarks.beyond_perplexity.columns import Cell
from fairviz.benchmarks.beyond_perplexity.names import Setting
from fairviz.benchmarks.schema import BadTable
from fairviz.core.csv_file import records
from fairviz.core.declared import refusals_of
from fairviz.core.text_file import content_of, text_of

_refused = refusals_of(__file__, BadTable)


class Read(NamedTuple):
    """One file."""

    file: names.File  # which one
    header: tuple[str, ...]  # its columns, in order
    cells: dict[int, Cell]  # position of each measuring column -> what it measures
    lines: tuple[int, ...]  # physical line of each row; the header is line 1
    settings: tuple[Setting, ...]  # of each row, in one spelling for all files
    raw: tuple[tuple[str, ...], ...]  # of each row, the cells as written, measuring and others
    values: npt.NDArray[np.float64]  # (rows, len(cells)); NaN where the file has nothing

    def said(self, row: int, column: str) -> str:
        """What the file itself says in an identity column; empty where it has none."""
        return self.raw[row][self.header.index(column)] if column in self.header else ""

    def at(self, **what: str) -> list[int]:
        """Positions in `values` of the cells with this metric, axis, group or level."""
        return [
            number
            for number, cell in enumerate(self.cells.values())
            if all(getattr(cell, name) == value for name, value in what.items())
        ]


def folder(path: Path) -> list[Read]:
    """All eight files of a folder.

    Raises:
        BadTable: If a file is missing, truncated or not the study's; nothing is imported then.
    """
    absent = [file.name for file in names.FILES if not (path / file.name).is_file()]
    if absent:
        raise _refused(
            "no_file",
            folder=path,
            file=absent[0],
            files=", ".join(file.name for file in names.FILES),
        )
    return [read(path / file.name, file) for file in names.FILES]


def read(path: Path, file: names.File) -> Read:
    """One file.

    Raises:
        BadTable: With the line and the column of what cannot be read.
    """
    found = list(records(text_of(content_of(path), file.name)))
    rows = [record.cells or [] for record in found]
    if len(rows) < 2:
        raise _refused("no_rows", file=file.name)
    header = tuple(rows[0])
    cells = columns.cells(file, header)
    lines = tuple(record.line for record in found[1:])
    numbered = list(zip(lines, rows[1:], strict=True))
    for number, row in numbered:
        if len(row) != len(header):
            raise _refused("cells", n=len(row), file=file.name, line=number, columns=len(header))
    values = np.array(
        [
            [_number(file, header, number, position, row) for position in cells]
            for number, row in numbered
        ]
    )
    settings = tuple(_setting(file, header, number, row) for number, row in numbered)
    raw = tuple(tuple(row) for row in rows[1:])
    done = Read(file, header, cells, lines, settings, raw, values)
    _complete(done)
    return done


def _number(
    file: names.File, header: tuple[str, ...], line: int, position: int, row: list[str]
) -> float:
    text = row[position]
    # The perplexity file writes "-" for what was not measured; AdvPromptSet has lines that
    # end too early. Both are kept as holes.
    early = file.benchmark == "advpromptset" and not any(row[position:])
    if early or (text == "-" and file.benchmark == "perplexity"):
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _refused("no_number", file=file.name, line=line, column=header[position], text=text)
    return value


def _setting(file: names.File, header: tuple[str, ...], line: int, row: list[str]) -> Setting:
    said = dict(zip(header, row, strict=True))

    def at(column: str) -> dict[str, object]:
        return {"file": file.name, "line": line, "column": column, "text": said[column]}

    def one_of(column: str, known: dict[str, str]) -> str:
        if said[column] not in known:
            raise _refused("unknown", known=", ".join(known), **at(column))
        return known[said[column]]

    base = one_of("base_model", names.BASE_MODELS)
    method = one_of("compression_method", names.METHODS)
    structure = one_of("pruning_structure", names.STRUCTURES)
    if method == "none":
        return Setting(base, method, None, 0.0, "none")
    if method in names.QUANTIZED:
        bits, ratio = names.QUANTIZED[method]
        return Setting(base, method, bits, ratio, "none")
    try:
        ratio = float(said["compression_ratio"])
    except ValueError:
        ratio = math.nan
    if not 0 < ratio < 1:
        raise _refused("no_share", **at("compression_ratio"))
    return Setting(base, method, None, ratio, structure)


def _complete(done: Read) -> None:
    """Refuse a file that lacks a setting which the study's own file has."""
    here = list(map(str, done.settings))
    known = (*map(str, names.settings()), *done.file.extra)
    for line, setting in zip(done.lines, here, strict=True):
        if setting not in known:
            raise _refused("unknown_setting", file=done.file.name, line=line, setting=setting)
    for setting in known:
        if setting not in here and setting not in done.file.missing:
            raise _refused(
                "without_setting", file=done.file.name, line=done.lines[-1], setting=setting
            )
