"""What one pane of tokens shows, as plain JSON values for the chips."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fairviz.analyses.trace_pictures import counted
from fairviz.figures.palette import SIDE, Scale
from fairviz.i18n import N_
from fairviz.metrics.traces import BOTH, Floats, PairTrace, TokenTrace

TITLES = {"baseline": N_("Baseline"), "compressed": N_("Compressed")}
WHOLE = slice(None)


def empty(side: str, title: str, model: str, prompt: str, scale: Scale) -> dict[str, Any]:
    """A pane before its first token; it follows the feed of its name.

    Args:
        side: Name of the pane; its colour's, where it is a model's.
        title: Above it.
        model: Who wrote or read it.
        prompt: What stands before it.
        scale: How its tokens are coloured.
    """
    return {
        "side": side,
        "title": title,
        "model": model,
        "prompt": prompt,
        "colours": SIDE,
        "scale": scale.document(),
        "tokens": [],
        "values": [],
        "divergence": None,
        "count": counted(0, "token"),
        "live": True,
        "feed": side,
        "selected": None,
        "readings": None,
        "placeholder": "",
    }


def text(
    pair: PairTrace,
    scale: Scale,
    divergence: int | None = None,
    *,
    unit: str = "token",
    part: slice = WHOLE,
) -> dict[str, Any]:
    """The part of a pane that changes while it is written.

    Args:
        pair: Both models on the text.
        scale: How its tokens are coloured.
        divergence: Index of the first token where it and the other text differ.
        unit: What a row of `pair` is, `token` or `word`.
        part: Rows that are shown.
    """
    return {
        "tokens": list(pair.tokens[part]),
        "values": _rounded(scale.quantity.of(pair)[part]),
        "scale": scale.document(),
        "divergence": divergence,
        "count": counted(len(pair), unit),
    }


def finished(
    pair: PairTrace, placeholder: str, *, part: slice = WHOLE, selected: int | None = None
) -> dict[str, Any]:
    """What a finished pane adds: each token's card, and the one that the reader chose.

    Args:
        pair: Both models on the text.
        placeholder: What stands where there is no token.
        part: Rows that are shown.
        selected: Index of the chosen one among them.
    """
    return {
        "live": False,
        "selected": selected,
        "readings": {side: _readings(getattr(pair, side), part) for side in BOTH},
        "placeholder": placeholder,
    }


def _readings(trace: TokenTrace, part: slice) -> list[dict[str, Any]]:
    columns = zip(
        _rounded(trace.prob[part]),
        _rounded(trace.entropy[part]),
        trace.rank[part],
        trace.top_tokens[part],
        np.exp(trace.top_log_probs[part]),
        strict=True,
    )
    return [
        {
            "prob": prob,
            "entropy": entropy,
            "rank": int(rank),
            "top": [
                [token, round(float(p), 5)] for token, p in zip(tokens, top_prob, strict=False)
            ],
        }
        for prob, entropy, rank, tokens, top_prob in columns
    ]


def _rounded(values: Floats) -> list[float | None]:
    """Five digits each; None for what is not measured."""
    return [float(f"{value:.5g}") if math.isfinite(value) else None for value in values]
