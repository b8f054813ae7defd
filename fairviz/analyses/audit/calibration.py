"""Whether both models are as often right as they are sure: numbers and the sentence about them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairviz.analyses.audit.measured import Labels, Measured
from fairviz.i18n import N_, _, number
from fairviz.metrics.traces import BOTH
from fairviz.stats import CalibrationError, calibration_error

if TYPE_CHECKING:
    import pandas as pd


def calibration(table: pd.DataFrame, units: Labels | None) -> list[Measured]:
    """Expected and adaptive calibration error of both models.

    Args:
        table: Items with their outcomes, all of which have right answers.
        units: A label for each; see `units.clusters`.
    """
    titles = {
        ("baseline", "width"): ("ece", _("Expected calibration error, baseline")),
        ("baseline", "counts"): ("ace", _("Adaptive calibration error, baseline")),
        ("compressed", "width"): ("ece", _("Expected calibration error, compressed")),
        ("compressed", "counts"): ("ace", _("Adaptive calibration error, compressed")),
    }
    meanings = {
        "width": _("Mean distance of confidence and accuracy over ten bins of equal width."),
        "counts": _("Mean distance of confidence and accuracy over ten bins of equal counts."),
    }
    found = []
    for (side, bins), (name, title) in titles.items():
        error = _error(table, side, bins, units)
        chance = _(
            "A perfectly calibrated model of the same confidences would show {perfect}, and in "
            "95 % of sets less than {most}, since bins hold few items.",
            perfect=number(error.perfect, ".3f"),
            most=number(error.perfect_high, ".3f"),
        )
        found.append(
            Measured(
                f"{side}_{name}", title, "probability", error.value, error.low, error.high,
                math.nan, len(table), f"{meanings[bins]} {chance}",
            )
        )  # fmt: skip
    return found


def calibration_told(table: pd.DataFrame, bins: str, units: Labels | None) -> str:
    """Both errors with their intervals and what chance alone would show, below a diagram.

    Args:
        table: As for `calibration`.
        bins: A key of `stats.calibration_error.BINS`.
        units: Likewise.
    """
    errors: list[tuple[str, CalibrationError]] = [
        (message, _error(table, side, bins, units))
        for side, message in zip(BOTH, _TOLD, strict=True)
    ]
    return " ".join(
        _(
            message,
            error=number(one.value, ".3f"),
            low=number(one.low, ".3f"),
            high=number(one.high, ".3f"),
            perfect=number(one.perfect, ".3f"),
            most=number(one.perfect_high, ".3f"),
        )
        for message, one in errors
        if math.isfinite(one.low)
    )


def _error(table: pd.DataFrame, side: str, bins: str, units: Labels | None) -> CalibrationError:
    return calibration_error(table[f"{side}_confidence"], table[f"{side}_correct"], bins, units)


_TOLD = (
    N_(
        "Error of the baseline: {error} (95 % interval {low} to {high}); a perfectly calibrated "
        "model of the same confidences would show {perfect}, and in 95 % of sets less than {most}."
    ),
    N_(
        "Error of the compressed model: {error} ({low} to {high}); such a model would show "
        "{perfect}, and in 95 % of sets less than {most}."
    ),
)
