"""Rows of an outcome's tables, and what they allow to say."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.i18n import said
from fairviz.metrics.traces import BOTH
from fairviz.probes import labels
from fairviz.probes.contrast import Contrasted
from fairviz.stats import FEW_UNITS, holm

if TYPE_CHECKING:
    import pandas as pd

Row = dict[str, Any]
ALL = "all"
# What is said to have changed has a corrected p-value below this.
LEVEL = 0.05


def group_row(group: str, n: int, found: Contrasted, flips: int) -> Row:
    """One row of `Outcome.groups`; `p_holm` comes with `groups_table`."""
    return {"group": group, "n": n, **found._asdict(), "flips": flips}


def groups_table(rows: Sequence[Row]) -> pd.DataFrame:
    """`Outcome.groups` of rows whose first is `all`, with Holm's p-values over the others."""
    import pandas as pd

    table = pd.DataFrame(rows)
    table["p_holm"] = [math.nan, *holm([row["p"] for row in rows[1:]])]
    return table


def metric_rows(
    metric: str,
    found: Contrasted,
    *,
    n: int,
    unit: str,
    worse: str,
    axis: str = "",
    group: str = "",
    level: str = "aggregate",
) -> list[Row]:
    """The two rows of `Outcome.metrics` of one number."""
    return [
        {
            "metric": metric,
            "axis": axis,
            "group": group,
            "level": level,
            "n": n,
            "value": getattr(found, side),
            "low": getattr(found, f"{side}_low"),
            "high": getattr(found, f"{side}_high"),
            "unit": unit,
            "worse": worse,
            "side": side,
        }
        for side in BOTH
    ]


def headlines(
    told: Sequence[tuple[str, Contrasted]], test: str, digits: int = 3
) -> tuple[str, ...]:
    """Several numbers of one outcome, whose claims are corrected for each other by Holm.

    Args:
        told: Name and number of each; see `headline`.
        test: As there.
        digits: Likewise.
    """
    corrected = holm([found.p for _rest, found in told])
    tested = int(np.isfinite(corrected).sum())
    return tuple(
        headline(name, found, test, digits, looked_at=tested, p_holm=float(p))
        for (name, found), p in zip(told, corrected, strict=True)
    )


def headline(
    name: str,
    found: Contrasted,
    test: str,
    digits: int = 3,
    *,
    looked_at: int = 1,
    p_holm: float = math.nan,
) -> str:
    """A number before and after, and whether it moved by more than chance.

    Args:
        name: Of the number, as a sentence begins.
        found: The number.
        test: What `p` is of, as in `the models exchanged over templates`.
        digits: Behind the point.
        looked_at: How many numbers were tested beside each other.
        p_holm: The p-value corrected for them; it decides where there are several.
    """

    def of(value: float, sign: str = "") -> str:
        if not math.isfinite(value):
            return said._("not defined")
        return said.number(value, f"{sign}.{digits}f")

    def within(low: float, high: float) -> str:
        return said._(" [{low}, {high}]", low=of(low), high=of(high)) if math.isfinite(low) else ""

    both = {
        "name": name,
        "before": of(found.baseline),
        "before_within": within(found.baseline_low, found.baseline_high),
        "after": of(found.compressed),
        "after_within": within(found.compressed_low, found.compressed_high),
    }
    if not math.isfinite(found.difference):
        return said._(
            "{name} is {before}{before_within} for the baseline and {after}{after_within} for the "
            "compressed model; there is no difference to test.",
            **both,
        )
    if found.difference == 0 and found.p == 1:
        return said._(
            "{name} is {before}{before_within} for the baseline and {after}{after_within} for the "
            "compressed model; they are the same.",
            **both,
        )
    moved = {"change": of(found.difference, "+"), "within": within(found.low, found.high)}
    if not math.isfinite(found.p):
        return said._(
            "{name} is {before}{before_within} for the baseline and {after}{after_within} for the "
            "compressed model: a difference of {change}{within}, too few items to test.",
            **both,
            **moved,
        )
    if found.units < FEW_UNITS:
        return said.ngettext(
            "{name} is {before}{before_within} for the baseline and {after}{after_within} for the "
            "compressed model: a difference of {change}{within}, of which {n} independent unit "
            "cannot say whether chance allows it.",
            "{name} is {before}{before_within} for the baseline and {after}{after_within} for the "
            "compressed model: a difference of {change}{within}, of which {n} independent units "
            "cannot say whether chance allows it.",
            int(found.units),
            **both,
            **moved,
        )
    p = said._("p = {p:.2g}", p=found.p)
    if looked_at > 1:
        p = said._(
            "p = {p:.2g}, {holm:.2g} after Holm's correction for {n} numbers",
            p=found.p,
            holm=p_holm,
            n=looked_at,
        )
    if (p_holm if looked_at > 1 else found.p) < LEVEL:
        return said._(
            "{name} is {before}{before_within} for the baseline and {after}{after_within} for the "
            "compressed model: a difference of {change}{within}, more than chance allows ({test}, "
            "{p}).",
            **both,
            **moved,
            test=test,
            p=p,
        )
    return said._(
        "{name} is {before}{before_within} for the baseline and {after}{after_within} for the "
        "compressed model: a difference of {change}{within}, no more than chance allows ({test}, "
        "{p}).",
        **both,
        **moved,
        test=test,
        p=p,
    )


def contrasts(rows: Iterable[Mapping[Hashable, Any]] | Iterable[Row]) -> list[Contrasted]:
    """The numbers of rows that hold one each."""
    return [Contrasted(*(float(row[name]) for name in Contrasted._fields)) for row in rows]


def repeated(items: pd.DataFrame) -> str:
    """How many items are there again; empty if none.

    Args:
        items: The columns that tell one item from another.
    """
    n = int(items.duplicated().sum())
    if not n:
        return ""
    return said.ngettext(
        "{n:,} item is there again: it counts in the numbers, but tells no more from chance than "
        "it did the first time.",
        "{n:,} items are there again: they count in the numbers, but tell no more from chance "
        "than they did the first time.",
        n,
    )


def changed_groups(groups: pd.DataFrame, noun: str) -> str:
    """Which groups changed after Holm's correction; empty below two groups.

    Args:
        groups: `Outcome.groups`.
        noun: What the groups are, in the plural.
    """
    tested = groups.iloc[1:]
    tested = tested[tested["p_holm"].notna()]
    if len(tested) < 2:
        return ""
    enough = tested["units"] >= FEW_UNITS
    if not enough.any():
        return said._(
            "Of {n} {noun}, none has the {few} independent units from which on one can tell "
            "whether it changed.",
            n=len(tested),
            noun=noun,
            few=FEW_UNITS,
        )
    found = tested[(tested["p_holm"] < LEVEL) & enough]
    if not len(found):
        return said._(
            "Of {n} {noun}, none changed by more than chance once all are tested together (Holm, "
            "least p = {p:.2g}).",
            n=len(tested),
            noun=noun,
            p=tested["p_holm"].min(),
        )
    names = [
        said._(
            "{group} ({change:+.3f}, p = {p:.2g})",
            group=labels.kept(str(row["group"])),
            change=row["difference"],
            p=row["p_holm"],
        )
        for row in found.to_dict("records")
    ]
    return said._(
        "Of {n} {noun}, {found} changed after Holm's correction: {names}.",
        n=len(tested),
        noun=noun,
        found=len(found),
        names=names,
    )
