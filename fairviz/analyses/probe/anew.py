"""A probe's numbers, computed anew from what it keeps of each item, beside those that it keeps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from fairviz.analyses.probe.request import ProbeResult
from fairviz.i18n import _
from fairviz.probes.record import Kept
from fairviz.probes.registry import probe_of

# Sums in another order, on another machine, differ in their last digits.
_RELATIVE, _ABSOLUTE = 1e-6, 1e-9


class Anew(NamedTuple):
    """What was computed, and the first cell that is kept otherwise; empty where none is."""

    numbers: int
    sentences: int
    differs: str


def anew(result: ProbeResult) -> Anew | None:
    """What a run keeps against what its items give; None where that cannot be computed.

    Sentences are those that the statistics allow; what is kept beside them tells of what was left
    out, of texts that nobody keeps, and of null models.

    Raises:
        FairvizError: If a setting names what is not here, such as a word list.
    """
    request, outcome = result.request, result.outcome
    if outcome.order is None:
        return None
    kept = Kept(outcome.measured, outcome, request.source, request.baseline.source)
    found = probe_of(request.probe).anew(kept, request.settings)
    if found is None:
        return None
    tables = {"groups": (outcome.groups, found.groups), "metrics": (outcome.metrics, found.metrics)}
    tables |= {
        name: (outcome.details[name], table)
        for name, table in found.details.items()
        if name in outcome.details
    }
    numbers = 0
    for name, (was, now) in tables.items():
        count, differs = _beside(name, was, now)
        numbers += count
        if differs:
            return Anew(numbers, 0, differs)
    missing = [one for one in found.sentences if str(one) not in map(str, outcome.sentences)]
    told = _("it says nothing of “{sentence}”", sentence=missing[0]) if missing else ""
    return Anew(numbers, len(found.sentences), told)


def _beside(name: str, was: pd.DataFrame, now: pd.DataFrame) -> tuple[int, str]:
    """How many numbers two tables share, and the first of them that differs."""
    if len(was) != len(now):
        rows = {"was": len(was), "now": len(now)}
        return 0, _(
            "{table}: rows that are kept: {was}, that come from its items: {now}",
            table=name,
            **rows,
        )
    numbers = 0
    for column in [column for column in was if column in now]:
        if pd.api.types.is_numeric_dtype(now[column]):
            one, other = (table[column].to_numpy(dtype=np.float64) for table in (was, now))
            same = np.isclose(one, other, _RELATIVE, _ABSOLUTE, equal_nan=True)
            numbers += len(one)
        else:
            one, other = (table[column].map(str).to_numpy() for table in (was, now))
            same = one == other
        if not same.all():
            at = int(np.flatnonzero(~same)[0])
            return numbers, _(
                "{table}, {column} of row {row}: {was} is kept, and {now} comes from its items",
                table=name, column=column, row=at + 1, was=one[at], now=other[at],
            )  # fmt: skip
    return numbers, ""
