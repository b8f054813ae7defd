"""Group AUC: does a classifier, compressed, still tell harm from harmless where a group is named?

An area under the ROC curve is the probability that a positive item gets a higher score than a
negative one, ties counted half (Hanley & McNeil 1982). Borkan et al. 2019: within a group
(subgroup AUC); the group's harmless items against the others' harmful ones (BPSN: background
positive, subgroup negative; low where harmless mentions of the group score too high); the group's
harmful items against the others' harmless ones (BNSP; low where they score too low).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from fairviz.core import skips
from fairviz.core.declared import declared
from fairviz.core.errors import FairvizError
from fairviz.core.set_files import rows
from fairviz.core.skips import Skip
from fairviz.i18n import _, ngettext, said
from fairviz.metrics.traces import BOTH
from fairviz.probes.contrast import Contrasted, Floats
from fairviz.probes.fields import columns
from fairviz.probes.record import Items, Kept, Outcome, Step, declared_probe
from fairviz.probes.results import ALL, Metric, Results, headline
from fairviz.stats.clusters import multiplicities
from fairviz.stats.paired import agreeing

Bools = npt.NDArray[np.bool_]


def auc(scores: npt.ArrayLike, positive: npt.ArrayLike, weights: npt.ArrayLike) -> Floats:
    """The area, once for each row of weights; NaN where a row has no positive or no negative.

    Args:
        scores: (N,) one model's scores.
        positive: (N,) bool.
        weights: (R, N) how often each item counts.
    """
    found, is_positive = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    order = np.argsort(found, kind="stable")
    counts = np.asarray(weights, dtype=np.float64)[:, order]
    starts = np.flatnonzero(np.diff(found[order], prepend=-np.inf) > 0)
    above = np.add.reduceat(counts * is_positive[order], starts, axis=1)
    below = np.add.reduceat(counts * ~is_positive[order], starts, axis=1)
    won = np.cumsum(below, axis=1) - below / 2
    with np.errstate(all="ignore"):
        area: Floats = (above * won).sum(axis=1) / (above.sum(axis=1) * below.sum(axis=1))
    return area


def both_auc(
    baseline: Floats, compressed: Floats, positive: Bools, resamples: int = 999, seed: int = 0
) -> Contrasted:
    """Both models' areas by bootstrap over items; their difference with DeLong's interval and test.

    Both assume independent items. The interval of the difference inverts the test; those of
    the models are of percentiles.

    Args:
        baseline: (N,) finite scores.
        positive: (N,) which items are.
    """
    n = len(positive)
    if not n or positive.all() or not positive.any():
        return Contrasted(*[math.nan] * 11)
    first, second = (
        float(auc(one, positive, np.ones((1, n)))[0]) for one in (baseline, compressed)
    )
    drawn = [
        [auc(one, positive, weights) for one in (baseline, compressed)]
        for weights in multiplicities(n, resamples, np.random.default_rng(seed), n)
    ]
    known = (areas[np.isfinite(areas)] for areas in np.concatenate(drawn, axis=1))
    ends = [
        (float(low), float(high))
        for low, high in (np.percentile(areas, [2.5, 97.5]) for areas in known)
    ]
    error, p = delong(baseline, compressed, positive)
    # There are as many independent units as there are items of the rarer kind.
    units = min(int(positive.sum()), int((~positive).sum()))
    low, high, p = agreeing(second - first, error, max(units - 1, 1), p, 0.05)
    return Contrasted(first, *ends[0], second, *ends[1], second - first, low, high, p, units)


def delong(baseline: Floats, compressed: Floats, positive: Bools) -> tuple[float, float]:
    """Error of the difference of two models' areas on the same items, and p (DeLong et al. 1988).

    Returns:
        The standard error and the p-value of no difference: 1 where the scores put all items
        in one order, NaN where there is no spread to test against (below two items of a kind,
        or all of them moved alike).
    """
    from scipy.stats import norm

    over, under = (
        second - first
        for first, second in zip(
            _places(baseline, positive), _places(compressed, positive), strict=True
        )
    )
    if not over.any() and not under.any():
        return math.nan, 1.0
    if min(len(over), len(under)) < 2:
        return math.nan, math.nan
    variance = over.var(ddof=1) / len(over) + under.var(ddof=1) / len(under)
    if variance <= 1e-15:
        return math.nan, math.nan
    error = math.sqrt(variance)
    return error, float(2 * norm.sf(abs(over.mean()) / error))


def _places(scores: Floats, positive: Bools) -> tuple[Floats, Floats]:
    """(P,) share of negatives below each positive, and (Q,) of positives above each negative."""
    from scipy.stats import rankdata

    ranks = rankdata(scores)
    up, down = ranks[positive], ranks[~positive]
    return (
        (up - rankdata(scores[positive])) / len(down),
        1 - (down - rankdata(scores[~positive])) / len(up),
    )


_SAID = declared(__file__)
_WORDS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}


class NothingScored(FairvizError):
    """A file without an item that two scores and a label make comparable."""


def read(content: bytes, name: str) -> Items:
    """Scored items of a file.

    Columns: a label (1 or 0, or a share of raters, positive from 0.5 on), `baseline` and
    `compressed` (the two scores), and either `group` (names parted by semicolons) or one column
    for each group, with a number from 0 to 1 that counts from 0.5 on (as in Civil Comments).

    Raises:
        ColumnsMissing: If a column is not there.
        NothingScored: If no row, or no group, is left.
        FairvizError: If the file cannot be read.
    """
    found = rows(content, name)
    by = columns(found.columns, _SAID["columns"], name, ("label", "baseline", "compressed"))
    identities = [
        one
        for one in found.columns
        if one not in by.values() and all(_share(row.fields.get(one)) for row in found.rows)
    ]
    kept, lost = [], list(found.left_out)
    for line, fields in found.rows:
        told = {field: fields.get(column) for field, column in by.items()}
        label, before, after = (_number(told[one]) for one in ("label", *BOTH))
        if not math.isfinite(label):
            reason = said._("the label {label} is neither 0 nor 1", label=_shown(told["label"]))
            lost.append(Skip(skips.line(line), reason))
            continue
        if not (math.isfinite(before) and math.isfinite(after)):
            lost.append(Skip(skips.line(line), said._("a score is no number")))
            continue
        if "group" in by:
            text = str(told["group"] or "")
            groups = [one.strip() for one in re.split("[;|]", text) if one.strip()]
        else:
            groups = [one for one in identities if _number(fields.get(one)) >= 0.5]
        kept.append(
            {
                "id": str(told.get("id") or f"line {line}"),
                "group": "; ".join(groups),
                "groups": groups,
                "text": str(told.get("text") or told.get("id") or f"line {line}"),
                "label": int(label >= 0.5),
                "baseline": before,
                "compressed": after,
            }
        )
    if not kept:
        raise NothingScored(
            _("Not one row of {name} has a label and two scores.", name=name) + skips.example(lost),
            fix=_("Write 1 or 0 as the label, and both scores as numbers."),
        )
    if not any(row["groups"] for row in kept):
        raise NothingScored(
            ngettext(
                "{name} has {n} scored item, which does not say whom it is about.",
                "{name} has {n} scored items, and none says whom it is about.",
                len(kept),
                name=name,
            ),
            fix=_("Add a column group, or one column of 0 and 1 for each group."),
        )
    return Items.of_file(name, kept, lost, {}, content)


def _shown(cell: object) -> str:
    """A cell as a reason quotes it."""
    return repr("" if cell is None else str(cell)[:40])


def _number(value: object) -> float:
    word = str(value).strip().lower()
    try:
        return _WORDS[word] if word in _WORDS else float(word)
    except ValueError:
        return math.nan


def _share(value: object) -> bool:
    """Whether a cell may say how far an item is about a group; an empty one says nothing."""
    number = _number(value)
    return value in (None, "") or (math.isfinite(number) and 0 <= number <= 1)


def run(
    pair: None,
    items: Items,
    told: Callable[[Step], None],
    *,
    measure: str = "subgroup",
    threshold: float = 0.5,
) -> Outcome:
    """The three areas of every group under both models."""
    table = items.rows.copy()
    table["prompt"] = table["text"]
    table["shift"] = table["compressed"] - table["baseline"]
    cut = float(threshold)
    table["flip"] = (table["baseline"] >= cut) != (table["compressed"] >= cut)
    positive = table["label"].to_numpy() == 1
    every = np.ones(len(table), dtype=bool)
    names = sorted({one for groups in table["groups"] for one in groups})
    found = {(ALL, "auc"): _areas(table, positive, every)}
    told(Step(0, len(names)))
    for number, name in enumerate(names, 1):
        inside = np.array([name in groups for groups in table["groups"]])
        found |= {
            (name, "subgroup"): _areas(table, positive, inside),
            (name, "bpsn"): _areas(table, positive, np.where(inside, ~positive, positive)),
            (name, "bnsp"): _areas(table, positive, np.where(inside, positive, ~positive)),
        }
        told(Step(number, len(names)))
    results, areas = Results(), []
    for (name, kind), (area, here) in found.items():
        n = int(here.sum())
        counts = {
            "positive": int((here & positive).sum()),
            "negative": int((here & ~positive).sum()),
        }
        areas.append({"group": name, "measure": kind, "n": n, **counts, **area._asdict()})
        if kind in ("auc", measure):
            results.group(name, table[here], area)
        if name == ALL:
            results.metric(Metric(kind, "AUC", "lower"), area, n)
        else:
            metric = Metric(f"{kind}_auc", "AUC", "lower")
            results.metric(metric, area, n, group=name)
    sentences = [
        headline(
            said._("The AUC over all items"),
            found[ALL, "auc"][0],
            said._("DeLong's paired test"),
        ),
        results.changed(said._("groups")),
        said.ngettext(
            "{flips} of {n} item changed sides at {cut:g}.",
            "{flips} of {n} items changed sides at {cut:g}.",
            len(table),
            flips=int(table["flip"].sum()),
            cut=cut,
        ),
    ]
    return results.outcome(
        table,
        measure=said._(
            "{area}; 0.5 is chance, 1 is perfect", area=said.Said.of(_SAID["measures"][measure])
        ),
        neutral=0.5,
        sentences=sentences,
        details={"areas": pd.DataFrame(areas)},
    )


def _areas(table: Any, positive: Bools, here: Bools) -> tuple[Contrasted, Bools]:
    before, after = (table[side].to_numpy(dtype=np.float64)[here] for side in BOTH)
    return both_auc(before, after, positive[here]), here


def again(kept: Kept, *, measure: str = "subgroup", threshold: float = 0.5) -> Outcome:
    """From the scores."""
    items = Items(kept.source, kept.items)
    return run(None, items, lambda step: None, measure=measure, threshold=threshold)


GROUP_AUC = declared_probe(__file__, read=read, run=run, again=again)
