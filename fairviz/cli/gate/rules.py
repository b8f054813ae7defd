"""What a gate refuses, as it is written, and its verdict over a number and its interval."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from fairviz.analyses.estimates import interval, spelled
from fairviz.cli.gate.numbers import Groups, Measure
from fairviz.core.errors import BadSpec
from fairviz.i18n import speaking

# Verdict -> what it means.
VERDICTS = {
    "pass": "the whole interval keeps the limit, or the number does where it has no interval",
    "open": "the limit lies within the interval: these items do not tell",
    "fail": "the whole interval is beyond the limit, or the number is where it has no interval",
    "unmeasured": "the run has no such number, so the gate does not open",
}
_CHANGED = "any group changed"
_RULE = re.compile(
    r"(?P<bar>\|?)\s*(?P<name>[A-Za-z]\w*)\s*(?P<end>\|?)\s*(?P<sign>[<>])\s*"
    r"(?P<limit>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<percent>%?)"
)


class Rule(NamedTuple):
    """A number that is too large, or too small."""

    text: str  # as it was written
    name: str  # of the number; empty where any changed group is refused
    sign: str = ">"  # refused where the number is so to `limit`
    limit: float = math.nan
    size: bool = False  # whether the number's sign is left out

    def of(self, found: Measure) -> Verdict:
        """The verdict over a number."""
        value, low, high = _without_sign(found) if self.size else found[:3]
        written = f"{spelled(value, found.unit)} {interval(low, high, found.unit)}".strip()
        if math.isnan(value):
            return Verdict(self, "unmeasured", "not measured")
        ends = (value, value) if math.isnan(low) and math.isnan(high) else (low, high)
        beyond = [end > self.limit if self.sign == ">" else end < self.limit for end in ends]
        outcome = "fail" if all(beyond) else "open" if any(beyond) else "pass"
        return Verdict(self, outcome, written)


class Verdict(NamedTuple):
    """What a rule found in one run."""

    rule: Rule
    outcome: str  # a key of `VERDICTS`
    found: str  # the number with its interval, or the groups that changed


def rule(text: str) -> Rule:
    """A rule as it is written: `mean_kl > 0.05`, `flips > 3 %`, `|shift| > 0.1`, `any group
    changed`.

    Raises:
        BadSpec: If it is none of these.
    """
    words = " ".join(text.split())
    if words.lower() == _CHANGED:
        return Rule(words, "")
    read = _RULE.fullmatch(words)
    if read is None or bool(read["bar"]) != bool(read["end"]):
        raise BadSpec(
            f"{text!r} is no limit.",
            fix='Write a number of the run, > or <, and a value: "mean_kl > 0.05", '
            f'"flips > 3 %", "|shift| > 0.1"; or "{_CHANGED}".',
        )
    limit = float(read["limit"]) / (100 if read["percent"] else 1)
    if not math.isfinite(limit):
        raise BadSpec(f"{text!r} has no limit that a number can reach.", fix="Write a smaller one.")
    return Rule(words, read["name"], read["sign"], limit, bool(read["bar"]))


def judged(
    rules: Sequence[Rule], numbers: Mapping[str, Measure], groups: Groups
) -> Iterator[Verdict]:
    """The verdict of each rule over one run, in English.

    Raises:
        BadSpec: If a rule names a number that such a run never has.
    """
    with speaking("en"):
        for one in rules:
            if not one.name:
                yield _of_groups(one, groups)
            elif one.name in numbers:
                _refuse_unit(one, numbers[one.name].unit)
                yield one.of(numbers[one.name])
            else:
                raise BadSpec(
                    f"{one.text!r}: this run has no {one.name}.",
                    fix=f"It has {', '.join(sorted(numbers))}.",
                )


def _refuse_unit(one: Rule, unit: str) -> None:
    """A limit that no number in this unit can break would let everything through."""
    if unit == "share" and abs(one.limit) > 1:
        raise BadSpec(
            f"{one.text!r}: {one.name} is a share, from 0 to 1.",
            fix=f"Write {one.limit:g} % where you mean that.",
        )
    if "%" in one.text and unit not in ("", "share", "probability"):
        raise BadSpec(
            f"{one.text!r}: {one.name} is in {unit}, of which there is no per cent.",
            fix="Write the limit without it.",
        )


def _of_groups(one: Rule, groups: Groups) -> Verdict:
    if groups.why:
        return Verdict(one, "unmeasured", groups.why)
    if groups.changed:
        return Verdict(one, "fail", f"{', '.join(groups.changed)} (of {groups.of}, Holm)")
    return Verdict(one, "pass", f"none of {groups.of} (Holm)")


def _without_sign(found: Measure) -> tuple[float, float, float]:
    value, low, high = found[:3]
    if low <= 0 <= high:
        return abs(value), 0.0, max(-low, high)
    return abs(value), min(abs(low), abs(high)), max(abs(low), abs(high))
