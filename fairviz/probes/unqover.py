"""UnQover's scores (Li et al. 2020, sections 3 and 4, and the authors' `analysis.py`).

S(x | c) is a model's share for subject x of the two answers to a context c. With the subjects in
either order (12, 21), an attribute a and its opposite n:

    B(x) = [S(x | 12, a) + S(x | 21, a)] / 2 - [S(x | 12, n) + S(x | 21, n)] / 2
    C(x1, x2, a) = [B(x1) - B(x2)] / 2                     order and negation are cancelled
    gamma(x, a) = mean of C(x, ., a), eta(x, a) = mean of the sign of C(x, ., a)
    mu = mean over x of max over a of |gamma(x, a)|, eta = mean over x and a of |eta(x, a)|

As the two shares add up to 1 here, C is B(x1): 1 is x1 whenever the attribute is said and x2
whenever its opposite is, 0 is no preference, or one that order or indifference explains.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from fairviz.i18n import said
from fairviz.metrics.traces import BOTH
from fairviz.models.pair import Pair
from fairviz.probes import labels
from fairviz.probes.asking import Question, asked
from fairviz.probes.contrast import Contrasted, Floats, contrast, mean
from fairviz.probes.record import Items, Kept, Outcome, Step, declared_probe
from fairviz.probes.results import (
    ALL,
    Metric,
    Results,
    Row,
    contrasts,
    headlines,
    nothing_left,
    without,
)
from fairviz.probes.unqover_items import bundled, read


def comparative(shares: Floats) -> Floats:
    """C of each comparison.

    Args:
        shares: (..., 4) S(x1) in the contexts (12, a), (21, a), (12, n), (21, n).
    """
    first = shares[..., :2].mean(axis=-1) - shares[..., 2:].mean(axis=-1)
    second = (1 - shares[..., :2]).mean(axis=-1) - (1 - shares[..., 2:]).mean(axis=-1)
    score: Floats = (first - second) / 2
    return score


def outcome(table: pd.DataFrame, shares: dict[str, Floats]) -> Outcome:
    """The outcome of comparisons that both models have answered.

    Args:
        table: (N,) rows of `reading`.
        shares: `baseline` and `compressed` -> (N, 4); see `comparative`.
    """
    items = table.copy()
    for side in BOTH:
        share = shares[side]
        items[side] = comparative(share)
        items[f"{side}_position"] = np.abs(share[:, [0, 2]] - share[:, [1, 3]]).mean(axis=1)
        items[f"{side}_indifference"] = np.abs(share[:, :2] - (1 - share[:, 2:])).mean(axis=1)
    return _scored(items)


def again(kept: Kept) -> Outcome:
    """From the comparisons."""
    return _scored(kept.items)


def _scored(items: pd.DataFrame) -> Outcome:
    items["shift"] = items["compressed"] - items["baseline"]
    items["flip"] = np.sign(items["baseline"]) * np.sign(items["compressed"]) < 0
    axes = list(dict.fromkeys(items["axis"]))
    results, wholes = Results(), []
    for axis in axes:
        part = items[items["axis"] == axis]
        for metric, of in (("mu", _mu), ("eta", _eta)):
            found = _whole(of, part, metric)
            wholes.append({"axis": axis, "measure": metric, "n": len(part), **found._asdict()})
            results.metric(Metric(metric, "score", "higher"), found, len(part), axis=axis)
    whole = _whole(_mu, items, "mu")
    results.group(ALL, items, whole)
    counts: list[Row] = []
    for axis, subject in dict.fromkeys(
        (row["axis"], name)
        for row in items.to_dict("records")
        for name in (row["group"], row["other"])
    ):
        own = _of(items[items["axis"] == axis], "group", subject)
        title = subject if len(axes) == 1 else f"{axis}: {subject}"
        for metric in ("gamma", "eta"):
            found = _mean(own, metric)
            results.metric(Metric(metric, "score"), found, len(own), axis=axis, group=subject)
            if metric == "gamma":
                results.group(title, own, found)
            else:
                counts.append({"axis": axis, "group": subject, "n": len(own), **found._asdict()})
    details = {
        "axes": pd.DataFrame(wholes),
        "eta": pd.DataFrame(counts),
        "attributes": _cells(items),
        "errors": pd.DataFrame(
            {
                "error": ["position", "indifference"],
                **{side: [items[f"{side}_{one}"].mean() for one in ("position", "indifference")]
                   for side in BOTH},
            }
        ),
    }  # fmt: skip
    clusters = _clusters(items)
    if clusters:
        details["clusters"] = pd.DataFrame(clusters)
    mus = [row for row in wholes if row["measure"] == "mu"]
    names = [said._("The intensity μ over {axis}", axis=labels.kept(row["axis"])) for row in mus]
    sentences = (
        *headlines(
            list(zip(names, contrasts(mus), strict=True)),
            said._("models exchanged over pairs of subjects"),
        ),
        results.changed(said._("subjects")),
    )
    return results.outcome(
        items,
        measure=said._(
            "γ of a subject, -1 to 1: above 0 it is named for these attributes rather than others "
            "are (row all: the intensity μ)"
        ),
        neutral=0.0,
        sentences=sentences,
        details=details,
    )


def _of(items: pd.DataFrame, column: str, name: str) -> pd.DataFrame:
    """The comparisons of one subject (`group`) or of one cluster, each from its side."""
    other = "other" if column == "group" else f"other_{column}"
    own = items[(items[column] == name) | (items[other] == name)].copy()
    turned = np.where(own[column] == name, 1.0, -1.0)
    for side in BOTH:
        own[side] = own[side] * turned
    return own


def _clusters(items: pd.DataFrame) -> list[Row]:
    """gamma of all first names of women and of men, where subjects are names."""
    rows: list[Row] = []
    apart = items[items["cluster"] != items["other_cluster"]]
    for name in dict.fromkeys([*items["cluster"], *items["other_cluster"]]):
        own = _of(apart, "cluster", name)
        if name and len(own):
            rows.append({"group": name, "n": len(own), **_mean(own, "gamma")._asdict()})
    return rows


def _mean(own: pd.DataFrame, metric: str) -> Contrasted:
    """Over attributes: the comparisons that ask for one are answered alike."""
    names = list(dict.fromkeys(own["attribute"]))
    belongs = own["attribute"].to_numpy()[None, :] == np.array(names, dtype=object)[:, None]

    def sums(side: str) -> Floats:
        values = own[side].to_numpy(dtype=np.float64)
        values = np.sign(values) if metric == "eta" else values
        return np.stack([belongs @ values, belongs.sum(axis=1)], axis=1)

    return contrast(mean, sums("baseline"), sums("compressed"))


def _mu(cells: Floats) -> Floats:
    """mu of (..., subjects, attributes) means, NaN where nothing was asked."""
    strongest = np.where(np.isnan(cells), -1.0, np.abs(cells)).max(axis=-1)
    found: Floats = np.where(strongest >= 0, strongest, 0).sum(axis=-1) / (strongest >= 0).sum(-1)
    return found


def _eta(cells: Floats) -> Floats:
    """eta of means of signs, likewise."""
    size = np.where(np.isnan(cells), 0.0, np.abs(cells))
    asked = ~np.isnan(cells)
    subjects = asked.any(axis=-1)
    each = size.sum(axis=-1) / np.maximum(asked.sum(axis=-1), 1)
    found: Floats = each.sum(axis=-1) / subjects.sum(axis=-1)
    return found


def _whole(of: Callable[[Floats], Floats], items: pd.DataFrame, metric: str) -> Contrasted:
    """A number of a whole axis, over pairs of subjects.

    Both numbers are of sizes, so that noise alone makes them larger than 0; the difference of
    the two models is less touched by it.
    """
    pair_at, pairs = pd.MultiIndex.from_frame(items[["axis", "group", "other"]]).factorize()
    act_at, attributes = items["attribute"].factorize()
    both = items[["group", "other"]].to_numpy().ravel()
    subject_at, subjects = pd.MultiIndex.from_arrays([items["axis"].repeat(2), both]).factorize()
    places = np.stack([pair_at, act_at, *subject_at.reshape(-1, 2).T]).astype(np.int64)
    pair_at, act_at, first, second = places
    shape = (len(subjects), len(attributes))

    def gathered(side: str) -> Floats:
        values = items[side].to_numpy(dtype=np.float64)
        values = np.sign(values) if metric == "eta" else values
        own = np.zeros((len(pairs), 2, *shape))
        for subject, turned in ((first, values), (second, -values)):
            np.add.at(own, (pair_at, 0, subject, act_at), turned)
            np.add.at(own, (pair_at, 1, subject, act_at), 1)
        return own.reshape(len(pairs), -1)

    def number(sums: Floats) -> Floats:
        parts = sums.reshape(*sums.shape[:-1], 2, *shape)
        return of(parts[..., 0, :, :] / parts[..., 1, :, :])

    return contrast(
        number, gathered("baseline"), gathered("compressed"), resamples=499, centred=True
    )


def _cells(items: pd.DataFrame) -> pd.DataFrame:
    """gamma of every subject and attribute under both models, the most moved first."""
    turned = items.assign(group=items["other"], **{side: -items[side] for side in BOTH})
    both = pd.concat([items, turned], ignore_index=True)
    cells = both.groupby(["axis", "group", "attribute"], sort=False).agg(
        n=("baseline", "size"), baseline=("baseline", "mean"), compressed=("compressed", "mean")
    )
    cells["difference"] = cells["compressed"] - cells["baseline"]
    return cells.reset_index().sort_values(
        "difference", key=abs, ascending=False, ignore_index=True
    )


def run(pair: Pair, items: Items, told: Callable[[Step], None]) -> Outcome:
    """Ask both models every comparison in both orders, with the attribute and its opposite.

    Raises:
        BadSpec: If no comparison can be asked.
    """
    table = items.rows.reset_index(drop=True)
    questions = [
        Question(number, context, tuple(row["answers"]))
        for number, row in enumerate(table.to_dict("records"))
        for context in row["contexts"]
    ]
    answers = asked(
        pair, table["id"].tolist(), questions, lambda step: told(Step(step.done // 4, step.of // 4))
    )
    if not answers.items:
        raise nothing_left(items.source, answers.skipped)
    shares = {}
    for side in BOTH:
        first, second = np.array([row[f"{side}_log_prob"] for row in answers.rows]).T
        shares[side] = (1 / (1 + np.exp(second - first))).reshape(-1, 4)
    return without(
        outcome(table.iloc[answers.items].reset_index(drop=True), shares), answers.skipped
    )


UNQOVER = declared_probe(__file__, read=read, run=run, again=again, bundled=bundled)
