"""Statistics that item-level outcomes allow: flips and paired changes, per task and group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fairviz.stats import holm, mcnemar, paired_bootstrap

if TYPE_CHECKING:
    import pandas as pd


def paired(items: pd.DataFrame) -> pd.DataFrame:
    """One row per task, metric and group of the items' table.

    Args:
        items: Columns task, doc_id, metric, group, baseline, compressed.

    Returns:
        task, metric, group, n, baseline and compressed means, `change` with `low` and `high`
        (95 % paired bootstrap), and for outcomes of 0 and 1 `lost`, `gained`, `p_mcnemar` and
        `p_holm` (Holm over all rows that have a p); NaN for other outcomes.
    """
    import pandas as pd

    out = []
    for (task, metric, group), part in items.groupby(["task", "metric", "group"], sort=False):
        before = part["baseline"].to_numpy(dtype=np.float64)
        after = part["compressed"].to_numpy(dtype=np.float64)
        moved = paired_bootstrap(before, after)
        row = {
            "task": task,
            "metric": metric,
            "group": group,
            "n": len(part),
            "baseline": before.mean(),
            "compressed": after.mean(),
            "change": (after - before).mean(),
            "low": moved.low,
            "high": moved.high,
            "lost": np.nan,
            "gained": np.nan,
            "p_mcnemar": np.nan,
        }
        if set(np.unique([before, after])) <= {0.0, 1.0}:
            flips = mcnemar(before, after)
            row |= {"lost": flips.lost, "gained": flips.gained, "p_mcnemar": flips.p_value}
        out.append(row)
    table = pd.DataFrame(out)
    return table.assign(p_holm=holm(table["p_mcnemar"].to_numpy(dtype=np.float64)))
