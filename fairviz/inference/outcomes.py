"""From the options' log-probabilities to what a model answers, how sure it is, and the flip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.i18n import N_
from fairviz.metrics.traces import BOTH, Floats

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

    rows = [
        _outcome(dict(zip(table.columns, row, strict=True)), length)
        for row in table.itertuples(index=False, name=None)
    ]
    derived = pd.DataFrame(rows, index=table.index, columns=None if rows else _COLUMNS)
    return pd.concat([table, derived], axis=1)


_SIDE = ("probs", "prediction", "correct", "confidence", "true_confidence", "entropy")
_COLUMNS = [f"{side}_{name}" for side in BOTH for name in _SIDE] + [
    "kl", "kl_reverse", "js", "flip", "lost", "gained", "tied", "lead_shift", "flip_by",
]  # fmt: skip
# Sums of float32 log-probabilities are known to about six digits.
_DIGITS = 1e-6


def _outcome(row: dict[str, Any], length: str) -> dict[str, Any]:
    from scipy.special import entr, rel_entr, softmax

    right = [int(one) for one in row["right"]]
    sizes = np.array(
        [max(len(option.removeprefix(" ")), 1) for option in row["options"]], dtype=np.float64
    )
    out: dict[str, Any] = {}
    ranked = {}
    for side in BOTH:
        scores = np.asarray(row[f"{side}_log_prob"], dtype=np.float64)
        scores = scores / sizes if length == "character" else scores
        probs = softmax(scores)
        prediction = int(np.argmax(scores))
        ranked[side] = scores, np.argsort(-scores, kind="stable")[:2]
        out |= {
            f"{side}_probs": probs.tolist(),
            f"{side}_prediction": prediction,
            f"{side}_correct": float(prediction in right) if right else np.nan,
            f"{side}_confidence": float(probs[prediction]),
            f"{side}_true_confidence": min(float(probs[right].sum()), 1.0) if right else np.nan,
            f"{side}_entropy": float(entr(probs).sum()),
        }
    p, q = (np.asarray(out[f"{side}_probs"]) for side in BOTH)
    middle = (p + q) / 2
    flip = out["baseline_prediction"] != out["compressed_prediction"]
    before, after = out["baseline_correct"], out["compressed_correct"]
    (one, first), (other, _) = ranked["baseline"], ranked["compressed"]
    here = [out[f"{side}_prediction"] for side in BOTH]
    return out | {
        "kl": max(float(rel_entr(p, q).sum()), 0.0),
        "kl_reverse": max(float(rel_entr(q, p).sum()), 0.0),
        "js": max(float(rel_entr(p, middle).sum() + rel_entr(q, middle).sum()) / 2, 0.0),
        "flip": flip,
        "lost": bool(before == 1 and after == 0),
        "gained": bool(before == 0 and after == 1),
        "tied": any(_tie(scores[places]) for scores, places in ranked.values()),
        "lead_shift": float(np.subtract(*other[first]) - np.subtract(*one[first])),
        "flip_by": float(np.subtract(*one[here]) - np.subtract(*other[here])) if flip else np.nan,
    }


def _tie(two: Floats) -> bool:
    return bool(abs(two[0] - two[1]) <= _DIGITS * max(abs(two[0]), 1.0))
