"""How far groups lie apart under each setting, and how far chance alone would put them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from fairviz.benchmarks.groups import FEW, named
from fairviz.benchmarks.schema import joined
from fairviz.stats import noise_floor, spread

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ["base_model", "method", "bits", "ratio", "structure", "line"]


@lru_cache(maxsize=4096)
def _floor(share: float, n: tuple[int, ...]) -> float:
    return noise_floor(share, n, draws=1000).quantile


def drift(rows: pd.DataFrame, kind: str) -> pd.DataFrame:
    """One row per setting: the spread of its groups and the floor that their sizes give.

    Args:
        rows: Rows of one metric and of one level that names groups. Controls and groups of
            fewer than `FEW` items are left out.
        kind: The metric's kind; a floor needs shares or means of probabilities.

    Returns:
        The settings with `spread` (standard deviation over groups), `range`, `lowest` and
        `highest` (names), `groups` (how many), `floor` (95 % of draws lie below it if all
        groups had one rate; NaN where sizes are unknown) and `flags`.
    """
    import pandas as pd

    kept = rows[(rows["level"] != "control") & ~(rows["n"] < FEW).fillna(False)]
    kept = kept.assign(who=named(kept))
    out = []
    kept = kept.astype({"bits": "float64"})
    for keys, part in kept.groupby(_KEYS, observed=True, dropna=False, sort=False):
        values = part["value"].to_numpy(dtype=np.float64)
        measured = spread(values)
        n = part["n"].astype("float64").to_numpy()
        known = kind in ("share", "probability") and bool(np.isfinite(n).all())
        floor = float("nan")
        if known and len(values) > 1:
            floor = _floor(float(np.average(values, weights=n)), tuple(n.astype(int)))
        finite = part[part["value"].notna()]
        out.append(
            dict(zip(_KEYS, keys, strict=True))
            | {
                "spread": measured.standard_deviation,
                "range": measured.range,
                "lowest": finite["who"].iloc[finite["value"].argmin()] if len(finite) else "",
                "highest": finite["who"].iloc[finite["value"].argmax()] if len(finite) else "",
                "groups": len(finite),
                "floor": floor,
                "flags": joined(",".join(part["flags"].astype(str).unique()).split(",")),
            }
        )
    return pd.DataFrame(
        out, columns=[*_KEYS, "spread", "range", "lowest", "highest"] + ["groups", "floor", "flags"]
    )
