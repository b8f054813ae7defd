"""A text under both models as a table: Parquet, one row a token, and back; and for spreadsheets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fairviz.metrics.quantities import QUANTITIES
from fairviz.metrics.traces import BOTH, PairTrace, TokenTrace

if TYPE_CHECKING:
    import pandas as pd

_PAIR = ("kl", "kl_reverse", "js", "same_top")
_TRACE = ("log_prob", "entropy", "rank", "margin", "top_ids", "top_log_probs", "top_tokens")
_WHOLE = {"rank", "top_ids"}


def table(pair: PairTrace) -> pa.Table:
    """The columns of a trace."""
    columns: dict[str, Any] = {"id": pair.ids, "token": list(pair.tokens)}
    columns |= {name: getattr(pair, name) for name in _PAIR}
    for side in BOTH:
        trace = getattr(pair, side)
        for name in _TRACE:
            values = getattr(trace, name)
            columns[f"{side}_{name}"] = [list(row) for row in values] if "top" in name else values
    return pa.table(columns)


def rows(texts: Mapping[str, PairTrace]) -> pd.DataFrame:
    """Texts for a spreadsheet: a row per token and text, every quantity a column.

    Args:
        texts: What the first column, `text_of`, calls each text.
    """
    import pandas as pd

    measured = ("log_prob", "entropy", "rank", "margin")
    tables = [
        pd.DataFrame(
            {"text_of": name, "index": range(len(pair)), "id": pair.ids, "token": pair.tokens}
            | {
                f"{side}_{column}": getattr(getattr(pair, side), column)
                for side in BOTH
                for column in measured
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

    traces = {
        side: TokenTrace(
            ids=ids,
            top_tokens=tuple(tuple(row) for row in columns[f"{side}_top_tokens"]),
            **{name: array(side, name) for name in _TRACE if name != "top_tokens"},
        )
        for side in BOTH
    }
    return PairTrace(
        tokens=tuple(columns["token"]),
        baseline=traces["baseline"],
        compressed=traces["compressed"],
        kl=np.array(columns["kl"], dtype=np.float64),
        kl_reverse=np.array(columns["kl_reverse"], dtype=np.float64),
        js=np.array(columns["js"], dtype=np.float64),
        same_top=np.array(columns["same_top"], dtype=np.bool_),
    )
