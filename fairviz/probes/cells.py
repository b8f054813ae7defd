"""The tables of an outcome in a reader's words, and what studies have published beside them."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import pandas as pd

from fairviz.benchmarks.labels import base_model, word
from fairviz.benchmarks.metrics import metric
from fairviz.core import skips
from fairviz.i18n import _
from fairviz.probes import labels, text_measures
from fairviz.probes.labels import heading
from fairviz.probes.record import Outcome, Probe

# Columns that hold words of fairviz's own, such as `all` or `per character`.
LABELLED = (
    "group", "axis", "category", "list", "cluster", "other_cluster", "unit", "context", "polarity",
    "derived", "error", "part", "expected", "side", "measure",
)  # fmt: skip


def cells(table: pd.DataFrame) -> pd.DataFrame:
    """A copy of a table, its words of fairviz's own in the current language; texts stay."""
    shown = table.copy()
    told: dict[str, Callable[[str], str]] = dict.fromkeys(LABELLED, labels.shown)
    told |= dict.fromkeys(("title", "meaning"), text_measures.shown)
    told |= dict.fromkeys(("wart", "reason"), skips.message)
    told |= dict.fromkeys(("id", "which"), skips.place)
    if "title" in table:
        del told["measure"]  # a key there, which the title says in words
    if "baseline_chosen" in table:  # BBQ's answers are kinds, other probes' are texts
        told |= dict.fromkeys(("baseline_answer", "compressed_answer"), labels.shown)
    for name, say in told.items():
        if name in shown:
            shown[name] = [say(one) if isinstance(one, str) else one for one in shown[name]]
    return shown


def titled(table: pd.DataFrame) -> pd.DataFrame:
    """`cells` under headings a reader understands, without columns of lists."""
    flat = [name for name in table if not len(table) or isinstance(table[name].iloc[0], Hashable)]
    return cells(table[flat]).rename(columns={str(name): heading(str(name)) for name in flat})


_LEVELS = ("aggregate", "axis")
_SHOWN = ("measure", "axis", "models", "before", "lowest", "highest", "forms")


def published(outcome: Outcome, probe: Probe, table: pd.DataFrame) -> pd.DataFrame:
    """One row a measure and family of models: the value before compression, and after it.

    One's own two models come first in each measure, with the same value as `lowest` and
    `highest`. Only measures that both have are told, over all groups or over an axis.

    Args:
        table: The bias tables; rows that are one's own are left out.

    Returns:
        `measure`, `axis`, `models`, `before`, `lowest`, `highest` and `forms`, how many
        compressed forms there are.
    """
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
        title, where = _(metric(str(name)).title), word(str(axis)) or _("all")
        after = values["compressed"]
        rows.append((title, where, _("these two models"), values["baseline"], after, after, 1))
        for base, part in found.groupby("base_model", sort=False):
            whole, forms = (part[(part["method"] == "none") == which] for which in (True, False))
            before, after = whole["value"].mean(), forms["value"]
            called = base_model(str(base))
            rows.append((title, where, called, before, after.min(), after.max(), len(forms)))
    return pd.DataFrame(rows, columns=list(_SHOWN))
