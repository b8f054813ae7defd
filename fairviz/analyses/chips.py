"""A text under both models as coloured pieces, and as tables of its tokens."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fairviz.analyses.presentation import Chip, Text, data_frame
from fairviz.figures.labels import axis, visible
from fairviz.figures.palette import Scale
from fairviz.i18n import _, number
from fairviz.metrics.quantities import Quantity
from fairviz.metrics.traces import Floats, Ints, PairTrace

if TYPE_CHECKING:
    import pandas as pd

# More would make the file heavy; plots and numbers are of all.
MOST = 1200
# A longer table of tokens lists the places that moved most.
LISTED = 300
# Characters before a place of a text; half as many stand behind it.
_AROUND = 36


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
        side: `baseline`, `compressed` or empty.
        parts_at: Where it and the other text part.
    """
    look, quantity = scale.document(), scale.quantity
    values = quantity.of(pair)[:MOST]
    chips = tuple(
        Chip(token, in_words(value, quantity.unit), strength(value, scale.limit))
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


def in_words(value: float, unit: str) -> str:
    """A value with its sign and unit; empty where nothing was measured."""
    if not math.isfinite(value):
        return ""
    if unit == "yes/no":
        return _("yes") if value else _("no")
    return f"{number(value, '+.3g')} {_(unit)}"


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
    values = scale.quantity.of(pair)
    base, comp = pair.baseline, pair.compressed
    places = np.sort(_by_size(values)[:LISTED])
    columns = {
        _("Place"): places,
        _("Token"): [pair.tokens[place] for place in places],
        _("Probability, baseline"): base.prob[places],
        _("Probability, compressed"): comp.prob[places],
        _("Entropy, baseline (nats)"): base.entropy[places],
        _("Entropy, compressed (nats)"): comp.entropy[places],
        _("KL (nats)"): pair.kl[places],
        axis(_(scale.quantity.title), _(scale.quantity.unit)): values[places],
    }
    return data_frame(columns)


def largest(pair: PairTrace, quantity: Quantity, context: str, most: int) -> pd.DataFrame:
    """The places where a quantity is largest by size, the largest first, each in its text."""
    values = quantity.of(pair)
    places = _by_size(values)[:most]
    columns = {
        _("Place"): places,
        _("In the text"): [_around(pair, context, int(place)) for place in places],
        axis(_(quantity.title), _(quantity.unit)): values[places],
        _("Probability, baseline"): pair.baseline.prob[places],
        _("Probability, compressed"): pair.compressed.prob[places],
        _("Entropy, baseline (nats)"): pair.baseline.entropy[places],
    }
    return data_frame(columns)


def _by_size(values: Floats) -> Ints:
    """Places of a text, the largest value first whatever its sign; unmeasured ones last."""
    return np.argsort(-np.nan_to_num(np.abs(values), nan=-1.0), kind="stable")


def _around(pair: PairTrace, context: str, place: int) -> str:
    start = max(0, place - 12)
    before = ("" if start else context) + "".join(pair.tokens[start:place])
    after = "".join(pair.tokens[place + 1 : place + 8])
    return " ".join(f"{before[-_AROUND:]}[{pair.tokens[place]}]{after[: _AROUND // 2]}".split())


class Expected(NamedTuple):
    """A token that either model expected at a place, or that is written there."""

    token_id: int
    token: str
    baseline: float  # its probability; NaN where it is not among that model's likeliest
    compressed: float


def matched(pair: PairTrace, place: int) -> list[Expected]:
    """Both models' most likely tokens at a place, and the written one, each once: the one that
    either gives most comes first."""
    written, both = int(pair.baseline.ids[place]), (pair.baseline, pair.compressed)
    tops = [
        dict(zip(one.top_ids[place].tolist(), one.top_tokens[place], strict=False)) for one in both
    ]
    tokens = {written: pair.tokens[place], **tops[0], **tops[1]}
    shares = [
        dict(
            zip(one.top_ids[place].tolist(), np.exp(one.top_log_probs[place]).tolist(), strict=True)
        )
        for one in both
    ]
    # A word of several tokens has a probability of its own, which is not that of its first token.
    if tokens[written] == pair.tokens[place]:
        for one, share in zip(both, shares, strict=True):
            share[written] = float(one.prob[place])
    rows = [
        Expected(one, word, *(of.get(one, math.nan) for of in shares))
        for one, word in tokens.items()
    ]
    return sorted(
        rows, key=lambda row: -max(row.baseline, row.compressed, key=lambda p: -1 if p != p else p)
    )


def expected(pair: PairTrace, place: int) -> pd.DataFrame:
    """What both models expected at one place of a text, a token a row, and who gave it more."""
    rows = matched(pair, place)
    columns = {
        # Where a token is blank, it would look like nothing in a table.
        _("Token"): [one.token if one.token.strip() else visible(one.token) for one in rows],
        _("Probability, baseline"): [one.baseline for one in rows],
        _("Probability, compressed"): [one.compressed for one in rows],
        _("Change"): [one.compressed - one.baseline for one in rows],
    }
    return data_frame(columns)
