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


class OfGroup(NamedTuple):
    """How much more than the whole a group is disturbed, beyond what null models do.

    Attributes:
        excess: Mean of ln(KL / KL of null models) in the group minus that over all.
        reach: 95 % of null models stay below so much, by Student's t.
        p_value: Of a null model's excess being as large; by Holm over all groups.
        n: Tokens or prompts.
    """

    excess: float
    reach: float
    p_value: float
    n: int


def excess(kl: npt.ArrayLike, null: npt.ArrayLike, of: npt.ArrayLike, bins: int = 8) -> Excess:
    """The form's KL against null models', over bins of a number of each token.

    Args:
        kl: (T,) of the form.
        null: (R, T) of the null models, R >= 2.
        of: (T,) what orders the tokens.
        bins: How many, at most.

    Tokens where any KL is below 1e-6 nats, of which rounding leaves little, or no number are left
    out.

    Raises:
        ValueError: If there are fewer than two null models.
    """
    logs, kept = _logs(kl, null)
    # Each less the mean of the others, the form among them.
    apart = (logs - logs.mean(axis=0)) * len(logs) / (len(logs) - 1)
    # And less its own mean: how large a model's KL is as a whole is another question.
    apart -= apart.mean(axis=1, keepdims=True)
    x = np.asarray(of, dtype=np.float64)[kept]
    nothing = np.full(bins, math.nan)
    if len(x) < 2 * bins or np.ptp(x) == 0:
        return Excess(nothing, nothing, nothing, nothing, math.nan, math.nan, math.nan, len(x))
    edges = np.unique(np.quantile(x, np.linspace(0, 1, bins + 1)))
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


def by_group(kl: npt.ArrayLike, null: npt.ArrayLike, groups: npt.ArrayLike) -> dict[str, OfGroup]:
    """Each group's excess over the whole's, against that of the null models.

    A rank among 20 null models is 0.05 at the least, which Holm's factor would lift beyond any
    level; so the null models' means are taken as normal.

    Args:
        kl: (N,) of the form.
        null: (R, N) of the null models, R >= 2.
        groups: (N,) names.
    """
    from scipy.stats import t

    logs, kept = _logs(kl, null)
    apart = logs - logs[1:].mean(axis=0)
    names = np.asarray(groups, dtype=object)[kept]
    found: dict[str, OfGroup] = {}
    for name in dict.fromkeys(names.tolist()):
        here = names == name
        difference = apart[:, here].mean(axis=1) - apart.mean(axis=1)
        own, others = float(difference[0]), difference[1:]
        # Of one more null model, by those that there are.
        spread = float(others.std(ddof=1)) * math.sqrt(1 + 1 / len(others))
        reach = float(t.ppf(0.95, len(others) - 1)) * spread
        p = float(t.sf(own / spread, len(others) - 1)) if spread > 0 else math.nan
        found[str(name)] = OfGroup(own, reach, p, int(here.sum()))
    corrected = holm([one.p_value for one in found.values()])
    return {
        name: one._replace(p_value=float(p))
        for (name, one), p in zip(found.items(), corrected, strict=True)
    }


def _logs(kl: npt.ArrayLike, null: npt.ArrayLike) -> tuple[Floats, Any]:
    """(R + 1, N) ln KL of the form and of the null models, and which tokens are kept."""
    own, others = np.asarray(kl, dtype=np.float64), np.asarray(null, dtype=np.float64)
    if len(others) < 2:
        raise ValueError("one null model varies as nothing does")
    every = np.vstack([own, others])
    kept = np.all(np.isfinite(every) & (every > _LEAST), axis=0)
    return np.log(every[:, kept]), kept
