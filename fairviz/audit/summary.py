"""What an audit allows to say: numbers with intervals, and the sentences that follow."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from fairviz.audit import sentences
from fairviz.audit.outcomes import outcomes
from fairviz.audit.sentences import percent, signed
from fairviz.language import tr, trn
from fairviz.stats import (
    adaptive_reliability,
    mcnemar,
    mean_interval,
    paired_change,
    reliability,
    spearman_interval,
    wilson,
)
from fairviz.traces import BOTH

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.audit.record import Audit


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
    low: float
    high: float
    p_value: float
    n: int
    meaning: str


class Summary(NamedTuple):
    """The numbers, and what they allow to say in plain sentences."""

    measured: tuple[Measured, ...]
    sentences: tuple[str, ...]


def summary(audit: Audit, length: str = "sum") -> Summary:
    """The summary of an audit; `length` as in `outcomes.outcomes`."""
    if audit.asked.kind == "prompts":
        floor = float(audit.floor.get("size", {}).get("kl", math.nan))
        return _with_noise(of_prompts(audit.table, floor), audit)
    if audit.asked.kind == "answers":
        return of_answers(audit.table)
    return _with_noise(of_items(outcomes(audit.table, length)), audit)


def _with_noise(found: Summary, audit: Audit) -> Summary:
    """The summary, and whether uncertainty and shift go together without compression too."""
    rho = audit.floor.get("relation")
    if rho is None:
        return found
    how = tr(str(audit.floor["how"]))
    measured = Measured(
        "noise_relation", tr("The same without compression"), "rank correlation", float(rho),
        math.nan, math.nan, math.nan, int(audit.floor["n"]),
        tr(
            "Uncertainty and shift of the baseline against itself {how}: what any small "
            "disturbance would give.",
            how=how,
        ),
    )  # fmt: skip
    said = tr(
        "The baseline against itself {how} gives {rho}: that relation is what rounding alone "
        "brings about, so one as strong under compression says nothing of compression in "
        "particular.",
        how=how,
        rho=signed(float(rho)),
    )
    return Summary((*found.measured, measured), (*found.sentences, said))


def of_prompts(table: pd.DataFrame, floor: float = math.nan) -> Summary:
    """Of prompts: uncertainty against shift, how often the top token changed.

    Args:
        table: Rows of `measure.prompt_rows`.
        floor: KL that 95 % of prompts stay below without compression, nats.
    """
    n = len(table)
    relation = spearman_interval(table["baseline_entropy"], table["kl"])
    lead = spearman_interval(table["baseline_margin"], table["kl"])
    changed = _share(
        "top_changed", tr("Most likely next token changed"), table["top_changed"],
        tr(
            "Share of prompts after which the two models' most likely next tokens differ; "
            "Wilson's interval."
        ),
    )  # fmt: skip
    kl = mean_interval(table["kl"], bounds=(0.0, math.inf))
    measured = [
        Measured(
            "entropy_kl", tr("Uncertainty and shift"), "rank correlation", relation.rho,
            relation.low, relation.high, math.nan, relation.n,
            tr(
                "Spearman's rank correlation of the baseline's entropy and "
                "KL(baseline || compressed) over prompts; bootstrap interval. Above 0, compression "
                "moves more where the baseline was less sure."
            ),
        ),
        Measured(
            "margin_kl", tr("Lead of the first token and shift"), "rank correlation", lead.rho,
            lead.low, lead.high, math.nan, lead.n,
            tr(
                "The same with the lead of the most likely token over the second in place of "
                "entropy. Below 0, compression moves more where the lead was small."
            ),
        ),
        changed,
        Measured(
            "kl_mean", tr("Mean KL"), "nats", kl.mean, kl.low, kl.high, math.nan, n,
            tr(
                "Mean KL(baseline || compressed) of the next token; bootstrap interval over "
                "prompts."
            ),
        ),
        _change(
            "entropy_change", tr("Change of entropy"), "nats", table["baseline_entropy"],
            table["compressed_entropy"],
            tr(
                "Mean change of the next token's entropy, compressed - baseline: below 0 the "
                "compressed model is surer. p: the models exchanged at random."
            ),
        ),
        _change(
            "margin_change", tr("Change of the lead"), "probability", table["baseline_margin"],
            table["compressed_margin"],
            tr(
                "Mean change of the most likely token's lead over the second. p: the models "
                "exchanged at random."
            ),
        ),
    ]  # fmt: skip
    said = [sentences.relation(relation, trn("{n} prompt", "{n} prompts", n), "kl")]
    said.append(
        trn(
            "The most likely next token changed after {n} of {all} prompts ({share}, 95 % "
            "interval {low} to {high}).",
            "The most likely next token changed after {n} of {all} prompts ({share}, 95 % "
            "interval {low} to {high}).",
            int(table["top_changed"].sum()),
            all=n,
            share=percent(changed.value),
            low=percent(changed.low),
            high=percent(changed.high),
        )
    )
    if math.isfinite(floor):
        above = int((table["kl"] > floor).sum())
        measured.append(
            Measured(
                "above_floor", tr("Above the noise floor"), "share", above / n, math.nan, math.nan,
                math.nan, n,
                tr(
                    "Share of prompts that moved by more than KL {floor:.2g} nats, which 95 % of "
                    "them stay below without compression.",
                    floor=floor,
                ),
            )
        )  # fmt: skip
        if above <= 0.1 * n:
            said.append(
                tr(
                    "Only {above} of {n} prompts moved by more than the noise floor (KL "
                    "{floor:.2g} nats): this is no effect of compression.",
                    above=above,
                    n=n,
                    floor=floor,
                )
            )
    return Summary(tuple(measured), tuple(said))


def of_items(table: pd.DataFrame) -> Summary:
    """Of a task's items: flips, accuracy, calibration, uncertainty against shift.

    Args:
        table: What `outcomes.outcomes` returns.
    """
    n = len(table)
    flips = int(table["flip"].sum())
    relation = spearman_interval(table["baseline_entropy"], table["js"])
    share = _share(
        "flips", tr("Answers that changed"), table["flip"],
        tr(
            "Share of items whose answer is another one under the compressed model; Wilson's "
            "interval."
        ),
    )  # fmt: skip
    measured = [share]
    said = []
    judged = table[table["baseline_correct"].notna()]
    if len(judged):
        more, words = _judged(judged, flips, n)
        measured += more
        said += words
    else:
        said.append(
            tr(
                "{flips} of {n} answers changed ({share}). The items have no right answers, so "
                "nothing is said of better or worse.",
                flips=flips,
                n=n,
                share=percent(share.value),
            )
        )
    measured.append(
        Measured(
            "entropy_js", tr("Uncertainty and shift"), "rank correlation", relation.rho,
            relation.low, relation.high, math.nan, relation.n,
            tr(
                "Spearman's rank correlation of the baseline's entropy over the options and the "
                "Jensen-Shannon divergence of the two models' options; bootstrap interval."
            ),
        )
    )  # fmt: skip
    said.append(sentences.relation(relation, trn("{n} item", "{n} items", n), "js"))
    return Summary(tuple(measured), tuple(said))


def of_answers(table: pd.DataFrame) -> Summary:
    """Of answers in own words: how many differ, which are nearer to what is true.

    Args:
        table: Rows of `measure.answer_rows`.
    """
    n, differ = len(table), int(table["differ"].sum())
    relation = spearman_interval(table["baseline_entropy"], table["kl"])
    before, after = table["baseline_correct"], table["compressed_correct"]
    moved, tested = paired_change(before, after), mcnemar(before, after)
    measured = (
        _share(
            "differ", tr("Answers in other words"), table["differ"], tr("Wilson's interval."),
        ),
        _share(
            "baseline_correct", tr("Nearer to a true answer, baseline"), before,
            tr(
                "Share of answers whose BLEU against the nearest true answer is above that against "
                "the nearest false one; Wilson's interval."
            ),
        ),
        _share(
            "compressed_correct", tr("Nearer to a true answer, compressed"), after,
            tr("The same."),
        ),
        Measured(
            "correct_change", tr("Change of that share"), "share", moved.mean, moved.low,
            moved.high, tested.p_value, n,
            tr(
                "Compressed - baseline; the interval leaves out 0 where p is below 5 %. p: "
                "McNemar's exact test."
            ),
        ),
        _count("lost", tr("Nearer to true, then to false"), tested.lost, n),
        _count("gained", tr("Nearer to false, then to true"), tested.gained, n),
        _change(
            "bleu_change", tr("Change of the BLEU difference"), "BLEU points",
            table["baseline_bleu_difference"], table["compressed_bleu_difference"],
            tr(
                "Mean change of the lead of true answers over false ones. p: the models "
                "exchanged at random."
            ),
        ),
        Measured(
            "entropy_kl", tr("Uncertainty and shift"), "rank correlation", relation.rho,
            relation.low, relation.high, math.nan, relation.n,
            tr(
                "Spearman's rank correlation of the baseline's mean entropy and the mean KL along "
                "its answer; bootstrap interval."
            ),
        ),
    )  # fmt: skip
    return Summary(
        measured,
        (
            tr(
                "{differ} of {n} questions are answered in other words. {lost} answers moved from "
                "nearer to true to nearer to false, {gained} the other way (McNemar, p = "
                "{p:.2g}).",
                differ=differ,
                n=n,
                lost=tested.lost,
                gained=tested.gained,
                p=tested.p_value,
            ),
            sentences.relation(relation, trn("{n} question", "{n} questions", n), "kl"),
        ),
    )


def _judged(table: pd.DataFrame, flips: int, all_items: int) -> tuple[list[Measured], list[str]]:
    n = len(table)
    before, after = table["baseline_correct"], table["compressed_correct"]
    tested = mcnemar(before, after)
    moved = paired_change(before, after)
    measured = [
        _share(
            "baseline_accuracy", tr("Accuracy, baseline"), before, tr("Share of right answers."),
        ),
        _share(
            "compressed_accuracy", tr("Accuracy, compressed"), after,
            tr("Share of right answers."),
        ),
        Measured(
            "accuracy_change", tr("Change of accuracy"), "share", moved.mean, moved.low,
            moved.high, tested.p_value, n,
            tr(
                "Compressed - baseline; the interval leaves out 0 where p is below 5 %. p: "
                "McNemar's exact test."
            ),
        ),
        _count("lost", tr("Right, then wrong"), tested.lost, n),
        _count("gained", tr("Wrong, then right"), tested.gained, n),
        *(
            _mean(
                f"{side}_true_confidence", title, table[f"{side}_true_confidence"],
                tr(
                    "Mean probability that the right answers get among the options; TruthfulQA's "
                    "MC2 is this number. Bootstrap interval over items."
                ),
            )
            for side, title in (
                ("baseline", tr("Confidence in the right answer, baseline")),
                ("compressed", tr("Confidence in the right answer, compressed")),
            )
        ),
        _change(
            "true_confidence_change", tr("Change of confidence in the right answer"),
            "probability", table["baseline_true_confidence"], table["compressed_true_confidence"],
            tr(
                "Mean change of the probability that the right answers get among the options. p: "
                "the models exchanged at random."
            ),
        ),
        _change(
            "confidence_change", tr("Change of confidence"), "probability",
            table["baseline_confidence"], table["compressed_confidence"],
            tr(
                "Mean change of the probability that each model gives its own answer. p: "
                "the models exchanged at random."
            ),
        ),
    ]  # fmt: skip
    measured += _calibration(table)
    brier = {side: (table[f"{side}_confidence"] - table[f"{side}_correct"]) ** 2 for side in BOTH}
    measured.append(
        _change(
            "brier_change", tr("Change of the Brier score"), "squared probability",
            brier["baseline"], brier["compressed"],
            tr(
                "Mean squared distance of confidence and being right: below 0 the compressed model "
                "knows better what it knows. p: the models exchanged at random."
            ),
        )
    )  # fmt: skip
    words = [sentences.flips(before.mean(), after.mean(), flips, all_items, tested)]
    if flips:
        words.append(sentences.verdict(tested))
    return measured, words


def _calibration(table: pd.DataFrame) -> list[Measured]:
    equal_width = tr(
        "Mean distance of confidence and accuracy over ten bins of equal width; too large where "
        "bins hold few items."
    )
    equal_counts = tr(
        "Mean distance of confidence and accuracy over ten bins of equal counts; too large where "
        "bins hold few items."
    )
    nan = math.nan
    return [
        Measured(
            f"{side}_{name}", title, "probability",
            bins(table[f"{side}_confidence"], table[f"{side}_correct"]).error, nan, nan, nan,
            len(table), meaning,
        )
        for side, name, title, bins, meaning in (
            ("baseline", "ece", tr("Expected calibration error, baseline"), reliability,
             equal_width),
            ("baseline", "ace", tr("Adaptive calibration error, baseline"), adaptive_reliability,
             equal_counts),
            ("compressed", "ece", tr("Expected calibration error, compressed"), reliability,
             equal_width),
            ("compressed", "ace", tr("Adaptive calibration error, compressed"),
             adaptive_reliability, equal_counts),
        )
    ]  # fmt: skip


def _share(name: str, title: str, values: npt.ArrayLike, meaning: str) -> Measured:
    hits = np.asarray(values, dtype=np.float64)
    n = len(hits)
    ends = wilson(hits.sum(), n)
    return Measured(
        name, title, "share", float(hits.mean()), float(ends.low), float(ends.high), math.nan, n,
        meaning,
    )  # fmt: skip


def _mean(name: str, title: str, values: npt.ArrayLike, meaning: str) -> Measured:
    found = mean_interval(values, bounds=(0.0, 1.0))
    return Measured(
        name, title, "probability", found.mean, found.low, found.high, math.nan, np.size(values),
        meaning,
    )  # fmt: skip


def _count(name: str, title: str, count: int, n: int) -> Measured:
    nan = math.nan
    return Measured(name, title, "items", float(count), nan, nan, nan, n, tr("Of {n} items.", n=n))


def _change(
    name: str,
    title: str,
    unit: str,
    before: npt.ArrayLike,
    after: npt.ArrayLike,
    meaning: str,
) -> Measured:
    moved = paired_change(before, after)
    return Measured(
        name,
        title,
        unit,
        moved.mean,
        moved.low,
        moved.high,
        moved.p_value,
        np.size(before),
        meaning,
    )
