"""A text under both models as coloured pieces, and as a table of its tokens."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fairviz.analyses.estimates import minus
from fairviz.analyses.presentation import Chip, Text
from fairviz.figures.labels import axis
from fairviz.figures.palette import Scale
from fairviz.i18n import _, number
from fairviz.metrics.traces import Floats, Ints, PairTrace

if TYPE_CHECKING:
    import pandas as pd

# More would make the file heavy; plots and numbers are of all.
MOST = 1200
# A longer table of tokens lists the places that moved most.
LISTED = 300


def text(
    pair: PairTrace,
    scale: Scale,
    *,
    title: str,
    side: str = "",
    prompt: str = "",
    parts_at: int | None = None,
) -> Text:
    """A text whose tokens are coloured by one quantity.

    Args:
        pair: Both models on it.
        scale: Of all texts that stand side by side.
        title: Whose it is.
        side: `baseline`, `compressed` or empty.
        prompt: What stands before it.
        parts_at: Where it and the other text part.
    """
    look, quantity = scale.document(), scale.quantity
    values = quantity.of(pair)[:MOST]
    chips = tuple(
        Chip(token, said(value, quantity.unit), strength(value, scale.limit))
        for token, value in zip(pair.tokens, values, strict=False)
    )
    return Text(
        title=title,
        side=side,
        prompt=prompt,
        chips=chips,
        parts_at=parts_at,
        legend=_legend(scale),
        low=str(look["low"]) if quantity.signed else "",
        high=str(look["high"]),
        left=max(len(pair) - MOST, 0),
    )


def said(value: float, unit: str) -> str:
    """A value with its sign and unit; empty where nothing was measured."""
    if not math.isfinite(value):
        return ""
    if unit == "yes/no":
        return _("yes") if value else _("no")
    return minus(f"{number(value, '+.3g')} {_(unit)}")


def strength(value: float, limit: float) -> float:
    """Of a colour, -1 to 1; 0 for what was not measured."""
    return float(np.clip(value / limit, -1, 1)) if math.isfinite(value) else 0.0


def _legend(scale: Scale) -> str:
    quantity = scale.quantity
    title = axis(_(quantity.title), _(quantity.unit))
    limit = number(scale.limit, "g")
    if quantity.signed:
        return _(
            "{title}: orange with a solid underline rose under the compressed model, blue with a "
            "dotted underline fell; full colour is {limit}.",
            title=title,
            limit=limit,
        )
    return _("{title}: the darker, the larger; full colour is {limit}.", title=title, limit=limit)


def tokens(pair: PairTrace, scale: Scale) -> pd.DataFrame:
    """One row per token, in the text's order; of a long text those that moved most."""
    import pandas as pd

    values = scale.quantity.of(pair)
    base, comp = pair.baseline, pair.compressed
    here = _listed(values)
    columns = {
        _("Place"): here,
        _("Token"): [pair.tokens[place] for place in here],
        _("Probability, baseline"): base.prob[here],
        _("Probability, compressed"): comp.prob[here],
        _("Entropy, baseline (nats)"): base.entropy[here],
        _("Entropy, compressed (nats)"): comp.entropy[here],
        _("KL (nats)"): pair.kl[here],
        axis(_(scale.quantity.title), _(scale.quantity.unit)): values[here],
    }
    return pd.DataFrame(columns)


def sizes(pair: PairTrace, scale: Scale) -> pd.DataFrame:
    """The same places with the two numbers that a scatter plot shows."""
    import pandas as pd

    values = scale.quantity.of(pair)
    here = _listed(values)
    return pd.DataFrame(
        {
            _("Place"): here,
            _("Token"): [pair.tokens[place] for place in here],
            _("Entropy, baseline (nats)"): pair.baseline.entropy[here],
            axis(_(scale.quantity.title), _(scale.quantity.unit)): values[here],
        }
    )


def _listed(values: Floats) -> Ints:
    order = np.argsort(-np.nan_to_num(np.abs(values), nan=-1.0), kind="stable")[:LISTED]
    return np.sort(order)


def expected(pair: PairTrace, place: int) -> pd.DataFrame:
    """Both models' most likely tokens at one place of a text."""
    import pandas as pd

    base, comp = pair.baseline, pair.compressed
    rows = min(len(base.top_tokens[place]), len(comp.top_tokens[place]))
    return pd.DataFrame(
        {
            _("Rank"): range(1, rows + 1),
            _("Baseline expects"): [_visible(one) for one in base.top_tokens[place][:rows]],
            _("Probability, baseline"): np.exp(base.top_log_probs[place][:rows]),
            _("Compressed model expects"): [_visible(one) for one in comp.top_tokens[place][:rows]],
            _("Probability, compressed"): np.exp(comp.top_log_probs[place][:rows]),
        }
    )


def _visible(token: str) -> str:
    """A token with its space: what is blank would look like nothing in a table."""
    if token.strip():
        return token
    return token.replace("\n", "⏎").replace(" ", "␣") or _("(part of a character)")
