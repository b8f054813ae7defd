"""What an audit allows to say: numbers with intervals, and the sentences that follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from fairviz.analyses.audit import sentences
from fairviz.analyses.audit.measured import (
    Measured,
    calibration,
    change,
    count,
    mean,
    number,
    relation,
    share,
)
from fairviz.analyses.audit.request import Audit
from fairviz.analyses.audit.sentences import percent, say, signed
from fairviz.analyses.audit.shown import (
    UNMEASURED,
    Floor,
    clusters,
    repeated,
    shown,
    tied,
    within_rounding,
)
from fairviz.analyses.presentation import Finding
from fairviz.core.remembered import remembered
from fairviz.i18n import _, current
from fairviz.inference.outcomes import LENGTHS
from fairviz.metrics.traces import BOTH
from fairviz.stats import (
    FEW_UNITS,
    Bounded,
    holm,
    mcnemar,
    paired_change,
    spearman_interval,
)
from fairviz.stats.clusters import Labels, means


class Summary(NamedTuple):
    """The numbers, and what they allow to say in plain sentences."""

    measured: tuple[Measured, ...]
    sentences: tuple[str, ...]
    finding: Finding  # the first of them in plain words


def summary(audit: Audit, length: str = "") -> Summary:
    """The summary of an audit; `length` as in `shown.shown`."""
    return _summed(audit, length, current())


@remembered
def _summed(audit: Audit, length: str, _language: str) -> Summary:
    # Options change pictures only.
    if audit.request.kind == "answers":
        return of_answers(audit.table)
    seen = shown(audit, length=length)
    floor = seen.floor or UNMEASURED
    if audit.request.kind == "prompts":
        return _with_noise(of_prompts(seen.table, floor), floor)
    return _with_noise(of_items(seen.table, floor, seen.length), floor)


def _with_noise(found: Summary, floor: Floor) -> Summary:
    """The summary, and whether uncertainty and shift go together without compression too."""
    if floor.relation is None:
        return found
    measured = number("noise_relation", floor.relation, n=floor.n, how=floor.how)
    if floor.n < FEW_UNITS:
        return found._replace(measured=(*found.measured, measured))
    said = say("itself", how=floor.how, rho=signed(floor.relation))
    return found._replace(measured=(*found.measured, measured), sentences=(*found.sentences, said))


def of_prompts(table: pd.DataFrame, floor: Floor = UNMEASURED) -> Summary:
    """Of prompts: uncertainty against shift, how often the top token changed.

    Args:
        table: Rows of `set_rows.prompt_rows`.
    """
    n, units = len(table), _units(table)
    found = spearman_interval(table["baseline_entropy"], table["kl"], units)
    lead = spearman_interval(table["baseline_margin"], table["kl"], units)
    changed = share("top_changed", table["top_changed"], units)
    apart, rounding = _apart(table, "prompts", floor)
    measured = [
        relation("entropy_kl", found),
        relation("margin_kl", lead),
        changed,
        *apart,
        mean("kl_mean", table["kl"], units, math.inf),
        change("entropy_change", table["baseline_entropy"], table["compressed_entropy"], units),
        change("margin_change", table["baseline_margin"], table["compressed_margin"], units),
    ]
    counted = say("prompts", n=n)
    above, is_within, words = _above(table, "kl", floor, counted)
    said = [
        sentences.relation(found, counted, "kl", within=is_within, itself=floor.relation),
        say(
            "top_changed",
            n=int(table["top_changed"].sum()),
            all=n,
            share=percent(changed.value),
            low=percent(changed.low),
            high=percent(changed.high),
        ),
        *rounding,
        *words,
    ]
    which = sentences.claim(found, found.p_value, within=is_within, itself=floor.relation)
    first = sentences.finding(which, "changed_prompts", changed.value, rho=signed(found.rho))
    return _summary(table, [*measured, *above], said, 1, first)


def of_items(table: pd.DataFrame, floor: Floor = UNMEASURED, length: str = "sum") -> Summary:
    """Of a task's items: flips, accuracy, calibration, uncertainty against shift.

    Args:
        table: What `outcomes.outcomes` returns for this length.
        length: How options are compared, a key of `outcomes.LENGTHS`.
    """
    n, units = len(table), _units(table)
    flips = int(table["flip"].sum())
    found = spearman_interval(table["baseline_entropy"], table["js"], units)
    changed = share("flips", table["flip"], units)
    apart, rounding = _apart(table, "items", floor)
    measured = [changed, *apart]
    judged = table[table["baseline_correct"].notna()]
    p, tests, first = found.p_value, 1, None
    if len(judged):
        more, words, p, tests, first = _judged(judged, found, flips, n, floor, length)
        measured += more
    else:
        rate = percent(changed.value)
        words = [say("flips_unjudged", n=n, flips=flips, share=rate)]
    measured.append(relation("entropy_js", found))
    counted = say("items", n=n)
    above, is_within, few_moved = _above(table, "js", floor, counted)
    said = [
        *words,
        *rounding,
        sentences.relation(
            found, counted, "js", p=p, tests=tests, within=is_within, itself=floor.relation
        ),
        *few_moved,
    ]
    if first is None:
        which = sentences.claim(found, p, within=is_within, itself=floor.relation)
        first = sentences.finding(which, "changed_items", changed.value, rho=signed(found.rho))
    return _summary(table, [*measured, *above], said, tests, first)


def of_answers(table: pd.DataFrame) -> Summary:
    """Of answers in own words: how many differ, which are nearer to what is true.

    Args:
        table: Rows of `set_rows.answer_rows`.
    """
    n, differ, units = len(table), int(table["differ"].sum()), _units(table)
    found = spearman_interval(table["baseline_entropy"], table["kl"], units)
    before, after = table["baseline_correct"], table["compressed_correct"]
    moved, tested = paired_change(before, after, units), mcnemar(before, after, units)
    corrected = holm([tested.p_value, found.p_value])
    bleu = table["baseline_bleu_difference"], table["compressed_bleu_difference"]
    measured = (
        share("differ", table["differ"], units),
        share("baseline_correct", before, units),
        share("compressed_correct", after, units),
        number("correct_change", moved.mean, moved.low, moved.high, tested.p_value, n=n),
        count("lost_truth", tested.lost, n),
        count("gained_truth", tested.gained, n),
        change("bleu_change", *bleu, units),
        relation("entropy_kl_of_answers", found),
    )
    counted = say("questions", n=n)
    said = [
        say(
            "in_other_words",
            n=n,
            differ=differ,
            lost=tested.lost,
            gained=tested.gained,
            p=sentences.p_value(float(corrected[0]), 2),
        ),
        sentences.relation(found, counted, "kl", p=float(corrected[1]), tests=2),
    ]
    which = sentences.outcome(tested.lost, tested.gained, float(corrected[0]), moved.units)
    first = _of_right(differ / n, which, before, after)
    return _summary(table, measured, said, 2, first)


def _of_right(
    share: float, which: str, before: pd.Series[float], after: pd.Series[float]
) -> Finding:
    right = {"before": percent(before.mean()), "after": percent(after.mean())}
    return sentences.finding(f"answers_{which}", "changed_items", share, **right)


def _judged(
    table: pd.DataFrame,
    found: Bounded,
    flips: int,
    all_items: int,
    floor: Floor,
    length: str,
) -> tuple[list[Measured], list[str], float, int, Finding]:
    """Numbers and sentences of items with right answers; p of the relation, of how many tests
    it is one, and what was found."""
    n, units = len(table), _units(table)
    before, after = table["baseline_correct"], table["compressed_correct"]
    tested = mcnemar(before, after, units)
    moved = paired_change(before, after, units)
    sure, surer = (table[f"{side}_confidence"] for side in BOTH)
    right, righter = (table[f"{side}_true_confidence"] for side in BOTH)
    interval = moved.mean, moved.low, moved.high, tested.p_value
    measured = [
        share(f"baseline_accuracy_{length}", before, units, how=_(LENGTHS[length])),
        share(f"compressed_accuracy_{length}", after, units),
        number(f"accuracy_change_{length}", *interval, n=n),
        count("lost", tested.lost, n),
        count("gained", tested.gained, n),
        mean("baseline_true_confidence", right, units),
        mean("compressed_true_confidence", righter, units),
        change("true_confidence_change", right, righter, units),
        change("confidence_change", sure, surer, units),
        *calibration(table, units),
        change("brier_change", (sure - before) ** 2, (surer - after) ** 2, units),
    ]
    words = [sentences.flips(before.mean(), after.mean(), flips, all_items, tested, length)]
    if not flips:
        first = _of_right(0.0, "unchanged", before, after)
        return measured, words, found.p_value, 1, first
    # Flips by a tie or within rounding are no compression's: the verdict is of the others.
    real = ~(tied(table) | within_rounding(table, floor.lead))
    beyond = mcnemar(before.where(real, 0.0), after.where(real, 0.0), units)
    p = max(tested.p_value, beyond.p_value)
    corrected = holm([p, found.p_value])
    tests = 1 + int(math.isfinite(found.p_value))
    of_flips = tested.lost, tested.gained, float(corrected[0]), moved.units
    words.append(sentences.verdict(*of_flips, tests))
    first = _of_right(flips / all_items, sentences.outcome(*of_flips), before, after)
    return measured, words, float(corrected[1]), tests, first


def _units(table: pd.DataFrame) -> Labels | None:
    """Which rows depend on each other; None where each stands by itself."""
    found = clusters(table)
    return found if int(found.max()) + 1 < len(found) else None


def _apart(table: pd.DataFrame, kind: str, floor: Floor) -> tuple[list[Measured], list[str]]:
    """Ties, and changes within rounding where the noise floor is known; and what says so."""
    ties = int(tied(table).sum())
    rounded = int(within_rounding(table, floor.lead).sum())
    found = [count("ties", ties, len(table))]
    if floor.lead is not None:
        which = "within_rounding" if kind == "prompts" else "flips_within_rounding"
        found.append(count(which, rounded, len(table)))
    return found, sentences.rounding(ties, rounded, kind, floor.lead)


def _above(
    table: pd.DataFrame, distance: str, floor: Floor, counted: str
) -> tuple[list[Measured], bool, list[str]]:
    """How many rows moved beyond the noise floor, whether so few that none is compression's, and
    the sentence that says so."""
    if floor.size is None:
        return [], False, []
    n, beyond = len(table), table[distance] > floor.size
    # A cluster is beyond the floor where most of it is.
    by_unit = means(beyond, clusters(table)) > 0.5
    measured = number("above_floor", float(beyond.mean()), n=n, floor=floor.size)
    if sentences.moved(int(by_unit.sum()), len(by_unit)):
        return [measured], False, []
    said = say("not_above", above=int(beyond.sum()), counted=counted, floor=floor.size)
    return [measured], True, [said]


def _summary(
    table: pd.DataFrame,
    measured: Sequence[Measured],
    said: list[str],
    tests: int,
    finding: Finding,
) -> Summary:
    """With what is to be said of any set: which rows depend on each other, how many measures."""
    units = int(clusters(table).max()) + 1
    tested = sum(math.isfinite(one.p_value) for one in measured)
    said += sentences.dependent(len(table), units, repeated(table))
    if tested:
        said.append(sentences.looked_at(tested, tests))
    return Summary(tuple(measured), tuple(said), finding)
