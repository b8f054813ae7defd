"""What an audit allows to say: numbers with intervals, and the sentences that follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from fairviz.analyses.audit import sentences
from fairviz.analyses.audit.calibration import calibration
from fairviz.analyses.audit.measured import Labels, Measured, change, count, mean, share
from fairviz.analyses.audit.rounding import tied, within_rounding
from fairviz.analyses.audit.sentences import percent, signed
from fairviz.analyses.audit.shown import Floor, shown
from fairviz.analyses.audit.units import clusters, repeated
from fairviz.i18n import N_, _, ngettext
from fairviz.inference.outcomes import LENGTHS
from fairviz.metrics.traces import BOTH
from fairviz.stats import (
    FEW_UNITS,
    Bounded,
    holm,
    mcnemar,
    mean_interval,
    paired_change,
    spearman_interval,
)

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.analyses.audit.request import Audit


_ACCURACY = {
    "sum": (
        N_("Accuracy, baseline"),
        N_("Accuracy, compressed"),
        N_("Change of accuracy"),
    ),
    "character": (
        N_("Accuracy per character, baseline"),
        N_("Accuracy per character, compressed"),
        N_("Change of accuracy per character"),
    ),
}


class Summary(NamedTuple):
    """The numbers, and what they allow to say in plain sentences."""

    measured: tuple[Measured, ...]
    sentences: tuple[str, ...]


class Without(NamedTuple):
    """What the same set shows without compression; None where it was not measured.

    Attributes:
        size: Shift that 95 % of it stay below, nats.
        relation: Rank correlation of uncertainty and shift.
        lead: Shift of the first answer's lead that 95 % of it stay below.
    """

    size: float | None = None
    relation: float | None = None
    lead: float | None = None


def summary(audit: Audit, length: str = "") -> Summary:
    """The summary of an audit; `length` as in `shown.shown`."""
    if audit.request.kind == "answers":
        return of_answers(audit.table)
    seen = shown(audit, length=length)
    floor = seen.floor
    without = Without() if floor is None else Without(floor.size, floor.relation, floor.lead)
    found = (
        of_prompts(seen.table, without)
        if audit.request.kind == "prompts"
        else of_items(seen.table, without, seen.length)
    )
    return found if floor is None else _with_noise(found, floor)


def _with_noise(found: Summary, floor: Floor) -> Summary:
    """The summary, and whether uncertainty and shift go together without compression too."""
    if floor.relation is None:
        return found
    measured = Measured(
        "noise_relation", _("The same without compression"), "rank correlation", floor.relation,
        math.nan, math.nan, math.nan, floor.n,
        _(
            "Uncertainty and shift of the baseline against itself {how}: what any small "
            "disturbance would give.",
            how=floor.how,
        ),
    )  # fmt: skip
    if floor.n < FEW_UNITS:
        return Summary((*found.measured, measured), found.sentences)
    said = _(
        "The baseline against itself {how} gives {rho}: that relation is what rounding alone "
        "brings about, so one as strong under compression says nothing of compression in "
        "particular.",
        how=floor.how,
        rho=signed(floor.relation),
    )
    return Summary((*found.measured, measured), (*found.sentences, said))


def of_prompts(table: pd.DataFrame, without: Without | None = None) -> Summary:
    """Of prompts: uncertainty against shift, how often the top token changed.

    Args:
        table: Rows of `measure.prompt_rows`.
        without: What they show without compression.
    """
    floor = without or Without()
    n, units = len(table), _units(table)
    relation = spearman_interval(table["baseline_entropy"], table["kl"], units)
    lead = spearman_interval(table["baseline_margin"], table["kl"], units)
    changed = share(
        "top_changed", _("Most likely next token changed"), table["top_changed"],
        _(
            "Share of prompts after which the two models' most likely next tokens differ; "
            "Wilson's interval."
        ),
        units,
    )  # fmt: skip
    kl = mean_interval(table["kl"], units, bounds=(0.0, math.inf))
    measured = [
        _relation(
            "entropy_kl", _("Uncertainty and shift"), relation,
            _(
                "Spearman's rank correlation of the baseline's entropy and "
                "KL(baseline || compressed) over prompts; bootstrap interval. Above 0, compression "
                "moves more where the baseline was less sure. p: permutations."
            ),
        ),
        _relation(
            "margin_kl", _("Lead of the first token and shift"), lead,
            _(
                "The same with the lead of the most likely token over the second in place of "
                "entropy. Below 0, compression moves more where the lead was small."
            ),
        ),
        changed,
        *_apart(table, "prompts", floor),
        Measured(
            "kl_mean", _("Mean KL"), "nats", kl.mean, kl.low, kl.high, math.nan, n,
            _(
                "Mean KL(baseline || compressed) of the next token; bootstrap interval over "
                "prompts."
            ),
        ),
        change(
            "entropy_change", _("Change of entropy"), "nats", table["baseline_entropy"],
            table["compressed_entropy"],
            _(
                "Mean change of the next token's entropy, compressed - baseline: below 0 the "
                "compressed model is surer. p: the models exchanged at random."
            ),
            units,
        ),
        change(
            "margin_change", _("Change of the lead"), "probability", table["baseline_margin"],
            table["compressed_margin"],
            _(
                "Mean change of the most likely token's lead over the second. p: the models "
                "exchanged at random."
            ),
            units,
        ),
    ]  # fmt: skip
    above, is_within, words = _above(table, "kl", floor, ngettext("{n} prompt", "{n} prompts", n))
    said = [
        sentences.relation(
            relation, ngettext("{n} prompt", "{n} prompts", n), "kl",
            within=is_within, itself=floor.relation,
        ),
        ngettext(
            "The most likely next token changed after {n} of {all} prompts ({share}, 95 % "
            "interval {low} to {high}).",
            "The most likely next token changed after {n} of {all} prompts ({share}, 95 % "
            "interval {low} to {high}).",
            int(table["top_changed"].sum()),
            all=n,
            share=percent(changed.value),
            low=percent(changed.low),
            high=percent(changed.high),
        ),
        *_rounding(table, "prompts", floor),
        *words,
    ]  # fmt: skip
    return _summary(table, [*measured, *above], said, tests=1)


def of_items(table: pd.DataFrame, without: Without | None = None, length: str = "sum") -> Summary:
    """Of a task's items: flips, accuracy, calibration, uncertainty against shift.

    Args:
        table: What `outcomes.outcomes` returns for this length.
        without: What they show without compression.
        length: How options are compared, a key of `outcomes.LENGTHS`.
    """
    floor = without or Without()
    n, units = len(table), _units(table)
    flips = int(table["flip"].sum())
    relation = spearman_interval(table["baseline_entropy"], table["js"], units)
    changed = share(
        "flips", _("Answers that changed"), table["flip"],
        _(
            "Share of items whose answer is another one under the compressed model; Wilson's "
            "interval."
        ),
        units,
    )  # fmt: skip
    measured = [changed, *_apart(table, "items", floor)]
    judged = table[table["baseline_correct"].notna()]
    p, tests = relation.p_value, 1
    if len(judged):
        more, words, p, tests = _judged(judged, relation, flips, n, floor, length)
        measured += more
    else:
        words = [
            ngettext(
                "{flips} of {n} answer changed ({share}). The items have no right answers, so "
                "nothing is said of better or worse.",
                "{flips} of {n} answers changed ({share}). The items have no right answers, so "
                "nothing is said of better or worse.",
                n,
                flips=flips,
                share=percent(changed.value),
            )
        ]
    measured.append(
        _relation(
            "entropy_js", _("Uncertainty and shift"), relation,
            _(
                "Spearman's rank correlation of the baseline's entropy over the options and the "
                "Jensen-Shannon divergence of the two models' options; bootstrap interval. p: "
                "permutations."
            ),
        )
    )  # fmt: skip
    above, is_within, few_moved = _above(table, "js", floor, ngettext("{n} item", "{n} items", n))
    said = [
        *words,
        *_rounding(table, "items", floor),
        sentences.relation(
            relation, ngettext("{n} item", "{n} items", n), "js", p=p, tests=tests,
            within=is_within, itself=floor.relation,
        ),
        *few_moved,
    ]  # fmt: skip
    return _summary(table, [*measured, *above], said, tests)


def of_answers(table: pd.DataFrame) -> Summary:
    """Of answers in own words: how many differ, which are nearer to what is true.

    Args:
        table: Rows of `measure.answer_rows`.
    """
    n, differ, units = len(table), int(table["differ"].sum()), _units(table)
    relation = spearman_interval(table["baseline_entropy"], table["kl"], units)
    before, after = table["baseline_correct"], table["compressed_correct"]
    moved, tested = paired_change(before, after, units), mcnemar(before, after, units)
    corrected = holm([tested.p_value, relation.p_value])
    measured = (
        share(
            "differ", _("Answers in other words"), table["differ"], _("Wilson's interval."),
            units,
        ),
        share(
            "baseline_correct", _("Nearer to a true answer, baseline"), before,
            _(
                "Share of answers whose BLEU against the nearest true answer is above that against "
                "the nearest false one; Wilson's interval."
            ),
            units,
        ),
        share(
            "compressed_correct", _("Nearer to a true answer, compressed"), after,
            _("The same."), units,
        ),
        Measured(
            "correct_change", _("Change of that share"), "share", moved.mean, moved.low,
            moved.high, tested.p_value, n,
            _(
                "Compressed - baseline; the interval leaves out 0 where p is below 5 %. p: "
                "McNemar's exact test."
            ),
        ),
        count("lost", _("Nearer to true, then to false"), tested.lost, n),
        count("gained", _("Nearer to false, then to true"), tested.gained, n),
        change(
            "bleu_change", _("Change of the BLEU difference"), "BLEU points",
            table["baseline_bleu_difference"], table["compressed_bleu_difference"],
            _(
                "Mean change of the lead of true answers over false ones. p: the models "
                "exchanged at random."
            ),
            units,
        ),
        _relation(
            "entropy_kl", _("Uncertainty and shift"), relation,
            _(
                "Spearman's rank correlation of the baseline's mean entropy and the mean KL along "
                "its answer; bootstrap interval. p: permutations."
            ),
        ),
    )  # fmt: skip
    said = [
        ngettext(
            "Answered in other words: {differ} of {n} question. Moved from nearer to true "
            "to nearer to false: {lost}; the other way: {gained} (McNemar, {p}).",
            "Answered in other words: {differ} of {n} questions. Moved from nearer to true "
            "to nearer to false: {lost}; the other way: {gained} (McNemar, {p}).",
            n,
            differ=differ,
            lost=tested.lost,
            gained=tested.gained,
            p=sentences.p_value(float(corrected[0]), 2),
        ),
        sentences.relation(
            relation,
            ngettext("{n} question", "{n} questions", n),
            "kl",
            p=float(corrected[1]),
            tests=2,
        ),
    ]
    return _summary(table, measured, said, tests=2)


def _judged(
    table: pd.DataFrame,
    relation: Bounded,
    flips: int,
    all_items: int,
    floor: Without,
    length: str,
) -> tuple[list[Measured], list[str], float, int]:
    """Numbers and sentences of items with right answers; p of the relation, and of how many tests
    it is one."""
    n, units = len(table), _units(table)
    before, after = table["baseline_correct"], table["compressed_correct"]
    tested = mcnemar(before, after, units)
    moved = paired_change(before, after, units)
    titles = [_(one) for one in _ACCURACY[length]]
    measured = [
        share(
            "baseline_accuracy", titles[0], before,
            _("Share of right answers, options compared: {how}.", how=_(LENGTHS[length])),
            units,
        ),
        share(
            "compressed_accuracy", titles[1], after, _("The same."), units,
        ),
        Measured(
            "accuracy_change", titles[2], "share", moved.mean, moved.low,
            moved.high, tested.p_value, n,
            _(
                "Compressed - baseline; the interval leaves out 0 where p is below 5 %. p: "
                "McNemar's exact test."
            ),
        ),
        count("lost", _("Right, then wrong"), tested.lost, n),
        count("gained", _("Wrong, then right"), tested.gained, n),
        *(
            mean(
                f"{side}_true_confidence", title, table[f"{side}_true_confidence"],
                _(
                    "Mean probability that the right answers get among the options; TruthfulQA's "
                    "MC2 is this number. Bootstrap interval over items."
                ),
                units,
            )
            for side, title in (
                ("baseline", _("Confidence in the right answer, baseline")),
                ("compressed", _("Confidence in the right answer, compressed")),
            )
        ),
        change(
            "true_confidence_change", _("Change of confidence in the right answer"),
            "probability", table["baseline_true_confidence"], table["compressed_true_confidence"],
            _(
                "Mean change of the probability that the right answers get among the options. p: "
                "the models exchanged at random."
            ),
            units,
        ),
        change(
            "confidence_change", _("Change of confidence"), "probability",
            table["baseline_confidence"], table["compressed_confidence"],
            _(
                "Mean change of the probability that each model gives its own answer. p: "
                "the models exchanged at random."
            ),
            units,
        ),
    ]  # fmt: skip
    measured += calibration(table, units)
    brier = {side: (table[f"{side}_confidence"] - table[f"{side}_correct"]) ** 2 for side in BOTH}
    measured.append(
        change(
            "brier_change", _("Change of the Brier score"), "squared probability",
            brier["baseline"], brier["compressed"],
            _(
                "Mean squared distance of confidence and being right: below 0 the compressed model "
                "knows better what it knows. p: the models exchanged at random."
            ),
            units,
        )
    )  # fmt: skip
    words = [sentences.flips(before.mean(), after.mean(), flips, all_items, tested, length)]
    if not flips:
        return measured, words, relation.p_value, 1
    # Flips by a tie or within rounding are no compression's: the verdict is of the others.
    real = ~(tied(table) | within_rounding(table, floor.lead))
    beyond = mcnemar(before.where(real, 0.0), after.where(real, 0.0), units)
    p = max(tested.p_value, beyond.p_value)
    corrected = holm([p, relation.p_value])
    tests = 1 + int(math.isfinite(relation.p_value))
    words.append(
        sentences.verdict(tested.lost, tested.gained, float(corrected[0]), moved.units, tests)
    )
    return measured, words, float(corrected[1]), tests


def _units(table: pd.DataFrame) -> Labels | None:
    """Which rows depend on each other; None where each stands by itself."""
    found = clusters(table)
    return found if len(set(found)) < len(found) else None


def _relation(name: str, title: str, found: Bounded, meaning: str) -> Measured:
    return Measured(
        name, title, "rank correlation", found.rho, found.low, found.high, found.p_value, found.n,
        meaning,
    )  # fmt: skip


def _apart(table: pd.DataFrame, kind: str, floor: Without) -> list[Measured]:
    """Ties, and changes within rounding where the noise floor is known."""
    n = len(table)
    found = [count("ties", _("Ties"), int(tied(table).sum()), n)]
    if floor.lead is not None:
        rounded = int(within_rounding(table, floor.lead).sum())
        title = _("Changes within rounding") if kind == "prompts" else _("Flips within rounding")
        found.append(count("within_rounding", title, rounded, n))
    return found


def _rounding(table: pd.DataFrame, kind: str, floor: Without) -> list[str]:
    rounded = int(within_rounding(table, floor.lead).sum())
    return sentences.rounding(int(tied(table).sum()), rounded, kind, floor.lead)


def _above(
    table: pd.DataFrame, distance: str, floor: Without, counted: str
) -> tuple[list[Measured], bool, list[str]]:
    """How many rows moved beyond the noise floor, whether so few that none is compression's, and
    the sentence that says so."""
    if floor.size is None:
        return [], False, []
    n, beyond = len(table), table[distance] > floor.size
    # A cluster is beyond the floor where most of it is.
    by_unit = beyond.groupby(clusters(table)).mean() > 0.5
    measured = Measured(
        "above_floor", _("Above the noise floor"), "share", float(beyond.mean()), math.nan,
        math.nan, math.nan, n,
        _(
            "Share that moved by more than {floor:.2g} nats, which 95 % stay below without "
            "compression.",
            floor=floor.size,
        ),
    )  # fmt: skip
    if sentences.moved(int(by_unit.sum()), len(by_unit)):
        return [measured], False, []
    said = _(
        "{above} of {counted} moved by more than the noise floor ({floor:.2g} nats), no more than "
        "without compression: no effect of compression is seen here.",
        above=int(beyond.sum()),
        counted=counted,
        floor=floor.size,
    )
    return [measured], True, [said]


def _summary(
    table: pd.DataFrame, measured: Sequence[Measured], said: list[str], tests: int
) -> Summary:
    """With what is to be said of any set: which rows depend on each other, how many measures."""
    units = len(set(clusters(table)))
    tested = sum(math.isfinite(one.p_value) for one in measured)
    said += sentences.dependent(len(table), units, repeated(table))
    if tested:
        said.append(sentences.looked_at(tested, tests))
    return Summary(tuple(measured), tuple(said))
