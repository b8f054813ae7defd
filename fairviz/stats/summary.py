"""What a trace says as a whole: means with the standard error of each."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from fairviz.i18n import N_
from fairviz.metrics.traces import Floats, PairTrace
from fairviz.stats.blocks import block_error


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
        return {
            name: value if math.isfinite(value) else None
            for name, value in (
                ("value", self.value),
                ("standard_error", self.standard_error),
                ("low", self.low),
                ("high", self.high),
            )
        }

    def by_blocks(
        self, parts: Floats, least: float = -math.inf, most: float = math.inf
    ) -> Estimate:
        """The estimate with its interval by blocks.

        Args:
            parts: (T,) what each token adds to the estimate's error, in the text's order: of a
                mean its values, of a function of a mean these times the derivative.
            least: The least that the number can be.
            most: The most.
        """
        half = block_error(parts).half
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


def _mean(values: Floats) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def summary(pair: PairTrace) -> tuple[Estimate, ...]:
    """The summary block of one text under both models.

    Perplexity is exp(-mean log-probability); the errors of it, of the ratio and of the
    root mean square follow by the delta method (f'(mean) times the mean's error), as in
    llama.cpp's `--kl-divergence` block.
    """
    base, comp = pair.baseline, pair.compressed
    same = np.asarray(pair.same_top, dtype=np.float64)
    change = comp.prob - base.prob
    share = _mean(same)
    rms = math.sqrt(_mean(change**2)) if len(change) else math.nan
    rms_error = standard_error(change**2) / (2 * rms) if rms else standard_error(change)
    perplexity = {
        who: math.exp(-_mean(trace.log_prob)) for who, trace in (("b", base), ("c", comp))
    }
    ratio = math.exp(-_mean(comp.log_prob - base.log_prob))
    share_error = math.sqrt(share * (1 - share) / len(same)) if len(same) else math.nan
    return (
        Estimate(
            "mean_kl",
            N_("Mean KL"),
            "nats",
            _mean(pair.kl),
            standard_error(pair.kl),
            N_("Average KL(baseline || compressed) per token; 0 when nothing moved."),
        ).by_blocks(pair.kl, 0.0),
        Estimate(
            "mean_js",
            N_("Mean Jensen-Shannon"),
            "nats",
            _mean(pair.js),
            standard_error(pair.js),
            N_("Average symmetric distance per token, at most ln 2 = 0.69 nats."),
        ).by_blocks(pair.js, 0.0),
        Estimate(
            "same_top",
            N_("Same top token"),
            "share",
            share,
            share_error,
            N_("Share of places where both models find the same token most likely."),
        ).by_blocks(same, 0.0, 1.0),
        Estimate(
            "mean_probability_shift",
            N_("Mean change of probability"),
            "probability",
            _mean(change),
            standard_error(change),
            N_("Average of compressed minus baseline probability of the written token."),
        ).by_blocks(change),
        Estimate(
            "rms_probability_shift",
            N_("RMS change of probability"),
            "probability",
            rms,
            rms_error,
            N_("Root mean square of that change: its size, whichever its sign."),
        ).by_blocks(change**2 / (2 * rms) if rms else change, 0.0),
        Estimate(
            "perplexity_baseline",
            N_("Perplexity, baseline"),
            "",
            perplexity["b"],
            perplexity["b"] * standard_error(base.log_prob),
            N_("exp of the mean surprisal of this text under the baseline."),
        ).by_blocks(perplexity["b"] * base.log_prob, 1.0),
        Estimate(
            "perplexity_compressed",
            N_("Perplexity, compressed"),
            "",
            perplexity["c"],
            perplexity["c"] * standard_error(comp.log_prob),
            N_("exp of the mean surprisal of this text under the compressed model."),
        ).by_blocks(perplexity["c"] * comp.log_prob, 1.0),
        Estimate(
            "perplexity_ratio",
            N_("Perplexity ratio"),
            "",
            ratio,
            ratio * standard_error(comp.log_prob - base.log_prob),
            N_("Compressed over baseline; above 1 the compressed model is more surprised."),
        ).by_blocks(ratio * (comp.log_prob - base.log_prob), 0.0),
        Estimate(
            "entropy_baseline",
            N_("Mean entropy, baseline"),
            "nats",
            _mean(base.entropy),
            standard_error(base.entropy),
            N_("How uncertain the baseline is of the next token, on average."),
        ).by_blocks(base.entropy, 0.0),
        Estimate(
            "entropy_compressed",
            N_("Mean entropy, compressed"),
            "nats",
            _mean(comp.entropy),
            standard_error(comp.entropy),
            N_("How uncertain the compressed model is of the next token, on average."),
        ).by_blocks(comp.entropy, 0.0),
    )
