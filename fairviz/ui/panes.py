"""What one pane of tokens shows, as plain JSON values for the chips."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from fairviz.figures.palette import SIDE, Scale
from fairviz.i18n import N_, _, ngettext
from fairviz.metrics.traces import BOTH, Comparison, PairTrace, TokenTrace

TITLES = {"baseline": N_("Baseline"), "compressed": N_("Compressed")}


def text_of(comparison: Comparison, side: str) -> PairTrace:
    """Both models on the text that `side` wrote."""
    return comparison.on_baseline if side == "baseline" else comparison.on_compressed


def frame(comparison: Comparison, side: str, scale: Scale) -> dict[str, Any]:
    """The part of a pane that changes while it is written."""
    pair = text_of(comparison, side)
    return {
        "tokens": list(pair.tokens),
        "values": rounded(scale.quantity.of(pair)),
        "scale": scale.document(),
        "divergence": comparison.first_divergence,
        "count": counted(len(pair)),
    }


def counted(size: int) -> str:
    """How many tokens a text has."""
    return ngettext("{n} token", "{n} tokens", size)


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
        "readings": {who: readings(getattr(pair, who)) for who in BOTH},
        "placeholder": _("No token was written."),
    }


def empty(side: str, model: str, prompt: str, scale: Scale) -> dict[str, Any]:
    """A pane before its first token; it follows the feed of its name."""
    return {
        "side": side,
        "title": _(TITLES[side]),
        "model": model,
        "prompt": prompt,
        "colours": SIDE,
        "scale": scale.document(),
        "tokens": [],
        "values": [],
        "divergence": None,
        "count": counted(0),
        "live": True,
        "feed": side,
        "selected": None,
        "readings": None,
        "placeholder": "",
    }


def readings(trace: TokenTrace, part: slice = slice(None)) -> list[dict[str, Any]]:
    """What each token's card says of one model, of all tokens or a part."""
    columns = zip(
        rounded(trace.prob[part]),
        rounded(trace.entropy[part]),
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


def rounded(values: npt.NDArray[np.float64]) -> list[float | None]:
    """Five digits each; None for what is not measured."""
    return [float(f"{value:.5g}") if math.isfinite(value) else None for value in values]
