"""Rows of an outcome's tables, and what they allow to say."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fairviz.core.declared import kept_sentences_of
from fairviz.core.errors import BadSpec
from fairviz.core.skips import Skip, example
from fairviz.i18n import _, said
from fairviz.metrics.traces import BOTH
from fairviz.probes import labels
from fairviz.probes.contrast import Contrasted
from fairviz.probes.record import Outcome
from fairviz.stats import FEW_UNITS, holm

_tell = kept_sentences_of(__file__)

Row = dict[str, Any]
ALL = "all"
# What is said to have changed has a corrected p-value below this.
LEVEL = 0.05


def headlines(
    told: Sequence[tuple[str, Contrasted]], test: str, digits: int = 3
) -> tuple[str, ...]:
    """Several numbers of one outcome, whose claims are corrected for each other by Holm.

    Args:
        told: Name and number of each; see `headline`.
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
        test: What `p` is of, as in `the models exchanged over templates`.
        looked_at: How many numbers were tested beside each other.
        p_holm: The p-value corrected for them; it decides where there are several.
    """

    def of(value: float, sign: str = "") -> str:
        if not math.isfinite(value):
            return _tell("undefined")
        return said.number(value, f"{sign}.{digits}f")

    def within(low: float, high: float) -> str:
        return _tell("within", low=of(low), high=of(high)) if math.isfinite(low) else ""

    both = {
        "name": name,
        "before": of(found.baseline),
        "before_within": within(found.baseline_low, found.baseline_high),
        "after": of(found.compressed),
        "after_within": within(found.compressed_low, found.compressed_high),
    }
    if not math.isfinite(found.difference):
        return _tell("no_difference", **both)
    if found.difference == 0 and found.p == 1:
        return _tell("same", **both)
    moved = {"change": of(found.difference, "+"), "within": within(found.low, found.high)}
    if not math.isfinite(found.p):
        return _tell("untested", **both, **moved)
    if found.units < FEW_UNITS:
        return _tell("few_units", n=int(found.units), **both, **moved)
    p = _tell("p", p=found.p)
    if looked_at > 1:
        p = _tell("p_holm", p=found.p, holm=p_holm, n=looked_at)
    which = "moved" if (p_holm if looked_at > 1 else found.p) < LEVEL else "not_moved"
    return _tell(which, **both, **moved, test=test, p=p)


def contrasts(rows: Iterable[Mapping[Hashable, Any]] | Iterable[Row]) -> list[Contrasted]:
    """The numbers of rows that hold one each."""
    return [Contrasted(*(float(row[name]) for name in Contrasted._fields)) for row in rows]


def repeated(items: pd.DataFrame) -> str:
    """How many items are there again; empty if none.

    Args:
        items: The columns that tell one item from another.
    """
    n = int(items.duplicated().sum())
    return _tell("repeated", n=n) if n else ""


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
        return _tell("groups_few_units", n=len(tested), noun=noun, few=FEW_UNITS)
    found = tested[(tested["p_holm"] < LEVEL) & enough]
    if not len(found):
        return _tell("groups_unchanged", n=len(tested), noun=noun, p=tested["p_holm"].min())
    names = [
        _tell(
            "group_changed",
            group=labels.kept(str(row["group"])),
            change=row["difference"],
            p=row["p_holm"],
        )
        for row in found.to_dict("records")
    ]
    return _tell("groups_changed", n=len(tested), noun=noun, found=len(found), names=names)


class Metric(NamedTuple):
    """A number of the bias tables: its name, its unit, and which way harm lies."""

    name: str
    unit: str
    worse: str = ""


class Results:
    """What is found of items, collected; the first group is `all`.

    Attributes:
        metrics: Rows of `Outcome.metrics`.
    """

    def __init__(self) -> None:
        self._groups: list[Row] = []
        self.metrics: list[Row] = []

    def group(self, name: str, part: pd.DataFrame, found: Contrasted) -> None:
        """A row of the groups: a number of the items `part`, which say how many flipped."""
        flips = int(part["flip"].sum())
        self._groups.append({"group": name, "n": len(part), **found._asdict(), "flips": flips})

    def metric(
        self,
        metric: Metric,
        found: Contrasted,
        n: int,
        *,
        axis: str = "",
        group: str = "",
        level: str = "",
    ) -> None:
        """The two rows of a number in the bias tables: of all items, of an axis or of a group."""
        level = level or ("group" if group else "axis" if axis else "aggregate")
        where = {"metric": metric.name, "axis": axis, "group": group, "level": level, "n": n}
        for side in BOTH:
            ends = {end: getattr(found, f"{side}_{end}") for end in ("low", "high")}
            told = {"unit": metric.unit, "worse": metric.worse, "side": side}
            self.metrics.append({**where, "value": getattr(found, side), **ends, **told})

    def each_group(
        self,
        items: pd.DataFrame,
        of: Callable[[pd.DataFrame], Contrasted],
        metric: Metric,
    ) -> Contrasted:
        """A row of the groups and of the bias tables for all items and each group; that of all."""
        found = {}
        for name, part in parts(items):
            found[name] = of(part)
            self.group(name, part, found[name])
            where = {} if name == ALL else {"axis": "group", "group": name, "level": "group"}
            self.metric(metric, found[name], len(part), **where)
        return found[ALL]

    @property
    def groups(self) -> pd.DataFrame:
        """`Outcome.groups`, with Holm's p-values over all but the first."""
        table = pd.DataFrame(self._groups)
        table["p_holm"] = [math.nan, *holm(table["p"][1:])]
        return table

    def changed(self, noun: str) -> str:
        """Which groups changed, called `noun` in the plural; empty below two groups."""
        return changed_groups(self.groups, noun)

    def outcome(
        self,
        items: pd.DataFrame,
        *,
        measure: str,
        sentences: Iterable[str],
        details: Mapping[str, pd.DataFrame],
        neutral: float = math.nan,
        order: Sequence[str] = ("flip", "shift"),
        benchmark: str | None = None,
    ) -> Outcome:
        """All of it as the outcome of a probe.

        Args:
            items: `Outcome.items`, in any order.
            sentences: What the statistics allow to say; empty ones are left away.
            order: Columns by whose size items are ordered, the largest first; none is as they are.
            benchmark: What the items are called in the bias tables, if not as the probe says.
        """
        metrics = pd.DataFrame(self.metrics)
        items = items.reset_index(drop=True)
        if order:
            items = items.sort_values(list(order), key=abs, ascending=False, kind="stable")
        return Outcome(
            items=items.reset_index(drop=True),
            order=items.index.to_numpy(dtype=np.int64),
            groups=self.groups,
            measure=measure,
            neutral=neutral,
            sentences=tuple(sentence for sentence in sentences if sentence),
            details=dict(details),
            metrics=metrics if benchmark is None else metrics.assign(benchmark=benchmark),
        )


def parts(items: pd.DataFrame, column: str = "group") -> list[tuple[str, pd.DataFrame]]:
    """`all` with all items, then each group with its own where there are several."""
    names = list(dict.fromkeys(items[column]))
    own = [(str(name), items[items[column] == name]) for name in names]
    return [(ALL, items), *(own if len(own) > 1 else [])]


def without(outcome: Outcome, lost: Sequence[Skip]) -> Outcome:
    """An outcome that tells which items could not be measured, and why the first could not."""
    if not lost:
        return outcome
    sentence = _tell("left_out", n=len(lost), reason=lost[0].reason)
    return replace(
        outcome,
        sentences=(*outcome.sentences, sentence),
        details={**outcome.details, "left_out": pd.DataFrame(lost)},
    )


def nothing_left(source: str, lost: Sequence[Skip]) -> BadSpec:
    """What is raised where no item is left, with the first reason."""
    return BadSpec(
        _("No item of {source} could be measured.", source=source) + example(lost),
        fix=_("Choose other items, or look at the two models."),
    )
