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


def _frame(read: Read, batches: set[str]) -> pd.DataFrame:
    import pandas as pd

    masks = defects.masks(read, batches)
    cells = list(read.cells.values())
    # A sorted list of one number is a curve; the other numbers at its places are no curve.
    unread = np.array([cell.level == "rank" and cell.metric != "gamma_nats" for cell in cells])
    kept = ~np.logical_or.reduce([masks[name] for name in sorted(_NOT_CANONICAL)]) & ~unread
    metrics = [metric(cell.metric) for cell in cells]
    known = defects.items(read).ravel()
    said = {
        f"raw_{name}": [read.said(row, column) for row in range(len(read.settings))]
        for name, column in (
            ("base_model", "base_model"),
            ("method", "compression_method"),
            ("ratio", "compression_ratio"),
            ("structure", "pruning_structure"),
        )
    }
    by_row = pd.DataFrame(read.settings).assign(line=read.lines, **said)
    by_cell = pd.DataFrame(cells).assign(
        unit=[one.unit for one in metrics],
        worse=[one.worse for one in metrics],
        # A column of UnQover names a subject whose number it is not; its place says enough.
        column=[
            f"column {position + 1}" if cell.level == "rank" else read.header[position]
            for position, cell in read.cells.items()
        ],
    )
    return by_row.merge(by_cell, how="cross").assign(
        source=SOURCE,
        benchmark=read.file.benchmark,
        file=read.file.name,
        n=np.where(known > 0, known, np.nan),
        value=read.values.ravel(),
        flags=_joined(masks, read.values.shape),
        canonical=kept.ravel(),
    )


def _joined(masks: dict[str, defects.Mask], shape: tuple[int, ...]) -> list[str]:
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
