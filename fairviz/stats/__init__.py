"""Statistics: the summary of a text, and what published or item-level numbers allow."""

from fairviz.stats.association import Bins, Bounded, binned, spearman, spearman_interval
from fairviz.stats.blocks import block_error
from fairviz.stats.calibration import CalibrationError, Reliability, calibration_error, reliability
from fairviz.stats.clusters import effective
from fairviz.stats.intervals import mean_interval, two_proportions, wilson
from fairviz.stats.paired import FEW_UNITS, Flips, holm, mcnemar, paired_change
from fairviz.stats.spread import Floor, noise_floor, spread
from fairviz.stats.summary import Estimate, corpus, standard_error, summary

__all__ = [
    "FEW_UNITS",
    "Bins",
    "Bounded",
    "CalibrationError",
    "Estimate",
    "Flips",
    "Floor",
    "Reliability",
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
