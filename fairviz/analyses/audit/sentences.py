"""The sentences that an audit allows, in the current language."""

from __future__ import annotations

import math

from fairviz.i18n import N_, _, ngettext, number
from fairviz.stats import FEW_UNITS, Bounded, Flips

# With fewer flips even all one way have p > 0.05 in McNemar's exact test: 2 / 2^5 = 0.0625.
FEW = 6
# A claim is made at this level; among several that are made together Holm's is.
LEVEL = 0.05
# Beyond so much of a set above the noise floor, of which 5 % lie there by definition, a set has
# moved; and not by chance.
_MOVED = 0.1
# The harness's acc and acc_norm are two accuracies of the same answers.
_ACCURACY = {
    "sum": N_("The accuracy"),
    "character": N_("The accuracy (per character)"),
}


def moved(above: int, units: int) -> bool:
    """Whether more of a set lies above the noise floor than without compression.

    Args:
        above: Independent units above the size that 95 % stay below without compression.
        units: All of them.
    """
    from scipy.stats import binomtest

    if above <= _MOVED * units:
        return False
    return bool(binomtest(above, units, 0.05, alternative="greater").pvalue <= LEVEL)


def p_value(p: float, tests: int) -> str:
    """A p-value as sentences say it: with the correction, where several tests are told of."""
    said = _("p = {p:.2g}", p=p)
    return _("{p} by Holm", p=said) if tests > 1 else said


def flips(
    before: float, after: float, changed: int, n: int, tested: Flips, length: str = "sum"
) -> str:
    """Accuracy before and after, and how many of n answers changed behind it.

    Args:
        before, after: Shares of right answers.
        changed: Answers that are others now.
        n: All of them.
        tested: Those that changed between right and wrong.
        length: How options are compared, a key of `outcomes.LENGTHS`.
    """
    accuracy = _(_ACCURACY[length])
    base, comp = (percent(float(one), 2) for one in (before, after))
    if changed == 0:
        return ngettext(
            "{accuracy} is {base} under the baseline and {comp} under the compressed model; "
            "no answer changed in {n} item.",
            "{accuracy} is {base} under the baseline and {comp} under the compressed model; "
            "no answer changed in {n} items.",
            n,
            accuracy=accuracy,
            base=base,
            comp=comp,
        )
    others = changed - tested.lost - tested.gained
    if base != comp and others > 0:
        message = N_(
            "{accuracy} is {base} under the baseline and {comp} under the compressed model, but "
            "{changed}: {lost} from right to wrong, {gained} from wrong to right, {others} "
            "otherwise."
        )
    elif base != comp:
        message = N_(
            "{accuracy} is {base} under the baseline and {comp} under the compressed model, but "
            "{changed}: {lost} from right to wrong, {gained} from wrong to right."
        )
    elif others > 0:
        message = N_(
            "{accuracy} stays at {base}, and yet {changed}: {lost} from right to wrong, {gained} "
            "from wrong to right, {others} otherwise."
        )
    else:
        message = N_(
            "{accuracy} stays at {base}, and yet {changed}: {lost} from right to wrong, {gained} "
            "from wrong to right."
        )
    lost, gained = tested.lost, tested.gained
    answers = ngettext(
        "{flips} of {n} answer changed", "{flips} of {n} answers changed", n, flips=changed
    )
    said = _(
        message,
        accuracy=accuracy,
        base=base,
        comp=comp,
        changed=answers,
        lost=lost,
        gained=gained,
        others=others,
    )
    hidden = lost + gained - abs(gained - lost)
    if not hidden:
        return said
    return f"{said} " + ngettext(
        "{n} of these flips cancels in the accuracy (masked).",
        "{n} of these flips cancel in the accuracy (masked).",
        hidden,
    )


def rounding(ties: int, rounded: int, kind: str, lead: float | None) -> list[str]:
    """Ties, and flips within the noise floor, each counted apart.

    Args:
        ties: Rows where a model finds its two likeliest answers equally likely.
        rounded: Changed answers that moved by no more than the floor.
        kind: `prompts` or `items`.
        lead: The floor of the lead; None where it was not measured.
    """
    said = []
    if ties:
        said.append(
            ngettext(
                "{n} is a tie: a model finds its two likeliest answers equally likely, and the "
                "first is taken.",
                "{n} are ties: a model finds its two likeliest answers equally likely, and the "
                "first is taken.",
                ties,
            )
        )
    if rounded and lead is not None:
        unit = _("nats") if kind == "items" else _("of probability")
        said.append(
            ngettext(
                "{n} of the changes is within rounding: the baseline against itself moves the lead "
                "of an answer by as much ({lead:.2g} {unit}).",
                "{n} of the changes are within rounding: the baseline against itself moves the "
                "lead of an answer by as much ({lead:.2g} {unit}).",
                rounded,
                lead=lead,
                unit=unit,
            )
        )
    return said


def verdict(lost: int, gained: int, p: float, units: int, tests: int = 1) -> str:
    """Whether flips one way outnumber those the other way.

    Nothing is claimed of fewer than `FEW_UNITS` independent units.

    Args:
        lost: Flips from right to wrong.
        gained: The reverse.
        p: Of McNemar's test, corrected for the other tests that are told of.
        units: Independent units behind it.
        tests: How many tests the sentences beside this one tell of, this one among them.
    """
    if units < FEW_UNITS:
        return ngettext(
            "Whether flips one way outnumber the other is not said of so few: that takes "
            "{few} questions that are independent of each other, and here there is {n}.",
            "Whether flips one way outnumber the other is not said of so few: that takes "
            "{few} questions that are independent of each other, and here there are {n}.",
            units,
            few=FEW_UNITS,
        )
    if p > LEVEL:
        message = N_(
            "Flips one way do not outnumber the other by more than chance allows (McNemar, {p})."
        )
    elif gained < lost:
        message = N_(
            "Flips to wrong outnumber the others by more than chance allows (McNemar, {p})."
        )
    else:
        message = N_(
            "Flips to right outnumber the others by more than chance allows (McNemar, {p})."
        )
    said, flipped = _(message, p=p_value(p, tests)), lost + gained
    if not 0 < flipped < FEW:
        return said
    return f"{said} " + ngettext(
        "With fewer than {few} such flips, and here there is {n}, no outcome can be "
        "told from chance at 5 %.",
        "With fewer than {few} such flips, and here there are {n}, no outcome can be "
        "told from chance at 5 %.",
        flipped,
        few=FEW,
    )


def relation(
    found: Bounded,
    counted: str,
    shift: str,
    *,
    p: float = math.nan,
    tests: int = 1,
    within: bool = False,
    itself: float | None = None,
) -> str:
    """Whether the baseline's uncertainty and the shift go together.

    It is claimed of `FEW_UNITS` independent units or more, where the interval excludes 0 and the
    test agrees, where the set moved beyond the noise floor, and where the baseline against
    itself does not show as much.

    Args:
        found: Their rank correlation.
        counted: Of how many, such as `60 prompts`.
        shift: `kl` or `js`.
        p: Of the permutation test, corrected for the other tests that are told of; by default
            uncorrected.
        tests: How many tests the sentences beside this one tell of, this one among them.
        within: Whether the shifts are no larger than the noise floor.
        itself: The relation of the baseline against itself; None where it was not measured.
    """
    p = found.p_value if math.isnan(p) else p
    if not math.isfinite(found.rho):
        return _(
            "Whether uncertainty and shift go together cannot be told from these {counted}.",
            counted=counted,
        )
    if found.units < FEW_UNITS:
        return ngettext(
            "Whether uncertainty and shift go together is not said of these {counted}: "
            "that takes {few} that are independent of each other, and here there is {n}.",
            "Whether uncertainty and shift go together is not said of these {counted}: "
            "that takes {few} that are independent of each other, and here there are {n}.",
            found.units,
            counted=counted,
            few=FEW_UNITS,
        )
    if within:
        return _(
            "Where compression moves more is not said of these {counted}: their shifts are within "
            "the noise floor.",
            counted=counted,
        )
    numbers = _(
        _NUMBERS[shift],
        rho=signed(found.rho),
        low=signed(found.low),
        high=signed(found.high),
        counted=counted,
        p=p_value(p, tests),
    )
    if not p <= LEVEL or found.low <= 0 <= found.high:
        message = N_(
            "Whether compression moves more where the baseline was unsure is open: {numbers}."
        )
    elif itself is not None and (itself >= found.low if found.rho > 0 else itself <= found.high):
        message = (
            N_("More moved where the baseline was unsure, as under rounding alone: {numbers}.")
            if found.rho > 0
            else N_("More moved where the baseline was sure, as under rounding alone: {numbers}.")
        )
    elif found.rho > 0:
        message = N_("Compression moves more where the baseline was unsure: {numbers}.")
    else:
        message = N_("Compression moves more where the baseline was sure: {numbers}.")
    return _(message, numbers=numbers)


_NUMBERS = {
    "kl": N_(
        "Spearman's rank correlation of the baseline's entropy and KL is {rho} (95 % bootstrap "
        "interval {low} to {high}, permutation {p}, {counted})"
    ),
    "js": N_(
        "Spearman's rank correlation of the baseline's entropy and Jensen-Shannon divergence is "
        "{rho} (95 % bootstrap interval {low} to {high}, permutation {p}, {counted})"
    ),
}


def dependent(rows: int, units: int, repeated: int) -> list[str]:
    """How many rows say again what others say, and what intervals and tests make of it."""
    if units >= rows:
        return []
    said = []
    if repeated:
        said.append(
            ngettext(
                "{n} of {rows} rows repeats the text of another.",
                "{n} of {rows} rows repeat the text of another.",
                repeated,
                rows=rows,
            )
        )
    said.append(
        _(
            "Rows of one text or one template are not independent: intervals and tests take the "
            "{rows} rows as {units}.",
            rows=rows,
            units=units,
        )
    )
    return [" ".join(said)]


def looked_at(measures: int, tests: int) -> str:
    """How many measures were looked at, and which of their tests are corrected for each other."""
    if tests > 1:
        return _(
            "{n} measures were looked at; the {tests} tests that are told of here are corrected "
            "for each other (Holm), those of the table are not.",
            n=measures,
            tests=tests,
        )
    return ngettext(
        "{n} measure was looked at.",
        "{n} measures were looked at; the tests of the table are not corrected for each other.",
        measures,
    )


def signed(value: float) -> str:
    """Two digits, with a minus sign."""
    return number(value, ".2f").replace("-", "−")


def percent(value: float, digits: int = 1) -> str:
    """A share; a dash where it is not known."""
    if not math.isfinite(value):
        return "–"
    return _("{percent} %", percent=number(100 * value, f".{digits}f"))
