"""Counterfactual x compression: does compression change what swapping a name does?

Each model has its effect of the swap; the difference of these differences is what compression
adds. Shared wording, word frequencies and the tokenizer's cuts are the same on both sides and
cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import chain, islice

import numpy as np
import pandas as pd

from fairviz.core.declared import kept_sentences_of
from fairviz.core.skips import Skip
from fairviz.i18n import said
from fairviz.metrics.traces import BOTH, Floats
from fairviz.models.pair import Pair
from fairviz.probes import template_files
from fairviz.probes.contrast import Contrasted, averages
from fairviz.probes.fields import bundled_items
from fairviz.probes.minimal_pairs import by_group, measured_on
from fairviz.probes.record import Items, Kept, Outcome, Step, declared_probe
from fairviz.probes.results import LEVEL, Metric, Results, nothing_left, repeated, without
from fairviz.probes.swaps import (
    Measured,
    Row,
    continuation_rows,
    measure,
    swap_row,
    swaps_of,
    token_rows,
)
from fairviz.stats import FEW_UNITS

_tell = kept_sentences_of(__file__)

# Templates between two steps.
_BATCH = 8
# An effect below half a point has no side that it could change.
_SEEN = 0.005
# Continuations that hold less of the probability are hardly ever written.
_MASS = 0.01
_METRICS = {
    True: Metric("swap_effect", "difference of shares", "away_from_0"),
    False: Metric("swap_size", "probability", "higher"),
}


def bundled(
    *,
    language: str = "",
    template: str = "",
    first: str = "",
    second: str = "",
    more: str = "",
    less: str = "",
) -> Items:
    """The project's own templates, or the one that is typed.

    Raises:
        NoTemplates: If what is typed cannot be filled.
    """
    if template:
        return template_files.typed(template, first, second, more, less)
    return bundled_items(template_files.read, "templates.csv", language)


def run(pair: Pair, items: Items, told: Callable[[Step], None], *, top: int = 10) -> Outcome:
    """Every swap of every template under both models.

    Raises:
        BadSpec: If no swap can be measured.
    """
    asked = items.rows.to_dict("records")
    found: list[Row] = []
    measured: list[Measured] = []
    tokens: list[Row] = []
    lost: list[Skip] = []
    for start in range(0, len(asked), _BATCH):
        batch = [{str(key): value for key, value in row.items()} for row in asked[start:][:_BATCH]]
        swaps = [swaps_of(row) for row in batch]
        flat = iter(measure(pair, [swap for own in swaps for swap in own], top, lost))
        each = [[one for one in islice(flat, len(own)) if one is not None] for own in swaps]
        measured += chain(*each)
        fresh = [item_row(row, own) for row, own in zip(batch, each, strict=True) if own]
        found += fresh
        # Where it arises is shown for the swap that moved most.
        most = [max(own, key=lambda one: abs(np.diff(one.effects)[0])) for own in each if own]
        tokens += token_rows(pair, most)
        told(Step(min(start + _BATCH, len(asked)), len(asked), pd.DataFrame(fresh)))
    if not found:
        raise nothing_left(items.source, lost)
    carried = pd.DataFrame([row for one in measured for row in continuation_rows(one)])
    carried = carried.sort_values("carried", key=abs, ascending=False, kind="stable")
    details: dict[str, pd.DataFrame] = {
        "swaps": pd.DataFrame([swap_row(one) for one in measured]),
        "continuations": carried.reset_index(drop=True),
        "tokens": pd.DataFrame(tokens),
    }
    return without(outcome(items.source, pd.DataFrame(found), details), lost)


def again(kept: Kept) -> Outcome:
    """From the swaps' effects."""
    details, items = kept.outcome.details, kept.items
    if items["id"].is_unique:  # else nobody knows which swaps are a template's
        own = details["swaps"].groupby("id", sort=False)
        numbers = {str(name): _numbers(*_both(part), part["mass"].min()) for name, part in own}
        again = pd.DataFrame([numbers[str(name)] for name in items["id"]])
        items = items.assign(**{str(name): again[name] for name in again})
    # What is kept of the swaps is nothing that was computed here.
    return replace(outcome(kept.source, items, details), details={})


def item_row(row: Row, swaps: list[Measured]) -> Row:
    """A template: the mean effect of its swaps, and what compression adds with its interval."""
    effects = np.array([one.effects for one in swaps])
    return {
        **{name: row[name] for name in ("id", "group", "language", "template")},
        "text": f"{row['template']} [{swaps[0].swap.first} | {swaps[0].swap.second}]",
        "prompt": swaps[0].swap.prompts[0],
        "prompt_second": swaps[0].swap.prompts[1],
        "swaps": len(swaps),
        **_numbers(effects[:, 0], effects[:, 1], min(one.mass for one in swaps)),
    }


def _numbers(baseline: Floats, compressed: Floats, mass: float) -> Row:
    change = averages(baseline, compressed)
    sides = change.baseline, change.compressed
    return {
        "baseline": change.baseline,
        "compressed": change.compressed,
        "shift": change.difference,
        "low": change.low,
        "high": change.high,
        "mass": mass,
        "flip": min(sides) <= -_SEEN and max(sides) >= _SEEN,
    }


def _over_templates(items: pd.DataFrame) -> Contrasted:
    """The same template with other fillers is no further template."""
    return averages(*_both(items), items["template"].tolist())


def _both(table: pd.DataFrame) -> tuple[Floats, Floats]:
    before, after = table[list(BOTH)].to_numpy(dtype=np.float64).T
    return before, after


def outcome(source: str, items: pd.DataFrame, details: Mapping[str, pd.DataFrame]) -> Outcome:
    """The outcome of templates whose swaps are measured.

    Args:
        source: What the set is called.
        items: Rows of `item_row`.
        details: `swaps`, `continuations` (the one that carries most first) and `tokens`.
    """
    carried = details["continuations"]
    signed = bool((carried["expected"] == "less").any())
    # Of one template the swaps are all there is to draw from.
    whole = averages(*_both(details["swaps"])) if len(items) == 1 else _over_templates(items)
    results = by_group(items, whole, _over_templates, _METRICS[signed])
    return results.outcome(
        items,
        measure=_tell("measure_signed" if signed else "measure_size"),
        neutral=0.0,
        sentences=_sentences(items, whole, results, carried, signed),
        details={name: details[name] for name in ("swaps", "continuations", "tokens")},
        benchmark=measured_on(source),
    )


def _sentences(
    items: pd.DataFrame, whole: Contrasted, results: Results, carried: pd.DataFrame, signed: bool
) -> tuple[str, ...]:
    effects = {"before": 100 * whole.baseline, "after": 100 * whole.compressed}
    first = _tell("moves" if signed else "changes", n=len(items), **effects)
    if not (items["shift"] != 0).any():
        return first, _tell("none_differs")
    top = carried.iloc[0]
    rare = int((items["mass"] < _MASS).sum())
    return (
        first,
        _tested(whole, alone=len(items) == 1),
        results.changed(said._("groups")),
        _tell(
            "carried",
            continuation=str(top["continuation"]).strip(),
            first=top["first"],
            second=top["second"],
            carried=100 * top["carried"],
        ),
        repeated(items[["text"]]),
        _tell("rare", n=len(items), rare=rare, mass=100 * _MASS) if rare else "",
    )


def _tested(whole: Contrasted, *, alone: bool) -> str:
    """The difference of the differences, and what exchanging the models says of it."""
    values = {
        "change": 100 * whole.difference,
        "within": _tell("within", low=100 * whole.low, high=100 * whole.high)
        if whole.low == whole.low
        else "",
        "over": said._("swaps") if alone else said._("whole templates"),
        "p": whole.p,
    }
    if whole.units < FEW_UNITS:
        return _tell("few_units", **values, n=int(whole.units))
    return _tell("more" if whole.p < LEVEL else "no_more", **values)


COUNTERFACTUAL = declared_probe(
    __file__, read=template_files.read, run=run, again=again, bundled=bundled
)
