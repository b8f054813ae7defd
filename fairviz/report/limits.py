"""What the report cannot show, written from what it holds: a sentence with its reason, or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fairviz.analyses.presentation import Facts, Presentation
from fairviz.core.declared import sentences_of
from fairviz.i18n import joined

_say = sentences_of(__file__)

# Fewer prompts or items than this leave intervals that hide most effects.
FEW = 100


def limits(sections: Sequence[Presentation]) -> tuple[str, ...]:
    """The limits of a report as a whole, the gravest first; empty where nothing was measured."""
    facts = [one.facts for one in sections if one.kind != "text"]
    return tuple(_say(name, **values) for name, values in _of(facts))


def _of(facts: Sequence[Facts]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The sentences of `limits.toml` that hold, and what stands in their fields."""
    shown = [one for one in facts if not one.missing]
    measured = [one for one in shown if one.measured]
    if len(shown) < len(facts):
        yield "missing", {"n": len(facts) - len(shown)}
    yield from _published(shown)
    yield from _models(measured)
    yield from _size(shown)
    yield from _tests(shown)
    if any(one.reviewers == 1 for one in shown):
        yield "one_reviewer", {}
    elif any(one.reviewers == 0 for one in shown):
        yield "no_reviewer", {}
    if {one.device.split(":")[0] for one in measured if one.device} == {"cpu"}:
        yield "cpu", {}
    if shown:
        yield "chosen", {}


def _published(facts: Sequence[Facts]) -> Iterator[tuple[str, dict[str, Any]]]:
    published, flagged = sum(one.published for one in facts), sum(one.flagged for one in facts)
    if flagged:
        yield "flagged", {"n": flagged, "published": _say("published", n=published)}
    if any(one.published and not one.item_level for one in facts):
        yield "not_item_level", {}


def _models(facts: Sequence[Facts]) -> Iterator[tuple[str, dict[str, Any]]]:
    if any(one.bundled for one in facts):
        yield "bundled", {}
    pairs = {one.pair for one in facts}
    # Where many forms stand beside a baseline, none is named.
    if len(pairs) == 1 and all(*pairs):
        baseline, compressed = next(iter(pairs))
        yield "one_pair", {"baseline": baseline, "compressed": compressed}
    calibrated = sorted({one for fact in facts for one in fact.calibrations})
    if calibrated:
        yield "calibrated", {"methods": joined(calibrated)}
    written = [one for one in facts if one.greedy is not None]
    seeds = {seed for one in facts for seed in one.seeds}
    if written and all(one.greedy for one in written):
        yield "greedy", {}
    elif len(seeds) == 1:
        yield "one_seed", {"seed": str(*seeds)}


def _size(facts: Sequence[Facts]) -> Iterator[tuple[str, dict[str, Any]]]:
    singles = sum(one.n == 1 for one in facts)
    if singles:
        yield "singles", {"n": singles}
    several = [one.n for one in facts if one.n is not None and one.n > 1]
    if several and min(several) < FEW:
        yield "few", {"n": min(several)}
    left = sum(one.left_out for one in facts)
    if left:
        yield "left_out", {"n": left}
    if any(one.floor is False for one in facts):
        yield "no_floor", {}


def _tests(facts: Sequence[Facts]) -> Iterator[tuple[str, dict[str, Any]]]:
    tested = [one for one in facts if one.tests]
    if any(one.tests > 1 and not one.corrected for one in tested):
        yield "uncorrected", {"n": sum(one.tests for one in tested if not one.corrected)}
    if len(tested) > 1:
        yield "apart", {"n": len(tested)}
