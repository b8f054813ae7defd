"""From the options' log-probabilities to what a model answers, how sure it is, and the flip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.i18n import N_
from fairviz.metrics.traces import BOTH, Bools, Floats

if TYPE_CHECKING:
    import pandas as pd

# How options of different lengths are made comparable: the harness's acc and acc_norm.
LENGTHS = {"sum": N_("whole option"), "character": N_("per character")}


def outcomes(table: pd.DataFrame, length: str = "sum") -> pd.DataFrame:
    """The item table with what follows from its log-probabilities.

    An option's probability is its share among the options: the softmax of their
    log-probabilities, divided by their length in characters where `length` says so.

    Args:
        table: Rows of `measure.item_rows`.
        length: A key of `LENGTHS`.

    Returns:
        The table and, for each model, `probs` (one per option), `prediction` (the first of
        the likeliest), `correct` (1 or 0, NaN where no answer is right), `confidence` (of its
        prediction), `true_confidence` (of the right answers together, NaN likewise), `entropy`
        over the options in nats; and `kl`, `kl_reverse`, `js` of the two, `flip` (another
        prediction), `lost` and `gained` (a flip from right to wrong, and back), `tied` (a model
        finds two options equally likely, to the digits of float32), `lead_shift` (by how much
        the baseline's first option gained on its second) and `flip_by` (by how much a flip's
        two options moved against each other, NaN without a flip), nats of the scores.
    """
    import pandas as pd

    derived = {
        name: np.full(len(table), np.nan, dtype=object if name.endswith("_probs") else np.float64)
        for name in _COLUMNS
    }
    many = np.array([len(options) for options in table["options"]], dtype=np.int64)
    for options in np.unique(many):
        here = np.flatnonzero(many == options)
        for name, values in _alike(table.iloc[here], length).items():
            derived[name][here] = values
    found = pd.DataFrame({name: derived[name] for name in _COLUMNS}, index=table.index)
    whole = {name: kind for name, kind in _KINDS.items() if len(table)}
    return pd.concat([table, found.astype(whole)], axis=1)


_SIDE = ("probs", "prediction", "correct", "confidence", "true_confidence", "entropy")
_COLUMNS = [f"{side}_{name}" for side in BOTH for name in _SIDE] + [
    "kl", "kl_reverse", "js", "flip", "lost", "gained", "tied", "lead_shift", "flip_by",
]  # fmt: skip
_KINDS = {f"{side}_prediction": np.int64 for side in BOTH} | dict.fromkeys(
    ("flip", "lost", "gained", "tied"), np.bool_
)
# Sums of float32 log-probabilities are known to about six digits.
_DIGITS = 1e-6


def _alike(table: pd.DataFrame, length: str) -> dict[str, Any]:
    """The same of items with one number of options, K: (N,) or N lists."""
    from scipy.special import entr, rel_entr, softmax

    n = len(table)
    rows = np.arange(n)
    scores = {side: np.array(table[f"{side}_log_prob"].tolist(), dtype=np.float64) for side in BOTH}
    if length == "character":
        sizes = [
            [max(len(option.removeprefix(" ")), 1) for option in options]
            for options in table["options"]
        ]
        scores = {side: one / np.array(sizes, dtype=np.float64) for side, one in scores.items()}
    right = np.zeros(scores["baseline"].shape, dtype=np.bool_)
    for row, places in enumerate(table["right"]):
        right[row, [int(place) for place in places]] = True
    judged = right.any(axis=1)
    out: dict[str, Any] = {}
    probs = {side: softmax(one, axis=1) for side, one in scores.items()}
    for side, one in scores.items():
        p, prediction = probs[side], one.argmax(axis=1)
        true = np.minimum(np.where(right, p, 0.0).sum(axis=1), 1.0)
        lists = np.empty(n, dtype=object)
        lists[:] = p.tolist()
        out |= {
            f"{side}_probs": lists,
            f"{side}_prediction": prediction,
            f"{side}_correct": np.where(judged, right[rows, prediction], np.nan),
            f"{side}_confidence": p[rows, prediction],
            f"{side}_true_confidence": np.where(judged, true, np.nan),
            f"{side}_entropy": entr(p).sum(axis=1),
        }
    p, q = probs["baseline"], probs["compressed"]
    middle = (p + q) / 2
    one, other = scores["baseline"], scores["compressed"]
    before, after = out["baseline_correct"], out["compressed_correct"]
    here = [out[f"{side}_prediction"] for side in BOTH]
    flip = here[0] != here[1]
    first, second = np.argsort(-one, axis=1, kind="stable")[:, :2].T
    moved = (one[rows, here[0]] - one[rows, here[1]]) - (
        other[rows, here[0]] - other[rows, here[1]]
    )
    return out | {
        "kl": np.maximum(rel_entr(p, q).sum(axis=1), 0.0),
        "kl_reverse": np.maximum(rel_entr(q, p).sum(axis=1), 0.0),
        "js": np.maximum(
            (rel_entr(p, middle).sum(axis=1) + rel_entr(q, middle).sum(axis=1)) / 2, 0.0
        ),
        "flip": flip,
        "lost": (before == 1) & (after == 0),
        "gained": (before == 0) & (after == 1),
        "tied": _tied(one) | _tied(other),
        "lead_shift": (other[rows, first] - other[rows, second])
        - (one[rows, first] - one[rows, second]),
        "flip_by": np.where(flip, moved, np.nan),
    }


def _tied(scores: Floats) -> Bools:
    """(N,) whether the two best scores are one, to the digits of float32."""
    best = -np.sort(-scores, axis=1)[:, :2]
    found: Bools = np.abs(best[:, 0] - best[:, 1]) <= _DIGITS * np.maximum(np.abs(best[:, 0]), 1.0)
    return found
