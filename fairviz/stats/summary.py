"""What traces say as a whole: means with the standard error of each.

`summary` is of one text, `corpus` what llama.cpp prints of two models on many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fairviz.core.declared import declared
from fairviz.metrics.traces import Floats, PairTrace
from fairviz.stats.blocks import block_error

_NUMBERS = ("value", "standard_error", "low", "high")
_KLD = (99.9, 99.0, 95.0, 90.0, 50.0, 10.0, 5.0, 1.0, 0.1)
_CHANGE = (99.9, 99.0, 95.0, 90.0, 75.0, 50.0, 25.0, 10.0, 5.0, 1.0, 0.1)


@dataclass(frozen=True)
class Estimate:
    """One number about a text.

    Attributes:
        name: Its key in files.
        title: What a page calls it; in English, as are `unit` and `meaning`.
        unit: Its unit; empty for a plain ratio.
        value: NaN when the text has no tokens.
        standard_error: Over the text's tokens taken as independent, as llama.cpp prints it:
            too small, for they are not. NaN below two tokens.
        meaning: One sentence for the reader.
        low: Lower end of the 95 % interval by blocks of neighbouring tokens; NaN where there
            are too few of them.
        high: Upper end.
    """

    name: str
    title: str
    unit: str
    value: float
    standard_error: float
    meaning: str
    low: float = math.nan
    high: float = math.nan

    def document(self) -> dict[str, float | None]:
        """Its numbers as plain JSON values; what was not measured is null."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {name: one if math.isfinite(one) else None for name, one in numbers.items()}

    def by_blocks(
        self, parts: Floats, least: float = -math.inf, most: float = math.inf
    ) -> Estimate:
        """The estimate with its interval by blocks.

        Args:
            parts: (T,) what each token adds to the estimate's error, in the text's order: of a
                mean its values, of a function of a mean these times the derivative.
            least: The least that the number can be, but for rounding: a number below it is its own.
            most: The most.
        """
        half = block_error(parts).half
        least = min(least, self.value)
        return (
            replace(self, low=max(self.value - half, least), high=min(self.value + half, most))
            if math.isfinite(half)
            else self
        )


def standard_error(values: Floats) -> float:
    """Standard error of the mean, s / sqrt(n) with n - 1 in s; NaN below two values."""
    if len(values) < 2:
        return math.nan
    return float(np.std(values, ddof=1) / math.sqrt(len(values)))


def _text(name: str, value: float, error: float) -> Estimate:
    return Estimate(name, value=value, standard_error=error, **declared(__file__)["text"][name])


def _corpus(name: str, value: float, error: float = math.nan) -> Estimate:
    return Estimate(name, value=value, standard_error=error, **declared(__file__)["corpus"][name])


def _mean(values: Floats) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _of_mean(name: str, values: Floats, *bounds: float) -> Estimate:
    return _text(name, _mean(values), standard_error(values)).by_blocks(values, *bounds)


def _perplexity(name: str, log_prob: Floats) -> Estimate:
    value = math.exp(-_mean(log_prob))
    return _text(name, value, value * standard_error(log_prob)).by_blocks(value * log_prob, 1.0)


def summary(pair: PairTrace) -> tuple[Estimate, ...]:
    """The summary block of one text under both models.

    Perplexity is exp(-mean log-probability); the errors of it, of the ratio and of the
    root mean square follow by the delta method (f'(mean) times the mean's error), as in
    llama.cpp's `--kl-divergence` block.
    """
    base, comp = pair.baseline, pair.compressed
    same = np.asarray(pair.same_top, dtype=np.float64)
    change, gain = comp.prob - base.prob, comp.log_prob - base.log_prob
    share = _mean(same)
    share_error = math.sqrt(share * (1 - share) / len(same)) if len(same) else math.nan
    rms = math.sqrt(_mean(change**2)) if len(change) else math.nan
    rms_error = standard_error(change**2) / (2 * rms) if rms else standard_error(change)
    ratio = math.exp(-_mean(gain))
    return (
        _of_mean("mean_kl", pair.kl, 0.0),
        _of_mean("mean_js", pair.js, 0.0),
        _text("same_top", share, share_error).by_blocks(same, 0.0, 1.0),
        _of_mean("mean_probability_shift", change),
        _text("rms_probability_shift", rms, rms_error).by_blocks(
            change**2 / (2 * rms) if rms else change, 0.0
        ),
        _perplexity("perplexity_baseline", base.log_prob),
        _perplexity("perplexity_compressed", comp.log_prob),
        _text("perplexity_ratio", ratio, ratio * standard_error(gain)).by_blocks(ratio * gain, 0.0),
        _of_mean("entropy_baseline", base.entropy, 0.0),
        _of_mean("entropy_compressed", comp.entropy, 0.0),
    )


def corpus(pairs: Sequence[PairTrace]) -> tuple[Estimate, ...]:
    """The statistics that llama.cpp prints, in its order, over the tokens of all texts together.

    `llama-perplexity --kl-divergence` (tools/perplexity/perplexity.cpp): errors are standard
    errors of means over tokens taken as independent (beside them stand intervals by blocks, which
    are not), errors of ratios and differences come from the covariance of the two models'
    surprisals, quantiles interpolate linearly. llama.cpp scores the second half of every window
    of its corpus; here it is whatever tokens are given.

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
    share = float(same.mean())
    share_error = math.sqrt(share * (1 - share) / (len(same) - 1))
    return (
        *_perplexities(before, after),
        *_divergences(kld),
        *_changes(np.exp(-after) - np.exp(-before)),
        _corpus("same_top", share, share_error).by_blocks(same, 0.0, 1.0),
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
        _corpus("ppl_compressed", ppl_comp, ppl_comp * error_comp).by_blocks(ppl_comp * after, 1.0),
        _corpus("ppl_baseline", ppl_base, ppl_base * error_base).by_blocks(ppl_base * before, 1.0),
        _corpus("ppl_correlation", covariance / both if both else math.nan),
        _corpus("ln_ppl_ratio", ln_comp - ln_base, ratio_error).by_blocks(after - before),
        _corpus("ppl_ratio", ratio, ratio * ratio_error).by_blocks(ratio * (after - before), 0.0),
        _corpus("ppl_difference", ppl_comp - ppl_base, difference_error).by_blocks(
            ppl_comp * after - ppl_base * before
        ),
    ]


def _divergences(kld: Floats) -> list[Estimate]:
    return [
        _corpus("kld_mean", float(kld.mean()), _error(kld)).by_blocks(kld, 0.0),
        _corpus("kld_maximum", float(kld.max())),
        *(_quantile("kld", "KLD", "nats", kld, percent) for percent in _KLD),
        _corpus("kld_minimum", float(kld.min())),
    ]


def _changes(change: Floats) -> list[Estimate]:
    rms = float(np.sqrt(np.mean(change**2)))
    rms_error = _error(change**2) / (2 * rms) if rms else 0.0
    return [
        _corpus("dp_mean", float(change.mean()), _error(change)).by_blocks(change),
        _corpus("dp_maximum", float(change.max())),
        *(_quantile("dp", "Δp", "probability", change, percent) for percent in _CHANGE),
        _corpus("dp_minimum", float(change.min())),
        _corpus("dp_rms", rms, rms_error).by_blocks(change**2 / (2 * rms) if rms else change, 0.0),
    ]


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
