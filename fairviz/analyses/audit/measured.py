"""One number of an audit with its interval, its test, and what it is called and means."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.i18n import N_, _, ngettext
from fairviz.inference.outcomes import LENGTHS
from fairviz.stats import Bounded, effective, mean_interval, paired_change, wilson

# A label for each row; rows of one label are one independent unit.
Labels = list[str]


class Measured(NamedTuple):
    """One number of an audit.

    Attributes:
        name: Its key in files.
        title: What a reader calls it.
        unit: `share`, `nats`, `rank correlation`, `items`, …
        value: The number; NaN where it cannot be had.
        low: Lower end of its 95 % interval; NaN where it has none.
        high: Upper end.
        p_value: Of the test that `meaning` names; NaN where there is none.
        n: Prompts or items behind it.
        meaning: One or two sentences for the reader.
    """

    name: str
    title: str
    unit: str
    value: float
    low: float = math.nan
    high: float = math.nan
    p_value: float = math.nan
    n: int = 0
    meaning: str = ""


_SAME = N_("The same.")
_EXACT = N_(
    "Compressed - baseline; the interval leaves out 0 where p is below 5 %. p: McNemar's exact "
    "test."
)
_CONFIDENT = N_(
    "Mean probability that the right answers get among the options; TruthfulQA's MC2 is this "
    "number. Bootstrap interval over items."
)
# Name -> title, unit, meaning.
_WORDS = {
    "entropy_kl": (
        N_("Uncertainty and shift"),
        "rank correlation",
        N_(
            "Spearman's rank correlation of the baseline's entropy and KL(baseline || compressed) "
            "over prompts; bootstrap interval. Above 0, compression moves more where the baseline "
            "was less sure. p: permutations."
        ),
    ),
    "entropy_js": (
        N_("Uncertainty and shift"),
        "rank correlation",
        N_(
            "Spearman's rank correlation of the baseline's entropy over the options and the "
            "Jensen-Shannon divergence of the two models' options; bootstrap interval. p: "
            "permutations."
        ),
    ),
    "entropy_kl_of_answers": (
        N_("Uncertainty and shift"),
        "rank correlation",
        N_(
            "Spearman's rank correlation of the baseline's mean entropy and the mean KL along its "
            "answer; bootstrap interval. p: permutations."
        ),
    ),
    "margin_kl": (
        N_("Lead of the first token and shift"),
        "rank correlation",
        N_(
            "The same with the lead of the most likely token over the second in place of entropy. "
            "Below 0, compression moves more where the lead was small."
        ),
    ),
    "noise_relation": (
        N_("The same without compression"),
        "rank correlation",
        N_(
            "Uncertainty and shift of the baseline against itself {how}: what any small "
            "disturbance would give."
        ),
    ),
    "top_changed": (
        N_("Most likely next token changed"),
        "share",
        N_(
            "Share of prompts after which the two models' most likely next tokens differ; Wilson's "
            "interval."
        ),
    ),
    "flips": (
        N_("Answers that changed"),
        "share",
        N_(
            "Share of items whose answer is another one under the compressed model; Wilson's "
            "interval."
        ),
    ),
    "differ": (N_("Answers in other words"), "share", N_("Wilson's interval.")),
    "above_floor": (
        N_("Above the noise floor"),
        "share",
        N_(
            "Share that moved by more than {floor:.2g} nats, which 95 % stay below without "
            "compression."
        ),
    ),
    "ties": (N_("Ties"), "items", ""),
    "within_rounding": (N_("Changes within rounding"), "items", ""),
    "flips_within_rounding": (N_("Flips within rounding"), "items", ""),
    "lost": (N_("Right, then wrong"), "items", ""),
    "gained": (N_("Wrong, then right"), "items", ""),
    "lost_truth": (N_("Nearer to true, then to false"), "items", ""),
    "gained_truth": (N_("Nearer to false, then to true"), "items", ""),
    "kl_mean": (
        N_("Mean KL"),
        "nats",
        N_("Mean KL(baseline || compressed) of the next token; bootstrap interval over prompts."),
    ),
    "entropy_change": (
        N_("Change of entropy"),
        "nats",
        N_(
            "Mean change of the next token's entropy, compressed - baseline: below 0 the "
            "compressed model is surer. p: the models exchanged at random."
        ),
    ),
    "margin_change": (
        N_("Change of the lead"),
        "probability",
        N_(
            "Mean change of the most likely token's lead over the second. p: the models exchanged "
            "at random."
        ),
    ),
    "baseline_accuracy_sum": (
        N_("Accuracy, baseline"),
        "share",
        N_("Share of right answers, options compared: {how}."),
    ),
    "compressed_accuracy_sum": (N_("Accuracy, compressed"), "share", _SAME),
    "accuracy_change_sum": (N_("Change of accuracy"), "share", _EXACT),
    "baseline_accuracy_character": (
        N_("Accuracy per character, baseline"),
        "share",
        N_("Share of right answers, options compared: {how}."),
    ),
    "compressed_accuracy_character": (
        N_("Accuracy per character, compressed"),
        "share",
        _SAME,
    ),
    "accuracy_change_character": (N_("Change of accuracy per character"), "share", _EXACT),
    "baseline_true_confidence": (
        N_("Confidence in the right answer, baseline"),
        "probability",
        _CONFIDENT,
    ),
    "compressed_true_confidence": (
        N_("Confidence in the right answer, compressed"),
        "probability",
        _CONFIDENT,
    ),
    "true_confidence_change": (
        N_("Change of confidence in the right answer"),
        "probability",
        N_(
            "Mean change of the probability that the right answers get among the options. p: the "
            "models exchanged at random."
        ),
    ),
    "confidence_change": (
        N_("Change of confidence"),
        "probability",
        N_(
            "Mean change of the probability that each model gives its own answer. p: the models "
            "exchanged at random."
        ),
    ),
    "brier_change": (
        N_("Change of the Brier score"),
        "squared probability",
        N_(
            "Mean squared distance of confidence and being right: below 0 the compressed model "
            "knows better what it knows. p: the models exchanged at random."
        ),
    ),
    "baseline_correct": (
        N_("Nearer to a true answer, baseline"),
        "share",
        N_(
            "Share of answers whose BLEU against the nearest true answer is above that against the "
            "nearest false one; Wilson's interval."
        ),
    ),
    "compressed_correct": (N_("Nearer to a true answer, compressed"), "share", _SAME),
    "correct_change": (N_("Change of that share"), "share", _EXACT),
    "bleu_change": (
        N_("Change of the BLEU difference"),
        "BLEU points",
        N_(
            "Mean change of the lead of true answers over false ones. p: the models exchanged at "
            "random."
        ),
    ),
}
# Names that have other words where something else is meant, and their name in files.
_NAMES = {
    "entropy_kl_of_answers": "entropy_kl",
    "flips_within_rounding": "within_rounding",
    "lost_truth": "lost",
    "gained_truth": "gained",
    **{
        f"{name}_{length}": name
        for name in ("baseline_accuracy", "compressed_accuracy", "accuracy_change")
        for length in LENGTHS
    },
}


def number(
    which: str,
    value: float,
    low: float = math.nan,
    high: float = math.nan,
    p_value: float = math.nan,
    *,
    n: int,
    **values: Any,
) -> Measured:
    """A number under its words; `values` fill its meaning."""
    title, unit, meaning = _WORDS[which]
    name = _NAMES.get(which, which)
    said = _(meaning, **values) if meaning else ""
    return Measured(name, _(title), unit, value, low, high, p_value, n, said)


def share(which: str, values: npt.ArrayLike, units: Labels | None, **said: Any) -> Measured:
    """A share with Wilson's interval, of as many items as its clusters are worth."""
    hits = np.asarray(values, dtype=np.float64)
    n, worth, rate = len(hits), effective(hits, units), float(hits.mean())
    ends = wilson(rate * worth, worth)
    return number(which, rate, float(ends.low), float(ends.high), n=n, **said)


def mean(which: str, values: npt.ArrayLike, units: Labels | None, most: float = 1.0) -> Measured:
    """A mean of what lies between 0 and `most`, with its interval over clusters."""
    found = mean_interval(values, units, bounds=(0.0, most))
    return number(which, found.mean, found.low, found.high, n=np.size(values))


def count(which: str, items: int, n: int) -> Measured:
    """A number of items."""
    return number(which, float(items), n=n)._replace(
        meaning=ngettext("Of {n} item.", "Of {n} items.", n)
    )


def change(
    which: str, before: npt.ArrayLike, after: npt.ArrayLike, units: Labels | None
) -> Measured:
    """A mean change with the interval and the test of `paired_change`."""
    moved = paired_change(before, after, units)
    return number(which, moved.mean, moved.low, moved.high, moved.p_value, n=np.size(before))


def relation(which: str, found: Bounded) -> Measured:
    """A rank correlation with its interval and its test."""
    return number(which, found.rho, found.low, found.high, found.p_value, n=found.n)
