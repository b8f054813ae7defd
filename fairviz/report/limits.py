"""What the report cannot show, written from what it holds: a sentence with its reason, or none."""

from __future__ import annotations

from collections.abc import Sequence

from fairviz.analyses.presentation import Facts, Presentation
from fairviz.i18n import _, joined, ngettext

# Fewer prompts or items than this leave intervals that hide most effects.
FEW = 100


def limits(sections: Sequence[Presentation]) -> tuple[str, ...]:
    """The limits of a report as a whole, the gravest first; empty where nothing was measured."""
    facts = [one.facts for one in sections if one.kind != "text"]
    if not facts:
        return ()
    shown = [one for one in facts if not one.missing]
    measured = [one for one in shown if one.measured]
    said = [
        *_missing(facts),
        *_published(shown),
        *_models(measured),
        *_draws(measured),
        *_size(shown),
        *_tests(shown),
        *_people(shown),
        *_machine(measured),
    ]
    if shown:
        said.append(
            _(
                "The items were chosen by whoever made this report; what was run and left out of "
                "it cannot be seen here."
            )
        )
    return tuple(said)


def _missing(facts: Sequence[Facts]) -> list[str]:
    n = sum(bool(one.missing) for one in facts)
    if not n:
        return []
    return [
        ngettext(
            "{n} item could not be shown when the report was written: what it would say is not "
            "part of it.",
            "{n} items could not be shown when the report was written: what they would say is "
            "not part of it.",
            n,
        )
    ]


def _published(facts: Sequence[Facts]) -> list[str]:
    said = []
    published, flagged = sum(one.published for one in facts), sum(one.flagged for one in facts)
    if flagged:
        said.append(
            ngettext(
                "Of {published}, each counted in every item that shows it, {n:,} has something "
                "known against it (⚑): read what stands beside it before repeating it.",
                "Of {published}, each counted in every item that shows it, {n:,} have something "
                "known against them (⚑): read what stands beside them before repeating one.",
                flagged,
                published=ngettext(
                    "{n:,} published number shown", "{n:,} published numbers shown", published
                ),
            )
        )
    if any(one.published and not one.item_level for one in facts):
        said.append(
            _(
                "The published numbers come without single items: flips cannot be counted, and no "
                "difference between two of them has a test."
            )
        )
    return said


def _models(facts: Sequence[Facts]) -> list[str]:
    said = []
    if any(one.bundled for one in facts):
        said.append(
            _(
                "The small model that comes with fairviz was measured: it learned from a made-up "
                "grammar and shows how the method works, not how a model in use behaves."
            )
        )
    pairs = {one.pair for one in facts}
    if len(pairs) == 1:
        baseline, compressed = next(iter(pairs))
        said.append(
            _(
                "Only one pair of models was measured ({baseline} and {compressed}): nothing here "
                "says what the same method does to another model.",
                baseline=baseline,
                compressed=compressed,
            )
        )
    calibrated = sorted({one for fact in facts for one in fact.calibrations})
    if calibrated:
        said.append(
            _(
                "Each compressed model was calibrated on one text only ({methods}): another "
                "calibration text or seed can change who is hurt.",
                methods=joined(calibrated),
            )
        )
    return said


def _draws(facts: Sequence[Facts]) -> list[str]:
    written = [one for one in facts if one.greedy is not None]
    seeds = {seed for one in facts for seed in one.seeds}
    if written and all(one.greedy for one in written):
        return [
            _(
                "All texts were written greedily: what the models say when they are sampled, as "
                "most applications do, is not shown."
            )
        ]
    if len(seeds) == 1:
        return [
            _(
                "Everything that was drawn has one seed ({seed}): another draw can come out "
                "differently.",
                seed=str(next(iter(seeds))),
            )
        ]
    return []


def _size(facts: Sequence[Facts]) -> list[str]:
    said = []
    singles = sum(one.n == 1 for one in facts)
    if singles:
        said.append(
            ngettext(
                "{n} item shows a single prompt or text: it is an example, from which no rate "
                "follows.",
                "{n} items show a single prompt or text each: they are examples, from which no "
                "rate follows.",
                singles,
            )
        )
    several = [one.n for one in facts if one.n is not None and one.n > 1]
    if several and min(several) < FEW:
        said.append(
            _(
                "The smallest set has {n} prompts, texts or questions: what it does not find may "
                "be there all the same.",
                n=min(several),
            )
        )
    left = sum(one.left_out for one in facts)
    if left:
        said.append(
            ngettext(
                "{n:,} prompt, question or pair could not be used and was left out: the numbers "
                "do not speak for it.",
                "{n:,} prompts, questions or pairs could not be used and were left out: the "
                "numbers do not speak for them.",
                left,
            )
        )
    if any(one.floor is False for one in facts):
        said.append(
            _(
                "For some items the noise floor was not measured: a small shift there cannot be "
                "told from rounding."
            )
        )
    return said


def _tests(facts: Sequence[Facts]) -> list[str]:
    said = []
    tested = [one for one in facts if one.tests]
    if any(one.tests > 1 and not one.corrected for one in tested):
        n = sum(one.tests for one in tested if not one.corrected)
        said.append(
            _(
                "{n} groups are compared without a correction for their number: about one in "
                "twenty of such comparisons looks like a finding by chance.",
                n=n,
            )
        )
    if len(tested) > 1:
        said.append(
            ngettext(
                "{n} item compares groups or holds tests; none is corrected for the others.",
                "{n} items compare groups or hold tests; corrections are made within an item, "
                "never over all of them.",
                len(tested),
            )
        )
    return said


def _people(facts: Sequence[Facts]) -> list[str]:
    if any(one.reviewers == 1 for one in facts):
        return [_("A blind review has one reviewer: whether others would agree cannot be known.")]
    if any(one.reviewers == 0 for one in facts):
        return [_("A blind review has not been answered by anybody yet.")]
    return []


def _machine(facts: Sequence[Facts]) -> list[str]:
    devices = {one.device.split(":")[0] for one in facts if one.device}
    if devices == {"cpu"}:
        return [
            _(
                "Everything ran on a CPU: kernels of a GPU round otherwise, and near a tie that "
                "can change a token."
            )
        ]
    return []
