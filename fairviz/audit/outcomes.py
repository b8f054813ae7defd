"""From the options' log-probabilities to what a model answers, how sure it is, and the flip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.language import later
from fairviz.traces import BOTH

if TYPE_CHECKING:
    import pandas as pd

# How options of different lengths are made comparable: the harness's acc and acc_norm.
LENGTHS = {"sum": later("whole option"), "character": later("per character")}


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
        prediction), `lost` and `gained` (a flip from right to wrong, and back).
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
    "kl", "kl_reverse", "js", "flip", "lost", "gained",
]  # fmt: skip


def _outcome(row: dict[str, Any], length: str) -> dict[str, Any]:
    from scipy.special import entr, rel_entr, softmax

    right = [int(one) for one in row["right"]]
    sizes = np.array(
        [max(len(option.removeprefix(" ")), 1) for option in row["options"]], dtype=np.float64
    )
    out: dict[str, Any] = {}
    for side in BOTH:
        scores = np.asarray(row[f"{side}_log_prob"], dtype=np.float64)
        scores = scores / sizes if length == "character" else scores
        probs = softmax(scores)
        prediction = int(np.argmax(scores))
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
    return out | {
        "kl": max(float(rel_entr(p, q).sum()), 0.0),
        "kl_reverse": max(float(rel_entr(q, p).sum()), 0.0),
        "js": max(float(rel_entr(p, middle).sum() + rel_entr(q, middle).sum()) / 2, 0.0),
        "flip": flip,
        "lost": bool(before == 1 and after == 0),
        "gained": bool(before == 0 and after == 1),
    }
