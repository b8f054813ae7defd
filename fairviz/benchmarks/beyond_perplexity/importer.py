"""The eight files as one table: every cell, its flags, and which cell speaks for its setting."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fairviz.benchmarks.beyond_perplexity import defects, reading
from fairviz.benchmarks.beyond_perplexity.reading import Read
from fairviz.benchmarks.beyond_perplexity.source import SOURCE
from fairviz.benchmarks.flags import BY_NAME
from fairviz.benchmarks.metrics import metric
from fairviz.benchmarks.schema import joined, tidy

if TYPE_CHECKING:
    import pandas as pd

# A second line of the same setting cannot be told from the first in these two.
_UNPROVED = ("bbq", "unqover")
# Flags whose cells speak for no setting. The others stay, with their flag.
_NOT_CANONICAL = {"shifted_line", "superseded", "printed_twice", "not_measured"}


def table(folder: Path) -> pd.DataFrame:
    """All cells of the eight files in the schema, in the files' order.

    Raises:
        BadTable: If a file is missing, truncated or not the study's.
    """
    import pandas as pd

    reads = reading.folder(folder)
    batches = defects.two_batches(reads)
    return tidy(pd.concat([_frame(read, batches) for read in reads], ignore_index=True))


def _masks(read: Read, batches: set[str]) -> dict[str, defects.Mask]:
    earlier, last = defects.repeated(read)
    unproved = read.file.benchmark in _UNPROVED
    mixed = defects.none(read)
    if read.file.dimension == "degeneration":
        mixed[[setting.base_model in batches for setting in read.settings], :] = True
    return {
        "rank_not_group": defects.rank_not_group(read),
        "accuracy_plus_constant": defects.accuracy_plus_constant(read),
        "tracks_unknown": defects.tracks_unknown(read),
        "other_item_set": defects.other_item_set(read),
        "permuted_groups": defects.permuted_groups(read),
        "shifted_line": defects.shifted_line(read),
        "superseded": earlier if not unproved else defects.none(read),
        "last_of_two": last if not unproved else defects.none(read),
        "one_of_two": earlier | last if unproved else defects.none(read),
        "two_batches": mixed,
        "printed_twice": defects.printed_twice(read),
        "not_measured": defects.not_measured(read),
        "copied_cell": defects.copied_cell(read),
    }


def _frame(read: Read, batches: set[str]) -> pd.DataFrame:
    import pandas as pd

    rows, many = read.values.shape
    masks = _masks(read, batches)
    flags = _joined(masks, (rows, many))
    cells = list(read.cells.values())
    # A sorted list of one number is a curve; the other numbers at its places are no curve.
    unread = defects.none(read)
    unread[:, [cell.level == "rank" and cell.metric != "gamma_nats" for cell in cells]] = True
    kept = ~np.logical_or.reduce([unread, *(masks[name] for name in sorted(_NOT_CANONICAL))])
    metrics = [metric(cell.metric) for cell in cells]
    known = defects.items(read).ravel()
    # A column of UnQover names a subject whose number it is not; its place says enough.
    titles = [
        f"column {position + 1}" if cell.level == "rank" else read.header[position]
        for position, cell in read.cells.items()
    ]

    def by_row(values: list[object]) -> list[object]:
        return [value for value in values for _ in range(many)]

    settings = read.settings
    return pd.DataFrame(
        {
            "source": SOURCE,
            "dimension": [cell.dimension for cell in cells] * rows,
            "benchmark": read.file.benchmark,
            "base_model": by_row([setting.base_model for setting in settings]),
            "method": by_row([setting.method for setting in settings]),
            "bits": by_row([setting.bits for setting in settings]),
            "ratio": by_row([setting.ratio for setting in settings]),
            "structure": by_row([setting.structure for setting in settings]),
            "metric": [cell.metric for cell in cells] * rows,
            "axis": [cell.axis for cell in cells] * rows,
            "group": [cell.group for cell in cells] * rows,
            "level": [cell.level for cell in cells] * rows,
            "n": np.where(known > 0, known, np.nan),
            "value": read.values.ravel(),
            "unit": [one.unit for one in metrics] * rows,
            "worse": [one.worse for one in metrics] * rows,
            "flags": flags,
            "canonical": kept.ravel(),
            "file": read.file.name,
            "line": by_row(list(read.lines)),
            "column": titles * rows,
            "raw_base_model": by_row([read.said(r, "base_model") for r in range(rows)]),
            "raw_method": by_row([read.said(r, "compression_method") for r in range(rows)]),
            "raw_ratio": by_row([read.said(r, "compression_ratio") for r in range(rows)]),
            "raw_structure": by_row([read.said(r, "pruning_structure") for r in range(rows)]),
        }
    )


def _joined(masks: dict[str, defects.Mask], shape: tuple[int, int]) -> list[str]:
    """The flags of every cell, row by row; few combinations occur, so each is joined once."""
    names = [name for name in BY_NAME if name in masks]
    code = np.zeros(shape, dtype=np.int64)
    for bit, name in enumerate(names):
        code |= masks[name].astype(np.int64) << bit
    known = {
        int(one): joined(name for bit, name in enumerate(names) if one >> bit & 1)
        for one in np.unique(code)
    }
    return [known[int(one)] for one in code.ravel()]
