"""Whether a form disturbs a model otherwise than random disturbances of its size do.

R null models are R draws of what the form would be, were it a disturbance like any other; so the
form's number is held against theirs, never against an interval over tokens alone: two null models
differ by more than such intervals allow. With d_j the mean over tokens of ln KL_j minus the mean
of ln KL of the R others, the form (j = 0) and the null models are exchangeable under that
hypothesis, whatever the tokens are.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.stats.paired import holm

Floats = npt.NDArray[np.float64]
# Fewer null models have no 95 % envelope.
FEW_SEEDS = 19
_LEAST = 1e-6
# The most bins of tokens.
_BINS = 8


class Excess(NamedTuple):
    """ln(KL / KL of null models) over what orders the tokens, here the baseline's entropy.

    The level is taken out: each model's own mean is 0.

    Attributes:
        edges: (B + 1,) of the bins, of as many tokens each.
        mean: (B,) mean excess of each bin; 0.69 is twice the null models' KL, given the whole's.
        low, high: (B,) what 95 % of null models stay within in all bins at once; NaN below 19.
        p_bins: Chance that a null model leaves its bins as far as the form does.
        slope: Excess per unit of the abscissa, by least squares.
        p_slope: (1 + null slopes at least as large) / (R + 1).
        n: Tokens.
    """

    edges: Floats
    mean: Floats
    low: Floats
    high: Floats
    p_bins: float
    slope: float
    p_slope: float
    n: int


class Beyond(NamedTuple):
    """A number of the form, or of a group under it, against the same number of null models.

    Attributes:
        value: Of the form.
        low, high: What 95 % of null models stay within, by Student's t.
        p_value: Of a null model's being as far; by Holm over all numbers, and never below the
            exact chance that of any of them a null model's is.
    """

    value: float
    low: float
    high: float
    p_value: float


def excess(kl: npt.ArrayLike, null: npt.ArrayLike, of: npt.ArrayLike) -> Excess:
    """The form's KL against null models', over bins of a number of each token.

    Args:
        kl: (T,) of the form.
        null: (R, T) of the null models, R >= 2.
        of: (T,) what orders the tokens.

    Tokens where any KL is below 1e-6 nats, of which rounding leaves little, or no number are left
    out.

    Raises:
        ValueError: If there are fewer than two null models.
    """
    logs, kept = _logs(kl, null)
    x = np.asarray(of, dtype=np.float64)[kept]
    nothing = np.full(_BINS, math.nan)
    if len(x) < 2 * _BINS or np.ptp(x) == 0:
        return Excess(nothing, nothing, nothing, nothing, math.nan, math.nan, math.nan, len(x))
    # Each less the mean of the others, the form among them.
    apart = (logs - logs.mean(axis=0)) * len(logs) / (len(logs) - 1)
    # And less its own mean: how large a model's KL is as a whole is another question.
    apart -= apart.mean(axis=1, keepdims=True)
    edges = np.unique(np.quantile(x, np.linspace(0, 1, _BINS + 1)))
    where = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    inside = [where == one for one in range(len(edges) - 1)]
    means = np.stack([apart[:, one].mean(axis=1) for one in inside], axis=1)
    spread = means.std(axis=0, ddof=1)
    farthest = np.abs(means / np.where(spread > 0, spread, 1)).max(axis=1)
    ranked = np.sort(farthest[1:])
    place = math.ceil(0.95 * len(farthest)) - 1
    reach = ranked[place] * spread if place < len(ranked) else np.full(len(spread), math.nan)
    centered = x - x.mean()
    slopes = apart @ centered / (centered @ centered)
    return Excess(
        edges,
        means[0],
        -reach,
        reach,
        float((farthest >= farthest[0]).mean()),
        float(slopes[0]),
        float((slopes >= slopes[0]).mean()),
        len(x),
    )


def by_group(kl: npt.ArrayLike, null: npt.ArrayLike, groups: npt.ArrayLike) -> dict[str, Beyond]:
    """How much more than the whole each group is disturbed, beyond what null models do.

    Its value is the mean of ln(KL / KL of null models) in the group less that over all, tested
    for being large.

    Args:
        kl: (N,) of the form.
        null: (R, N) of the null models, R >= 2.
        groups: (N,) names; an empty one is of no group.
    """
    logs, kept = _logs(kl, null)
    apart = logs - logs[1:].mean(axis=0)
    names = np.asarray(groups, dtype=object)[kept]
    listed = [one for one in dict.fromkeys(names.tolist()) if one]
    if not listed:
        return {}
    means = np.stack([apart[:, names == one].mean(axis=1) for one in listed], axis=1)
    means -= apart.mean(axis=1, keepdims=True)
    return dict(zip(map(str, listed), beyond(means[0], means[1:], larger=True), strict=True))


def beyond(own: npt.ArrayLike, null: npt.ArrayLike, *, larger: bool = False) -> list[Beyond]:
    """Numbers of a form against null models', tested together.

    A rank among 20 null models is 0.05 at the least, which Holm's factor would lift beyond any
    level; so each is taken as normal over null models. Few items make few values, of which that
    is not true: no p-value is below that of the exact test of the farthest number of all, in
    units of its spread, which assumes nothing but that form and null models are exchangeable.

    Args:
        own: (G,) of the form.
        null: (R, G) of the null models, R >= 2.
        larger: Whether only what is larger is looked for; else either way.

    Raises:
        ValueError: If there are fewer than two null models.
    """
    from scipy.stats import t

    own, null = np.asarray(own, dtype=np.float64), np.asarray(null, dtype=np.float64)
    if len(null) < 2:
        raise ValueError("one null model varies as nothing does")
    every = np.vstack([own, null])
    far = every - every.mean(axis=0)
    spread = far.std(axis=0, ddof=1)
    far = np.where(spread > 0, far / np.where(spread > 0, spread, 1), 0.0)
    farthest = (far if larger else np.abs(far)).max(axis=1)
    # Rounding must not tell apart what is as far.
    exact = float((farthest >= farthest[0] - 1e-9).mean())
    # Of one more null model, by those that there are.
    center = null.mean(axis=0)
    reach = null.std(axis=0, ddof=1) * math.sqrt(1 + 1 / len(null))
    away = own - center if larger else np.abs(own - center)
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = t.sf(np.nan_to_num(away / reach, nan=0.0, posinf=math.inf), len(null) - 1)
    p = holm(chance if larger else 2 * chance)
    half = float(t.ppf(0.95 if larger else 0.975, len(null) - 1)) * reach
    ends = [np.full(len(own), -math.inf) if larger else center - half, center + half]
    return [Beyond(*map(float, one)) for one in zip(own, *ends, np.maximum(p, exact), strict=True)]


def _logs(kl: npt.ArrayLike, null: npt.ArrayLike) -> tuple[Floats, Any]:
    """(R + 1, N) ln KL of the form and of the null models, and which tokens are kept."""
    own, others = np.asarray(kl, dtype=np.float64), np.asarray(null, dtype=np.float64)
    if len(others) < 2:
        raise ValueError("one null model varies as nothing does")
    every = np.vstack([own, others])
    kept = np.all(np.isfinite(every) & (every > _LEAST), axis=0)
    return np.log(every[:, kept]), kept
