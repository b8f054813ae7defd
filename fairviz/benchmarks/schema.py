"""The one table of bias measurements: published, from a harness, or one's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.core.declared import records, refusals_of
from fairviz.core.errors import FairvizError
from fairviz.i18n import N_, _

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (N_("aggregate"), N_("axis"), N_("group"), N_("control"), N_("rank"))
WORSE = (N_("higher"), N_("lower"), N_("away_from_0"), "")
STRUCTURES = ("none", "unstructured", "2:4", "4:8")


class Column(NamedTuple):
    """One column of the table."""

    name: str  # as in files and queries
    dtype: str  # of pandas; `category` for words that repeat
    meaning: str  # one sentence for the reader
    required: bool = False  # whether a table of one's own must bring it


COLUMNS = records(Column, __file__, "columns")
NAMES = tuple(column.name for column in COLUMNS)
# What says which model was measured: one value of these is one setting.
SETTING = ("source", "base_model", "method", "bits", "ratio", "structure")
# What says which number it is: the same for the baseline and every compressed form.
CELL = ("source", "benchmark", "metric", "axis", "group", "level")


class BadTable(FairvizError):
    """A table that cannot be imported: which file, line and column, and why."""


_refused = refusals_of(__file__, BadTable)


def check_columns(header: Sequence[str], where: str = "") -> None:
    """Whether these are columns of a bias table, the required ones among them.

    Raises:
        BadTable: With the first that is not, or that is missing; in the file `where`.
    """
    where = where or _("The table")
    for name in header:
        if name not in NAMES:
            columns = ", ".join(NAMES)
            raise _refused("foreign_column", where=where, column=name[:60], columns=columns)
    required = [column for column in COLUMNS if column.required]
    for column in required:
        if column.name not in header:
            raise _refused(
                "missing_column",
                where=where,
                column=column.name,
                meaning=_(column.meaning),
                columns=", ".join(one.name for one in required),
            )


def tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every column of the schema, in order and with its type.

    Columns that are absent get their empty value: NaN or missing for numbers, the empty
    string for words, `True` for `canonical`.

    Raises:
        BadTable: If a column is not of the schema or a required one is missing.
    """
    import pandas as pd

    check_columns(list(map(str, frame.columns)))
    columns = {one.name: _typed(one, frame) for one in COLUMNS}
    return pd.DataFrame(columns, columns=list(NAMES)).reset_index(drop=True)


def _typed(column: Column, frame: pd.DataFrame) -> pd.Series[Any]:
    import pandas as pd

    if column.name in frame:
        values = frame[column.name]
        if values.dtype == column.dtype and not values.isna().any() and column.dtype == "category":
            return values
    else:
        values = pd.Series([pd.NA] * len(frame), index=frame.index, dtype="object")
    if column.dtype == "category":
        return values.astype("object").fillna("").astype(str).astype("category")
    if column.dtype == "Int64":
        return values.astype("Int64")
    if column.dtype == "bool":
        return values.astype("boolean").fillna(True).astype("bool")
    return values.astype("Float64").astype("float64")


def stacked(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Tables of the schema, one below the other; categories are joined, rows renumbered."""
    import pandas as pd

    parts = [frame for frame in frames if len(frame)]
    if not parts:
        return tidy(pd.DataFrame({column.name: [] for column in COLUMNS}))
    columns = {}
    for one in COLUMNS:
        values = [part[one.name] for part in parts]
        columns[one.name] = (
            pd.Series(pd.api.types.union_categoricals(values))
            if one.dtype == "category"
            else pd.concat(values, ignore_index=True)
        )
    return pd.DataFrame(columns)


def joined(flags: Iterable[str]) -> str:
    """Flag names as the table stores them: each once, in alphabetical order."""
    return ",".join(sorted({flag for flag in flags if flag}))


def of_both(one: pd.Series[Any], other: pd.Series[Any]) -> list[str]:
    """The flags of two cells each, NaN being none; few pairs occur, so each is joined once."""
    pairs = list(zip(one.astype("object"), other.astype("object"), strict=True))
    known = {
        pair: joined(name for flags in pair if flags == flags for name in split(str(flags)))
        for pair in set(pairs)
    }
    return [known[pair] for pair in pairs]


def split(flags: str) -> tuple[str, ...]:
    """The flag names of one stored cell."""
    return tuple(flag for flag in flags.split(",") if flag)
