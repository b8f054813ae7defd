"""A probe's numbers, computed anew from what it keeps of each item, beside those that it keeps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from fairviz.analyses.probe.request import ProbeResult
from fairviz.i18n import _
from fairviz.probes.record import Kept, Outcome
from fairviz.probes.registry import probe_of

# Sums in another order, on another machine, differ in their last digits.
_RELATIVE, _ABSOLUTE = 1e-6, 1e-9


class Anew(NamedTuple):
    """What was computed, and what is kept beside it.

    Attributes:
        numbers: That were computed, items aside.
        sentences: Likewise.
        kept: How many sentences are kept, and not among those.
        tables: Names of tables of which that holds too.
        differs: The first cell or sentence that is kept otherwise; empty where none is.
    """

    numbers: int
    sentences: int
    kept: int
    tables: tuple[str, ...]
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
    if sorted(outcome.order.tolist()) != list(range(len(outcome.items))):
        return Anew(0, 0, 0, (), _("the order of its items is none"))
    kept = Kept(outcome.measured, outcome, request.source, request.baseline.source)
    found = probe_of(request.probe).anew(kept, request.settings)
    if found is None:
        return None
    numbers, differs = 0, _parts(outcome, found)
    pairs = {name: (getattr(outcome, name), getattr(found, name)) for name in ("groups", "metrics")}
    both = found.details.keys() & outcome.details.keys()
    pairs |= {name: (outcome.details[name], found.details[name]) for name in both}
    for name, (was, now) in pairs.items():
        count, other = _beside(name, was, now)
        numbers, differs = numbers + count, differs or other
    differs = differs or _beside("items", outcome.items, found.items)[1]
    told, beside = [str(one) for one in found.sentences], [str(one) for one in outcome.sentences]
    again = [one for one in beside if one in told]
    if again != told and not differs:
        which = next(
            (one for at, one in enumerate(told) if again[at : at + 1] != [one]), (*again, "")[0]
        )
        differs = _("what it says of “{sentence}” is said otherwise", sentence=which)
    tables = tuple(sorted(outcome.details.keys() - found.details.keys()))
    return Anew(numbers, len(told), len(beside) - len(again), tables, differs)


def _parts(outcome: Outcome, found: Outcome) -> str:
    """What of an outcome is not as it should be, of all but numbers and sentences."""
    missing = sorted(found.details.keys() - outcome.details.keys())
    if missing:
        return _("its table {table} is missing", table=missing[0])
    if str(outcome.measure) != str(found.measure):
        return _("its measure is said otherwise")
    if not np.isclose(outcome.neutral, found.neutral, equal_nan=True):
        return _("its neutral value is another")
    return ""


def _beside(name: str, was: pd.DataFrame, now: pd.DataFrame) -> tuple[int, str]:
    """How many numbers two tables share, and the first of them that differs."""
    if len(was) != len(now):
        rows = {"was": len(was), "now": len(now)}
        return 0, _(
            "{table}: rows that are kept: {was}, that come from its items: {now}",
            table=name,
            **rows,
        )
    # An item keeps beside its numbers what they were counted from.
    foreign = [] if name == "items" else [column for column in was if column not in now]
    if missing := [column for column in now if column not in was]:
        return 0, _("{table}: its column {column} is missing", table=name, column=missing[0])
    if foreign:
        told = {"table": name, "column": foreign[0]}
        return 0, _("{table}: its column {column} does not come from its items", **told)
    numbers = 0
    for column in [column for column in was if column in now]:
        if pd.api.types.is_numeric_dtype(now[column]):
            one, other = (table[column].to_numpy(dtype=np.float64) for table in (was, now))
            same = np.isclose(one, other, _RELATIVE, _ABSOLUTE, equal_nan=True)
            numbers += len(one)
        else:
            one, other = (table[column].map(_spelled).to_numpy() for table in (was, now))
            same = one == other
        if not same.all():
            at = int(np.flatnonzero(~same)[0])
            return numbers, _(
                "{table}, {column} of row {row}: {was} is kept, and {now} comes from its items",
                table=name, column=column, row=at + 1, was=one[at], now=other[at],
            )  # fmt: skip
    return numbers, ""


def _spelled(cell: object) -> str:
    """A cell, of which a list is one whichever way it is kept."""
    cell = cell.tolist() if isinstance(cell, np.ndarray) else cell
    return str([_spelled(one) for one in cell]) if isinstance(cell, list | tuple) else str(cell)
