"""The sentences that an audit allows, in the current language; their words: `sentences.toml`."""

from __future__ import annotations

import math

from fairviz.analyses.presentation import Finding
from fairviz.core.declared import sentences_of
from fairviz.i18n import _, number
from fairviz.stats import FEW_UNITS, Bounded, Flips

# With fewer flips even all one way have p > 0.05 in McNemar's exact test: 2 / 2^5 = 0.0625.
FEW = 6
# A claim is made at this level; among several that are made together Holm's is.
LEVEL = 0.05
# Beyond so much of a set above the noise floor, of which 5 % lie there by definition, a set has
# moved; and not by chance.
_MOVED = 0.1
say = sentences_of(__file__)
_TRUSTED = {
    "strong": ("unsure", "sure", "answers_wrong", "answers_right"),
    "none": ("untold", "few_units", "answers_few"),
}


def moved(above: int, units: int) -> bool:
    """Whether more of a set lies above the noise floor than without compression.

    Args:
        above: Independent units above the size that 95 % stay below without compression.
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
        tested: Those that changed between right and wrong.
        length: How options are compared, a key of `outcomes.LENGTHS`.
    """
    base, comp = (percent(float(one), 2) for one in (before, after))
    both = {"accuracy": say("accuracy", length), "base": base, "comp": comp}
    if changed == 0:
        return say("unchanged", n=n, **both)
    lost, gained = tested.lost, tested.gained
    others = changed - lost - gained
    message = f"{'yet' if base == comp else 'but'}{'_otherwise' if others > 0 else ''}"
    answers = say("flips", n=n, flips=changed)
    counts = {"changed": answers, "lost": lost, "gained": gained, "others": others}
    said = say(message, **both, **counts)
    hidden = lost + gained - abs(gained - lost)
    return f"{said} {say('masked', n=hidden)}" if hidden else said


def rounding(ties: int, rounded: int, kind: str, lead: float | None) -> list[str]:
    """Ties, and flips within the noise floor, each counted apart.

    Args:
        ties: Rows where a model finds its two likeliest answers equally likely.
        rounded: Changed answers that moved by no more than the floor.
        lead: The floor of the lead; None where it was not measured.
    """
    said = [say("ties", n=ties)] if ties else []
    if rounded and lead is not None:
        unit = _("nats") if kind == "items" else _("of probability")
        said.append(say("rounded", n=rounded, lead=lead, unit=unit))
    return said


def verdict(lost: int, gained: int, p: float, units: int, tests: int = 1) -> str:
    """Whether flips one way outnumber those the other way.

    Nothing is claimed of fewer than `FEW_UNITS` independent units.

    Args:
        p: Of McNemar's test, corrected for the other tests that are told of.
        tests: How many tests the sentences beside this one tell of, this one among them.
    """
    which = outcome(lost, gained, p, units)
    if which == "few":
        return say("few_questions", n=units, few=FEW_UNITS)
    said = say("verdict", which, p=p_value(p, tests))
    if not 0 < lost + gained < FEW:
        return said
    return f"{said} {say('few_flips', n=lost + gained, few=FEW)}"


def outcome(lost: int, gained: int, p: float, units: int) -> str:
    """Which way flips outnumber the others: `few`, `none`, `wrong` or `right`."""
    if units < FEW_UNITS:
        return "few"
    return "none" if p > LEVEL else "wrong" if gained < lost else "right"


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
        counted: Of how many, such as `60 prompts`.
        shift: `kl` or `js`.
        p: Of the permutation test, corrected for the other tests that are told of; by default
            uncorrected.
        tests: How many tests the sentences beside this one tell of, this one among them.
        within: Whether the shifts are no larger than the noise floor.
        itself: The relation of the baseline against itself; None where it was not measured.
    """
    p = found.p_value if math.isnan(p) else p
    which = claim(found, p, within=within, itself=itself)
    if which in ("untold", "within"):
        return say(which, counted=counted)
    if which == "few_units":
        return say(which, n=found.units, counted=counted, few=FEW_UNITS)
    numbers = say(
        "correlation",
        shift,
        rho=signed(found.rho),
        low=signed(found.low),
        high=signed(found.high),
        counted=counted,
        p=p_value(p, tests),
    )
    return say(which, numbers=numbers)


def claim(found: Bounded, p: float, *, within: bool, itself: float | None) -> str:
    """Which sentence `relation` says, for the same values: a key of the sentences."""
    if not math.isfinite(found.rho):
        return "untold"
    if found.units < FEW_UNITS:
        return "few_units"
    if within:
        return "within"
    if not p <= LEVEL or found.low <= 0 <= found.high:
        return "open"
    alone = itself is not None and (itself >= found.low if found.rho > 0 else itself <= found.high)
    return ("unsure" if found.rho > 0 else "sure") + ("_itself" if alone else "")


def finding(which: str, changed: str, share: float, **values: str) -> Finding:
    """What stands first of an audit.

    Args:
        which: What `claim` gave, or `answers_` and what `outcome` gave.
        changed: What changed, a key of the sentences.
        share: Of how many rows it did.
        values: Of a claim `rho`, of an outcome the shares of right answers `before` and `after`.
    """
    trust = next((name for name, keys in _TRUSTED.items() if which in keys), "open")
    said = say(
        "found",
        which,
        changed=say(changed, share=percent(share)),
        **values,
    )
    rounding = which == "within" or which.endswith("_itself")
    return Finding(said, trust, "rounding" if rounding else "")


def dependent(rows: int, units: int, repeated: int) -> list[str]:
    """How many rows say again what others say, and what intervals and tests make of it."""
    if units >= rows:
        return []
    said = [say("repeated", n=repeated, rows=rows)] if repeated else []
    return [" ".join((*said, say("dependent", rows=rows, units=units)))]


def looked_at(measures: int, tests: int) -> str:
    """How many measures were looked at, and which of their tests are corrected for each other."""
    if tests > 1:
        return say("measures_corrected", n=measures, tests=tests)
    return say("measures", n=measures)


def signed(value: float) -> str:
    """Two digits."""
    return number(value, ".2f")


def percent(value: float, digits: int = 1) -> str:
    """A share; a dash where it is not known."""
    if not math.isfinite(value):
        return "–"
    return _("{percent} %", percent=number(100 * value, f".{digits}f"))
