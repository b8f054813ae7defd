"""What studies have published of a probe's benchmark, beside one's own values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.benchmarks import labels
from fairviz.benchmarks.metrics import metric
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.probes.record import Outcome, Probe

_LEVELS = ("aggregate", "axis")
_SHOWN = ("measure", "axis", "models", "before", "lowest", "highest", "forms")


def published(outcome: Outcome, probe: Probe, table: pd.DataFrame) -> pd.DataFrame:
    """One row a measure and family of models: the value before compression, and after it.

    One's own two models come first in each measure, with the same value as `lowest` and
    `highest`. Only measures that both have are told, over all groups or over an axis.

    Args:
        outcome: What the probe measured.
        probe: Which probe.
        table: The bias tables; rows that are one's own are left out.

    Returns:
        `measure`, `axis`, `models`, `before`, `lowest`, `highest` and `forms`, how many
        compressed forms there are.
    """
    import pandas as pd

    own = outcome.metrics[outcome.metrics["level"].isin(_LEVELS)]
    theirs = table[
        (table["benchmark"] == probe.benchmark)
        & table["level"].isin(_LEVELS)
        & (table["source"] != "own")
        & table["value"].notna()
    ]
    rows = []
    for (name, axis), mine in own.groupby(["metric", "axis"], sort=False):
        found = theirs[(theirs["metric"] == name) & (theirs["axis"] == axis)]
        if not len(found):
            continue
        values = mine.set_index("side")["value"]
        title, where = _(metric(str(name)).title), labels.word(str(axis)) or _("all")
        after = values["compressed"]
        rows.append((title, where, _("these two models"), values["baseline"], after, after, 1))
        for base, part in found.groupby("base_model", sort=False):
            whole, forms = (part[(part["method"] == "none") == which] for which in (True, False))
            before, after = whole["value"].mean(), forms["value"]
            called = labels.base_model(str(base))
            rows.append((title, where, called, before, after.min(), after.max(), len(forms)))
    return pd.DataFrame(rows, columns=list(_SHOWN))
