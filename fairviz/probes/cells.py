"""The tables of an outcome in a reader's words."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from fairviz.core import skips
from fairviz.probes import labels, text_measures
from fairviz.probes.headings import heading

if TYPE_CHECKING:
    import pandas as pd

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
