"""Measured swaps summed up: templates, groups, what carries the change, and words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairviz.i18n import said
from fairviz.metrics.traces import BOTH, Floats
from fairviz.probes.contrast import Contrasted, contrast, mean, summed
from fairviz.probes.preferences import groups, measured_on
from fairviz.probes.record import Items, Outcome
from fairviz.probes.results import Metric, Results
from fairviz.probes.rows import ALL, LEVEL, repeated
from fairviz.probes.swap_tables import continuation_rows, swap_row
from fairviz.probes.swaps import Measured, Row
from fairviz.stats import FEW_UNITS

if TYPE_CHECKING:
    import pandas as pd

# An effect below half a point has no side that it could change.
_SEEN = 0.005
# Continuations that hold less of the probability are hardly ever written.
_MASS = 0.01
_METRICS = {
    True: Metric("swap_effect", "difference of shares", "away_from_0"),
    False: Metric("swap_size", "probability", "higher"),
}


def item_row(row: Row, swaps: list[Measured]) -> Row:
    """A template: the mean effect of its swaps, and what compression adds with its interval."""
    change = _means(np.array([one.effects for one in swaps]))
    sides = change.baseline, change.compressed
    return {
        "id": row["id"],
        "group": row["group"],
        "language": row["language"],
        "template": row["template"],
        "text": f"{row['template']} [{swaps[0].swap.first} | {swaps[0].swap.second}]",
        "prompt": swaps[0].swap.prompts[0],
        "prompt_second": swaps[0].swap.prompts[1],
        "swaps": len(swaps),
        "baseline": change.baseline,
        "compressed": change.compressed,
        "shift": change.difference,
        "low": change.low,
        "high": change.high,
        "mass": min(one.mass for one in swaps),
        "flip": min(sides) <= -_SEEN and max(sides) >= _SEEN,
    }


def _means(effects: Floats, clusters: Sequence[object] | None = None) -> Contrasted:
    """The mean of (n, 2) effects under both models; without clusters every row is one."""
    labels = range(len(effects)) if clusters is None else clusters
    counts = np.ones(len(effects))
    before, after = (summed(np.stack([side, counts], axis=1), labels) for side in effects.T)
    return contrast(mean, before, after)


def _over_templates(items: pd.DataFrame) -> Contrasted:
    """The same template with other fillers is no further template."""
    return _means(items[list(BOTH)].to_numpy(dtype=np.float64), items["template"].tolist())


def outcome(
    asked: Items, items: pd.DataFrame, measured: list[Measured], tokens: list[Row]
) -> Outcome:
    import pandas as pd

    signed = bool(measured[0].swap.less)
    metric, results = _METRICS[signed], Results()
    alone = len(items) == 1
    # Of one template the swaps are all there is to draw from.
    of_swaps = np.array([one.effects for one in measured])
    whole = _means(of_swaps) if alone else _over_templates(items)
    results.group(ALL, items, whole)
    results.metric(metric, whole, len(items))
    for name, axis, group, part in groups(items):
        found = _over_templates(part)
        results.group(name, part, found)
        level = "group" if group else "axis"
        results.metric(metric, found, len(part), axis=axis, group=group, level=level)
    carried = pd.DataFrame([row for one in measured for row in continuation_rows(one)])
    carried = carried.sort_values("carried", key=abs, ascending=False, kind="stable")
    return results.outcome(
        items,
        measure=said._("mean effect of the swap: difference of two shares, -1 to 1")
        if signed
        else said._("mean size of the swap: total variation distance, 0 to 1"),
        neutral=0.0,
        sentences=_sentences(items, whole, results, carried, signed),
        details={
            "swaps": pd.DataFrame([swap_row(one) for one in measured]),
            "continuations": carried.reset_index(drop=True),
            "tokens": pd.DataFrame(tokens),
        },
        benchmark=measured_on(asked),
    )


def _sentences(
    items: pd.DataFrame, whole: Contrasted, results: Results, carried: pd.DataFrame, signed: bool
) -> tuple[str, ...]:
    effects = {"before": 100 * whole.baseline, "after": 100 * whole.compressed}
    if signed:
        first = said.ngettext(
            "In one template the swap moves the share of the expected continuations by "
            "{before:.1f} points under the baseline and {after:.1f} under the compressed model.",
            "Over {n:,} templates the swap moves the share of the expected continuations by "
            "{before:.1f} points under the baseline and {after:.1f} under the compressed model.",
            len(items),
            **effects,
        )
    else:
        first = said.ngettext(
            "In one template the swap changes what follows by at least {before:.1f} points under "
            "the baseline and {after:.1f} under the compressed model.",
            "Over {n:,} templates the swap changes what follows by at least {before:.1f} points "
            "under the baseline and {after:.1f} under the compressed model.",
            len(items),
            **effects,
        )
    if not (items["shift"] != 0).any():
        return first, said._("Not one effect differs between the two models.")
    top = carried.iloc[0]
    told = [
        first,
        _tested(whole, alone=len(items) == 1),
        results.changed(said._("groups")),
        said._(
            "The largest part is carried by '{continuation}' with {first} for {second}: "
            "{carried:+.1f} points of probability.",
            continuation=str(top["continuation"]).strip(),
            first=top["first"],
            second=top["second"],
            carried=100 * top["carried"],
        ),
    ]
    told.append(repeated(items[["text"]]))
    rare = int((items["mass"] < _MASS).sum())
    if rare:
        told.append(
            said.ngettext(
                "In {rare:,} of {n:,} template the continuations together have less than "
                "{mass:.0f} % of the probability somewhere: their shares say little of what is "
                "written.",
                "In {rare:,} of {n:,} templates the continuations together have less than "
                "{mass:.0f} % of the probability somewhere: their shares say little of what is "
                "written.",
                len(items),
                rare=rare,
                mass=100 * _MASS,
            )
        )
    return tuple(told)


def _tested(whole: Contrasted, *, alone: bool) -> str:
    """The difference of the differences, and what exchanging the models says of it."""
    values = {
        "change": 100 * whole.difference,
        "within": said._(" [{low:+.1f}, {high:+.1f}]", low=100 * whole.low, high=100 * whole.high)
        if whole.low == whole.low
        else "",
        "over": said._("swaps") if alone else said._("whole templates"),
        "p": whole.p,
    }
    if whole.units < FEW_UNITS:
        return said._(
            "The difference of the differences is {change:+.1f} points{within}, over {n} "
            "independent {over}: too few to say whether chance allows it.",
            **values,
            n=int(whole.units),
        )
    if whole.p < LEVEL:
        return said._(
            "The difference of the differences is {change:+.1f} points{within}: more than "
            "exchanging the models over {over} brings about by chance (p = {p:.2g}).",
            **values,
        )
    return said._(
        "The difference of the differences is {change:+.1f} points{within}: no more than "
        "exchanging the models over {over} brings about by chance (p = {p:.2g}).",
        **values,
    )
