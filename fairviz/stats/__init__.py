"""Statistics: the summary of a text, and what published or item-level numbers allow."""

from fairviz.stats.association import Association, Bounded, spearman, spearman_interval
from fairviz.stats.binned import Bins, binned
from fairviz.stats.blocks import Blocks, block_error
from fairviz.stats.calibration import Reliability, adaptive_reliability, reliability
from fairviz.stats.calibration_error import CalibrationError, calibration_error
from fairviz.stats.clusters import effective
from fairviz.stats.corpus import corpus
from fairviz.stats.intervals import (
    Contrast,
    Interval,
    Mean,
    mean_interval,
    two_proportions,
    wilson,
)
from fairviz.stats.multiple import holm
from fairviz.stats.paired import FEW_UNITS, Change, Flips, mcnemar, paired_change
from fairviz.stats.spread import Floor, Spread, noise_floor, spread
from fairviz.stats.summary import Estimate, standard_error, summary

__all__ = [
    "FEW_UNITS",
    "Association",
    "Bins",
    "Blocks",
    "Bounded",
    "CalibrationError",
    "Change",
    "Contrast",
    "Estimate",
    "Flips",
    "Floor",
    "Interval",
    "Mean",
    "Reliability",
    "Spread",
    "adaptive_reliability",
    "binned",
    "block_error",
    "calibration_error",
    "corpus",
    "effective",
    "holm",
    "mcnemar",
    "mean_interval",
    "noise_floor",
    "paired_change",
    "reliability",
    "spearman",
    "spearman_interval",
    "spread",
    "standard_error",
    "summary",
    "two_proportions",
    "wilson",
]
