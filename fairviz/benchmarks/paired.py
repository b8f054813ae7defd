"""Statistics that item-level outcomes allow: flips and paired changes, per task and group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fairviz.benchmarks.items import binary
from fairviz.stats import holm, mcnemar, paired_change

if TYPE_CHECKING:
    import pandas as pd


def _parts(items: pd.DataFrame) -> Iterator[tuple[str, str, str, pd.DataFrame]]:
    for (task, metric), whole in items.groupby(["task", "metric"], sort=False, observed=True):
        yield str(task), str(metric), "", whole
        for group, part in whole.groupby("group", sort=False, observed=True):
            if group:
                yield str(task), str(metric), str(group), part


def paired(items: pd.DataFrame) -> pd.DataFrame:
    """One row per task and metric over all items, then one per group that items name.

    Args:
        items: Columns task, doc_id, metric, group, baseline, compressed.

    Returns:
        task, metric, group, n, baseline and compressed means, `change` with `low` and `high`
        (95 %), `p` of exchanging the models (McNemar's exact one for outcomes of 0 and 1), `p_holm`
        (Holm over all rows), and for outcomes of 0 and 1 `lost` and `gained`, else NaN.
    """
    import pandas as pd

    out = []
    for task, metric, group, part in _parts(items):
        before = part["baseline"].to_numpy(dtype=np.float64)
        after = part["compressed"].to_numpy(dtype=np.float64)
        moved = paired_change(before, after)
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
            "p": moved.p_value,
        }
        if binary(part):
            flips = mcnemar(before, after)
            row |= {"lost": flips.lost, "gained": flips.gained}
        out.append(row)
    table = pd.DataFrame(out)
    return table.assign(p_holm=holm(table["p"].to_numpy(dtype=np.float64)))
