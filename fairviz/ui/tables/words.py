"""The sentences under the pictures: what each shows, and what may not be concluded."""

from __future__ import annotations

from fairviz.benchmarks import labels
from fairviz.benchmarks.change import REFERENCES
from fairviz.benchmarks.overview import Quality
from fairviz.benchmarks.wanted import Wanted
from fairviz.ui.plain import plain

_WORSE = {
    "higher": "Higher is worse.",
    "lower": "Lower is worse.",
    "away_from_0": "Further from 0 is worse, on either side.",
}
SINGLE = "Each number is a single run."
NO_P = (
    "No question's outcome is published, so no difference has a p-value, and none is pooled over "
    "settings: they are forms of the same few models on the same prompts."
)


def thing(ask: Wanted) -> str:
    """What the numbers are about: benchmark, axis, group."""
    parts = [labels.benchmark(ask.benchmark), labels.word(ask.axis), labels.word(ask.group)]
    return ", ".join(plain(part) for part in parts if part)


def direction(ask: Wanted) -> str:
    """Which way harm lies."""
    return _WORSE.get(ask.metric.worse, "No way is the worse one by itself.")


def overview(ask: Wanted, many: int, rho: float, quality: Quality) -> str:
    """Under the overview."""
    side = "to the right" if quality.relative else "to the left"
    told = (
        f" Over these points Spearman's ρ is {rho:+.2f}: a description of this picture, not a test."
        if rho == rho
        else ""
    )
    collapse = (
        f" A dot that is low and far {side} is a model that says less of anything."
        if ask.metric.worse == "higher"
        else ""
    )
    return (
        f"{many} compressed models; each sign is one, its change from {REFERENCES[ask.reference]}; "
        f"13B models are larger signs. {direction(ask)} Quality is lost {side}.{collapse}{told} "
        f"{SINGLE} {NO_P}"
    )


def curves(ask: Wanted) -> str:
    """Under the curves."""
    return (
        f"{ask.metric.meaning} {direction(ask)} Lines are unstructured pruning, single signs are "
        "quantized models (at 50 % for 8 bits, 75 % for 4) and the patterns 2:4 (◁) and 4:8 (▷); "
        f"the dotted level is the baseline. {SINGLE} A step along a line can be chance."
    )


def dialect() -> str:
    """Between the two dialect pictures."""
    return (
        "**Ratio and gap can disagree.** A model that gets worse for everybody can have a "
        "shrinking ratio while the gap in perplexity widens: read both before saying that a "
        "dialect is served better or worse. The AAE and the white-aligned tweets are different "
        "tweets."
    )


def heat(ask: Wanted, dropped: int) -> str:
    """Under the heat-map."""
    few = (
        " Groups of fewer than 50 items stand last with their n and are not to be ranked."
        if dropped
        else ""
    )
    return (
        f"Change from {REFERENCES[ask.reference]}, compressed minus reference: orange rose, blue "
        f"fell. {direction(ask)} Colour is full at the 95 % quantile of all changes shown, so that "
        f"one collapsed model does not pale the others.{few} {SINGLE} {NO_P}"
    )


def dumbbell(ask: Wanted, known: bool) -> str:
    """Under the dumbbells."""
    kind = (
        "Bars are 95 % binomial (Wilson) intervals of one share"
        if ask.metric.kind == "share"
        else "Bars are 95 % binomial (Wilson) intervals; for a mean of probabilities they are too "
        "wide rather than too narrow"
    )
    bars = (
        f"{kind}. Both models answered the same prompts, so that the bars overlap does not say "
        "that nothing changed; the interval of a difference stands on its sign."
        if known
        else "No interval is drawn: the study does not say how many items stand behind a number, "
        "and they cannot be recovered for this metric."
    )
    return f"{bars} {SINGLE}"


def ranks(ask: Wanted) -> str:
    """Under the sorted curves."""
    return (
        "Every subject's γ, sorted from the most to the least favoured, as published. The study's "
        "file puts a name above each place, but the values were sorted without their names, so "
        "whose number stands where cannot be known: the same place in two models is not the same "
        f"subject. A steeper curve is a stronger preference. {SINGLE}"
    )


def spread(ask: Wanted, floor: bool, of_changes: bool) -> str:
    """Under the spread."""
    chance = (
        "The grey area is chance: if all groups had one rate, their sizes alone would put them "
        "this far apart, up to the level that 19 of 20 draws stay below. It falls when the rate "
        "itself falls, so a collapsed model has both a small spread and a small floor."
        if floor
        else "No noise floor is drawn: how far two models' answers to the same prompts differ by "
        "chance cannot be told without them."
        if of_changes
        else "No noise floor is drawn, since the sizes of these groups are not known: part of any "
        "spread is chance."
    )
    return (
        "Standard deviation over the groups (of 50 items or more, where sizes are known; controls "
        f"left out). {chance} {SINGLE} {NO_P}"
    )
