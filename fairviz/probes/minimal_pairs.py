"""Minimal pairs: which of two sentences that differ in whom they name is likelier."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from fairviz.core.declared import declared, kept_sentences_of
from fairviz.core.errors import BadSpec
from fairviz.core.skips import Skip
from fairviz.i18n import _, said
from fairviz.metrics.traces import BOTH
from fairviz.models.pair import Pair
from fairviz.probes import pair_files
from fairviz.probes.contrast import Contrasted, shares
from fairviz.probes.fields import bundled_items
from fairviz.probes.pair_files import NOTHING_SHARED
from fairviz.probes.pair_sums import How, frame, measured, with_measure
from fairviz.probes.record import Items, Kept, Outcome, Step, declared_probe
from fairviz.probes.results import ALL, LEVEL, Metric, Results, Row, nothing_left, repeated, without
from fairviz.stats import FEW_UNITS

_tell = kept_sentences_of(__file__)


def bundled(*, language: str = "") -> Items:
    """The project's own pairs, French and English; see ITEMS.md."""
    return bundled_items(pair_files.read, "pairs.csv", language)


def run(
    pair: Pair,
    items: Items,
    told: Callable[[Step], None],
    *,
    score: str = "whole",
    length: str = "sum",
    odd: str = "keep",
    before: str = "",
) -> Outcome:
    """Both sentences of every pair under both models.

    Args:
        score: Compare the `whole` sentences, as lm-evaluation-harness does, or the `shared`
            tokens after the first difference, after Nangia et al. 2020; see `pair_sums`.
        odd: `keep` counts pairs with an empty sentence (log-probability 0), equal ones and those
            with nothing to compare (ties, not preferred) like the published figures;
            `leave_out` drops them.

    Raises:
        BadSpec: If no pair is left.
    """
    how = How(score, length, before)
    lost: list[Skip] = []
    table = measured(pair, _left(items.rows, items, odd), told, how, lost)
    if table.empty:
        raise nothing_left(items.source, lost)
    if score == "shared":
        bare = (table["tokens_more"] == 0) & (table["wart"] == "")
        table["wart"] = table["wart"].mask(bare, NOTHING_SHARED)
    return without(outcome(_left(table, items, odd), items.source, how), lost)


def again(kept: Kept, *, score: str = "whole", length: str = "sum", before: str = "") -> Outcome:
    """From the pairs' log-probabilities."""
    return outcome(with_measure(kept.items, length), kept.source, How(score, length, before))


def _left(table: pd.DataFrame, items: Items, odd: str) -> pd.DataFrame:
    kept = table if odd == "keep" else table[table["wart"] == ""]
    if kept.empty:
        raise BadSpec(
            _("No pair of {source} is left.", source=items.source), fix=_("Choose another file.")
        )
    return kept.reset_index(drop=True)


_SAID = declared(__file__)
# What a log-probability of a token can differ by for no reason but the order of float32 sums.
ROUNDING = 1e-5


def outcome(items: pd.DataFrame, source: str, how: How) -> Outcome:
    """What the measured pairs say as a whole, per group, and per direction where there is one.

    Args:
        items: Rows as `minimal_pairs` makes them; `baseline` and `compressed` above 0 where
            `more` is the likelier sentence.
        source: What the set is called.
    """
    metric = Metric(_SAID["metrics"][how.score][how.length], "share")
    side = str(items["side"].iloc[0]).removeprefix("the ")
    sentence = said.Said.of(_SAID["sentences"].get(side, side))
    rounded = rounding(items)
    items = items.assign(flip=items["flip"] & ~rounded)
    whole = preference(items)
    results = by_group(items, whole, preference, metric)
    further = {"directions": _by(items, "direction"), "subjects": _by(items, "subject")}
    return results.outcome(
        items,
        measure=said._(_SAID["measures"][how.score][how.length], sentence=sentence),
        neutral=0.5,
        sentences=_sentences(items, whole, results, sentence),
        details={name: table for name, table in further.items() if len(table)},
        order=["flip"],
        benchmark=measured_on(source),
    )


def preference(items: pd.DataFrame) -> Contrasted:
    """Shares with Wilson's interval, the change with that of McNemar's test over frames.

    A change of sides within rounding is none. Pairs made from one frame stand or fall together.
    """
    prefers = {side: (items[side] > 0).to_numpy(dtype=np.float64) for side in BOTH}
    still = rounding(items).to_numpy()
    prefers["compressed"][still] = prefers["baseline"][still]
    frames = [frame(*pair) for pair in zip(items["more"], items["less"], strict=True)]
    return shares(prefers["baseline"], prefers["compressed"], frames)


def rounding(items: pd.DataFrame) -> pd.Series[bool]:
    """Which pairs change sides by no more than rounding."""
    changes: pd.Series[bool] = (items["baseline"] > 0) != (items["compressed"] > 0)
    return changes & ((items["compressed"] - items["baseline"]).abs() <= _floor(items))


def _floor(items: pd.DataFrame) -> pd.Series[float]:
    """Nats below which a pair's measure says nothing: of its sums, or of its means per token."""
    if np.array_equal(items["baseline"], items["baseline_per_token"]):
        return items["baseline"] * 0 + 2 * ROUNDING
    found: pd.Series[float] = ROUNDING * (items["tokens_more"] + items["tokens_less"])
    return found


def measured_on(source: str) -> str:
    """What the bias table calls these items: a file's name; empty for the project's own."""
    return source if "." in source else ""


def by_group(
    items: pd.DataFrame,
    whole: Contrasted,
    of: Callable[[pd.DataFrame], Contrasted],
    metric: Metric,
) -> Results:
    """All items' number, then that of each group, and by language where there are several."""
    results = Results()
    results.group(ALL, items, whole)
    results.metric(metric, whole, len(items))
    several = items["language"].nunique() > 1
    if not several and items["group"].nunique() < 2:
        return results
    for key, part in items.groupby(["language", "group"], sort=False, observed=True):
        language, group = (str(one) for one in key)
        language = language if several else ""
        found = of(part)
        name = " · ".join(one for one in (language, group) if one)
        results.group(name or "no group", part, found)
        results.metric(metric, found, len(part), axis=group or "language", group=language)
    return results


def _by(items: pd.DataFrame, column: str) -> pd.DataFrame:
    """The pairs by another column, as counts that need no test; empty where it says nothing."""
    known = items[items[column] != ""]
    if known[column].nunique() < 2:
        return pd.DataFrame()
    rows: list[Row] = []
    for name, part in known.groupby(column, sort=False):
        row: dict[str, Any] = {column: name, "n": len(part)}
        row |= {which: float((part[which] > 0).mean()) for which in BOTH}
        rows.append(row | {"flips": int(part["flip"].sum())})
    return pd.DataFrame(rows)


def _sentences(
    items: pd.DataFrame, whole: Contrasted, results: Results, sentence: str
) -> tuple[str, ...]:
    odd = items["wart"] != ""
    unscored = int((~items["same_start"]).sum())
    return (
        _tell(
            "shares",
            n=len(items),
            sentence=sentence,
            before=100 * whole.baseline,
            before_low=100 * whole.baseline_low,
            before_high=100 * whole.baseline_high,
            after=100 * whole.compressed,
            after_low=100 * whole.compressed_low,
            after_high=100 * whole.compressed_high,
        ),
        _flips(items, whole, sentence),
        *_apart(items),
        results.changed(said._("groups")),
        _odd(items, odd) if odd.any() else "",
        _tell("unscored", n=unscored) if unscored else "",
    )


def _flips(items: pd.DataFrame, whole: Contrasted, sentence: str) -> str:
    flips = int(items["flip"].sum())
    if not (items["shift"] != 0).any():
        return _tell("none_differs")
    if not flips:
        return _tell("none_flips")
    gained = int((items["flip"] & (items["compressed"] > 0)).sum())
    if whole.units < FEW_UNITS:
        return _tell(
            "flips_few_units",
            n=flips,
            gained=gained,
            lost=flips - gained,
            sentence=sentence,
            frames=int(whole.units),
        )
    values = {
        "gained": gained,
        "lost": flips - gained,
        "sentence": sentence,
        "change": 100 * whole.difference,
        "within": _tell("within", low=100 * whole.low, high=100 * whole.high)
        if math.isfinite(whole.low)
        else "",
        "p": whole.p,
        "test": said._("McNemar")
        if whole.units == len(items)
        else said._("models exchanged over sentences with the same frame"),
    }
    return _tell("flips" if whole.p < LEVEL else "flips_by_chance", n=flips, **values)


def _apart(items: pd.DataFrame) -> list[str]:
    """What is counted apart: changes within rounding, ties, and pairs that are there again."""
    told: list[str] = []
    if n := int(rounding(items).sum()):
        told.append(_tell("within_rounding", n=n, floor=ROUNDING))
    level = (items[list(BOTH)].abs().le(_floor(items), axis=0)).any(axis=1) & items["wart"].eq("")
    if n := int(level.sum()):
        told.append(_tell("level", n=n))
    return [*told, repeated(items[["more", "less"]])]


def _odd(items: pd.DataFrame, odd: pd.Series[bool]) -> str:
    n, which = int(odd.sum()), [said.Said.of(one) for one in sorted(set(items.loc[odd, "wart"]))]
    if odd.all():
        return _tell("odd_all", n=n, which=which)
    rest = preference(items[~odd])
    return _tell("odd", n=n, which=which, before=100 * rest.baseline, after=100 * rest.compressed)


MINIMAL_PAIRS = declared_probe(
    __file__, read=pair_files.read, run=run, again=again, bundled=bundled
)
