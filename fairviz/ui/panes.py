"""What one pane of tokens shows, as plain JSON values for the chips."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from fairviz.figures.palette import SIDE, Scale
from fairviz.traces import BOTH, Comparison, PairTrace, TokenTrace

TITLES = {"baseline": "Baseline", "compressed": "Compressed"}


def text_of(comparison: Comparison, side: str) -> PairTrace:
    """Both models on the text that `side` wrote."""
    return comparison.on_baseline if side == "baseline" else comparison.on_compressed


def frame(comparison: Comparison, side: str, scale: Scale, note: str = "") -> dict[str, Any]:
    """The part of a pane that changes while it is written."""
    pair = text_of(comparison, side)
    return {
        "tokens": list(pair.tokens),
        "values": _rounded(scale.quantity.of(pair)),
        "scale": scale.document(),
        "divergence": comparison.first_divergence,
        "note": note,
    }


def pane(
    comparison: Comparison, side: str, scale: Scale, *, selected: int | None = None
) -> dict[str, Any]:
    """A finished pane, with what each token's card says.

    Args:
        comparison: The answer.
        side: `baseline` or `compressed`, whose text is shown.
        scale: How its tokens are coloured.
        selected: Index of the token the reader chose.
    """
    pair = text_of(comparison, side)
    return {
        **empty(side, str(getattr(comparison.question, side)), comparison.question.prompt, scale),
        **frame(comparison, side, scale),
        "live": False,
        "selected": selected,
        "readings": {who: _readings(getattr(pair, who)) for who in BOTH},
        "placeholder": "No token was written.",
    }


def empty(side: str, model: str, prompt: str, scale: Scale) -> dict[str, Any]:
    """A pane before its first token; it follows the feed of its name."""
    return {
        "side": side,
        "title": TITLES[side],
        "model": model,
        "prompt": prompt,
        "colours": SIDE,
        "scale": scale.document(),
        "tokens": [],
        "values": [],
        "divergence": None,
        "note": "",
        "live": True,
        "feed": side,
        "selected": None,
        "readings": None,
        "placeholder": "",
    }


def _readings(trace: TokenTrace) -> list[dict[str, Any]]:
    prob = _rounded(trace.prob)
    entropy = _rounded(trace.entropy)
    top_prob = np.exp(trace.top_log_probs)
    return [
        {
            "prob": prob[index],
            "entropy": entropy[index],
            "rank": int(trace.rank[index]),
            "top": [
                [token, round(float(p), 5)]
                for token, p in zip(trace.top_tokens[index], top_prob[index], strict=False)
            ],
        }
        for index in range(len(prob))
    ]


def _rounded(values: npt.NDArray[np.float64]) -> list[float | None]:
    return [float(f"{value:.5g}") if math.isfinite(value) else None for value in values]
