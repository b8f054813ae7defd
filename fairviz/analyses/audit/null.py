"""Null models on a set: what a disturbance of the same size does to its prompts or items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fairviz.analyses.audit.request import Audit
from fairviz.analyses.audit.shown import SHIFT, clusters, default_length
from fairviz.core.errors import NotFinite
from fairviz.core.skips import Skip
from fairviz.core.specs import digest
from fairviz.i18n import _
from fairviz.inference.noise_floor import or_why_not
from fairviz.inference.null_readings import Columns, Null, Reading, beside, texts
from fairviz.inference.outcomes import outcomes
from fairviz.inference.set_rows import item_rows
from fairviz.metrics.traces import Floats
from fairviz.stats import FEW_UNITS
from fairviz.tasks.item import Item

if TYPE_CHECKING:
    from fairviz.models.pair import Pair


def measured(pair: Pair, audit: Audit, told: Callable[[int, int], None]) -> Mapping[str, Any]:
    """Its null models as `found`, else why there are none.

    Args:
        pair: As it measured the audit, in batches and in the chat template.
        told: How many readings of about how many are done.
    """

    def measure() -> dict[str, Any]:
        seeds = range(audit.request.null)
        return {"found": Null.of(beside(pair, _reading(pair, audit), seeds, told))}

    return or_why_not(measure)


def _reading(pair: Pair, audit: Audit) -> Reading:
    if audit.request.kind == "prompts":
        encode = pair.baseline.vocabulary.encode
        return texts([encode(text) for text in audit.table["text"]], ends=True)
    length = default_length(audit.request.source)
    rows = audit.table[list(Item._fields)].to_dict("records")
    items = [Item(**{str(name): _plain(value) for name, value in row.items()}) for row in rows]

    def read(pair: Pair) -> Columns:
        lost: list[Skip] = []
        found = item_rows(pair, items, lost)
        if lost:
            which, reason = lost[0].shown()
            raise NotFinite(
                _("{which}: {reason}", which=which, reason=reason),
                fix=_("Use float32, or another checkpoint."),
            )
        return {"kl": outcomes(pd.DataFrame(found), length)["js"].to_numpy(dtype=np.float64)}

    return Reading(digest(["items", length, [list(one) for one in items]]), read)


def _plain(value: Any) -> Any:
    """A list or a string, as it was before a table held it."""
    return tuple(value.tolist()) if isinstance(value, np.ndarray) else value


def held(audit: Audit) -> tuple[Floats, Floats, list[str]]:
    """What null models are held to: shift, entropy, and group of every row.

    A group of fewer than `FEW_UNITS` independent rows is told as none.
    """
    kind, table = audit.request.kind, audit.table
    if kind == "items":
        table = outcomes(table, default_length(audit.request.source))
    groups = table["group"].astype(str)
    units = pd.Series(clusters(table)).groupby(groups.to_numpy()).nunique()
    return (
        table[SHIFT[kind]].to_numpy(dtype=np.float64),
        table["baseline_entropy"].to_numpy(dtype=np.float64),
        [one if units[one] >= FEW_UNITS else "" for one in groups],
    )
