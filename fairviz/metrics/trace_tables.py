"""A text under both models as a table: Parquet, one row a token, and back; and for spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fairviz.metrics.quantities import QUANTITIES
from fairviz.metrics.traces import BOTH, PAIR_COLUMNS, TRACE_COLUMNS, PairTrace, TokenTrace

if TYPE_CHECKING:
    import pandas as pd

_WHOLE = {"rank", "top_ids"}


def table(pair: PairTrace) -> pa.Table:
    """The columns of a trace."""
    columns: dict[str, Any] = {"id": pair.ids, "token": list(pair.tokens)}
    columns |= {name: getattr(pair, name) for name in PAIR_COLUMNS}
    for side in BOTH:
        trace = getattr(pair, side)
        for name in (*TRACE_COLUMNS, "top_tokens"):
            values = getattr(trace, name)
            columns[f"{side}_{name}"] = [list(row) for row in values] if "top" in name else values
    return pa.table(columns)


def rows(texts: Mapping[str, PairTrace]) -> pd.DataFrame:
    """Texts for a spreadsheet: a row per token and text, every quantity a column.

    Args:
        texts: What the first column, `text_of`, calls each text.
    """
    import pandas as pd

    tables = [
        pd.DataFrame(
            {"text_of": name, "index": range(len(pair)), "id": pair.ids, "token": pair.tokens}
            | {
                f"{side}_{column}": getattr(getattr(pair, side), column)
                for side in BOTH
                for column in TRACE_COLUMNS[:4]
            }
            | {quantity.name: quantity.of(pair) for quantity in QUANTITIES.values()}
        )
        for name, pair in texts.items()
    ]
    return pd.concat(tables, ignore_index=True)


def trace(table: pa.Table) -> PairTrace:
    """The inverse of `table`.

    Raises:
        KeyError, TypeError, ValueError: If a column is missing or garbled.
    """
    columns = {name: table.column(name).to_pylist() for name in table.column_names}
    ids = np.array(columns["id"], dtype=np.int64)

    def array(side: str, name: str) -> Any:
        values = np.array(
            columns[f"{side}_{name}"], dtype=np.int64 if name in _WHOLE else np.float64
        )
        return values.reshape(len(ids), -1 if len(ids) else 0) if "top" in name else values

    baseline, compressed = (
        TokenTrace(
            ids=ids,
            top_tokens=tuple(tuple(row) for row in columns[f"{side}_top_tokens"]),
            **{name: array(side, name) for name in TRACE_COLUMNS},
        )
        for side in BOTH
    )
    apart: dict[str, Any] = {
        name: np.array(columns[name], dtype=np.bool_ if name == "same_top" else np.float64)
        for name in PAIR_COLUMNS
    }
    return PairTrace(tuple(columns["token"]), baseline, compressed, **apart)
