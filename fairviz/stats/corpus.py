"""The statistics that llama.cpp prints for two models on one corpus, by its definitions.

`llama-perplexity --kl-divergence` (tools/perplexity/perplexity.cpp): errors are standard errors
of means over tokens taken as independent (beside them stand intervals by blocks, which are not),
errors of ratios and differences come from the
covariance of the two models' surprisals, quantiles interpolate linearly. llama.cpp scores the
second half of every window of its corpus; here it is whatever tokens are given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fairviz.metrics.traces import Floats, PairTrace
from fairviz.stats.summary import Estimate

_KLD = (99.9, 99.0, 95.0, 90.0, 50.0, 10.0, 5.0, 1.0, 0.1)
_CHANGE = (99.9, 99.0, 95.0, 90.0, 75.0, 50.0, 25.0, 10.0, 5.0, 1.0, 0.1)


def corpus(pairs: Sequence[PairTrace]) -> tuple[Estimate, ...]:
    """The block, in llama.cpp's order, over the tokens of all texts together.

    Args:
        pairs: Texts under both models, of at least two tokens together.

    Returns:
        Estimates; `standard_error` is NaN where llama.cpp prints none.

    Raises:
        ValueError: If there are fewer than two tokens.
    """
    if sum(map(len, pairs)) < 2:
        raise ValueError("the statistics of a corpus need two tokens or more")
    before = -np.concatenate([pair.baseline.log_prob for pair in pairs])
    after = -np.concatenate([pair.compressed.log_prob for pair in pairs])
    kld = np.concatenate([pair.kl for pair in pairs])
    same = np.concatenate([pair.same_top for pair in pairs]).astype(np.float64)
    return (
        *_perplexities(before, after),
        *_divergences(kld),
        *_changes(np.exp(-after) - np.exp(-before)),
        _same_top(same),
    )


def _error(values: Floats) -> float:
    """Standard error of a mean: sqrt(variance / (n - 1)), the variance over n."""
    return float(np.sqrt(np.var(values) / (len(values) - 1)))


def _perplexities(before: Floats, after: Floats) -> list[Estimate]:
    ln_base, ln_comp = float(before.mean()), float(after.mean())
    error_base, error_comp = _error(before), _error(after)
    n = len(before)
    covariance = float(np.mean(before * after) - ln_base * ln_comp) / (n - 1)
    ppl_base, ppl_comp = math.exp(ln_base), math.exp(ln_comp)
    both = error_base * error_comp
    ratio_error = math.sqrt(max(error_base**2 + error_comp**2 - 2 * covariance, 0))
    difference_error = math.sqrt(
        max(
            (ppl_base * error_base) ** 2
            + (ppl_comp * error_comp) ** 2
            - 2 * ppl_base * ppl_comp * covariance,
            0,
        )
    )
    ratio = math.exp(ln_comp - ln_base)
    return [
        Estimate(
            "ppl_compressed", "Mean PPL(Q)", "", ppl_comp, ppl_comp * error_comp,
            "Perplexity of the compressed model.",
        ).by_blocks(ppl_comp * after, 1.0),
        Estimate(
            "ppl_baseline", "Mean PPL(base)", "", ppl_base, ppl_base * error_base,
            "Perplexity of the baseline.",
        ).by_blocks(ppl_base * before, 1.0),
        Estimate(
            "ppl_correlation", "Cor(ln(PPL(Q)), ln(PPL(base)))", "share",
            covariance / both if both else math.nan, math.nan,
            "How far the two models find the same tokens hard; 1 for a model and itself.",
        ),
        Estimate(
            "ln_ppl_ratio", "Mean ln(PPL(Q)/PPL(base))", "nats", ln_comp - ln_base, ratio_error,
            "Mean surprisal added by compression.",
        ).by_blocks(after - before),
        Estimate(
            "ppl_ratio", "Mean PPL(Q)/PPL(base)", "", ratio, ratio * ratio_error,
            "Above 1 the compressed model is more surprised.",
        ).by_blocks(ratio * (after - before), 0.0),
        Estimate(
            "ppl_difference", "Mean PPL(Q)-PPL(base)", "", ppl_comp - ppl_base, difference_error,
            "The same as a difference.",
        ).by_blocks(ppl_comp * after - ppl_base * before),
    ]  # fmt: skip


def _divergences(kld: Floats) -> list[Estimate]:
    rows = [
        Estimate(
            "kld_mean", "Mean KLD", "nats", max(float(kld.mean()), 0.0), _error(kld),
            "Mean KL(baseline || compressed) per token.",
        ).by_blocks(kld, 0.0),
        Estimate(
            "kld_maximum", "Maximum KLD", "nats", float(kld.max()), math.nan,
            "The token that moved most.",
        ),
    ]  # fmt: skip
    rows += [_quantile("kld", "KLD", "nats", kld, percent) for percent in _KLD]
    least = Estimate(
        "kld_minimum", "Minimum KLD", "nats", float(kld.min()), math.nan, "The token moved least."
    )
    return [*rows, least]


def _changes(change: Floats) -> list[Estimate]:
    rms = float(np.sqrt(np.mean(change**2)))
    rms_error = _error(change**2) / (2 * rms) if rms else 0.0
    rows = [
        Estimate(
            "dp_mean", "Mean Δp", "probability", float(change.mean()), _error(change),
            "Mean change of the probability of the text's own token.",
        ).by_blocks(change),
        Estimate(
            "dp_maximum", "Maximum Δp", "probability", float(change.max()), math.nan,
            "The token that gained most.",
        ),
    ]  # fmt: skip
    rows += [_quantile("dp", "Δp", "probability", change, percent) for percent in _CHANGE]
    return [
        *rows,
        Estimate(
            "dp_minimum", "Minimum Δp", "probability", float(change.min()), math.nan,
            "The token that lost most.",
        ),
        Estimate(
            "dp_rms", "RMS Δp", "probability", rms, rms_error,
            "Root mean square of that change: its size, whichever its sign.",
        ).by_blocks(change**2 / (2 * rms) if rms else change, 0.0),
    ]  # fmt: skip


def _quantile(name: str, title: str, unit: str, values: Floats, percent: float) -> Estimate:
    label = "Median" if percent == 50 else f"{percent:.1f} %"
    return Estimate(
        f"{name}_{percent:g}".replace(".", "_"),
        f"{label} {title}",
        unit,
        float(np.percentile(values, percent)),
        math.nan,
        f"{percent:g} % of the tokens lie below it.",
    )


def _same_top(same: Floats) -> Estimate:
    share = float(same.mean())
    return Estimate(
        "same_top",
        "Same top p",
        "share",
        share,
        math.sqrt(share * (1 - share) / (len(same) - 1)),
        "Tokens where both models find the same token most likely.",
    ).by_blocks(same, 0.0, 1.0)
