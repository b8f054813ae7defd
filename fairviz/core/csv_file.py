"""CSV that fairviz writes: a spreadsheet takes no cell of it for a formula.

Texts of models and names of strangers stand in these files, and a spreadsheet computes what begins
like a formula: `=HYPERLINK(...)` sends what stands beside it to whoever wrote it. Such a cell gets
an apostrophe before it, the sign by which spreadsheets know a text; a cell that began with
apostrophes and a formula gets one more, so that `original` gives every cell back as it was.
A number keeps its sign: only what is no number is taken for a formula.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# What a spreadsheet computes, or trims and then computes; the wide forms are those of a
# Japanese keyboard. A sign before a number is left alone.
_NUMBER = r"[+-](?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]inf"
_FORMULA = re.compile(rf"'*(?:[=@\t\r\n＝＠＋－]|(?!(?:{_NUMBER})\Z)[+-])", re.ASCII)


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
