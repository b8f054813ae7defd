"""The sentences under the pictures: what each shows, and what may not be concluded."""

from __future__ import annotations

from fairviz.benchmarks import labels
from fairviz.benchmarks.change import REFERENCES
from fairviz.benchmarks.overview import Quality
from fairviz.benchmarks.wanted import Wanted
from fairviz.i18n import N_, _, ngettext
from fairviz.ui.plain import plain

_WORSE = {
    "higher": N_("Higher is worse."),
    "lower": N_("Lower is worse."),
    "away_from_0": N_("Further from 0 is worse, on either side."),
}
SINGLE = N_("Each number is a single run.")
NO_P = N_(
    "No question's outcome is published, so no difference has a p-value, and none is pooled over "
    "settings: they are forms of the same few models on the same prompts."
)


def _paragraph(*sentences: str) -> str:
    return " ".join(one for one in sentences if one)


def thing(ask: Wanted) -> str:
    """What the numbers are about: benchmark, axis, group."""
    parts = [labels.benchmark(ask.benchmark), labels.word(ask.axis), labels.word(ask.group)]
    return ", ".join(plain(part) for part in parts if part)


def direction(ask: Wanted) -> str:
    """Which way harm lies."""
    return _(_WORSE.get(ask.metric.worse, N_("No way is the worse one by itself.")))


def overview(ask: Wanted, many: int, rho: float, quality: Quality) -> str:
    """Under the overview."""
    dots = ngettext(
        "{n} compressed model; its sign is its change from {reference}; 13B models are larger "
        "signs.",
        "{n} compressed models; each sign is one, its change from {reference}; 13B models are "
        "larger signs.",
        many,
        reference=_(REFERENCES[ask.reference]),
    )
    lost = (
        N_("Quality is lost to the right.")
        if quality.relative
        else N_("Quality is lost to the left.")
    )
    collapse = (
        N_("A dot that is low and far to the right is a model that says less of anything.")
        if quality.relative
        else N_("A dot that is low and far to the left is a model that says less of anything.")
    )
    correlated = (
        _(
            "Over these points Spearman's ρ is {rho:+.2f}: a description of this picture, not a "
            "test.",
            rho=rho,
        )
        if rho == rho
        else ""
    )
    return _paragraph(
        dots,
        direction(ask),
        _(lost),
        _(collapse) if ask.metric.worse == "higher" else "",
        correlated,
        _(SINGLE),
        _(NO_P),
    )


def curves(ask: Wanted) -> str:
    """Under the curves."""
    return _paragraph(
        ask.metric.meaning,
        direction(ask),
        _(
            "Lines are unstructured pruning, single signs are quantized models (at 50 % for 8 "
            "bits, 75 % for 4) and the patterns 2:4 (◁) and 4:8 (▷); the dotted level is the "
            "baseline."
        ),
        _(SINGLE),
        _("A step along a line can be chance."),
    )


def dialect() -> str:
    """Between the two dialect pictures."""
    return _(
        "**Ratio and gap can disagree.** A model that gets worse for everybody can have a "
        "shrinking ratio while the gap in perplexity widens: read both before saying that a "
        "dialect is served better or worse. The AAE and the white-aligned tweets are different "
        "tweets."
    )


def heat(ask: Wanted, dropped: int) -> str:
    """Under the heat-map."""
    few = _("Groups of fewer than 50 items stand last with their n and are not to be ranked.")
    return _paragraph(
        _(
            "Change from {reference}, compressed minus reference: orange (+) rose, blue (−) fell.",
            reference=_(REFERENCES[ask.reference]),
        ),
        direction(ask),
        _(
            "Colour is full at the 95 % quantile of all changes shown, so that one collapsed "
            "model does not pale the others."
        ),
        few if dropped else "",
        _(SINGLE),
        _(NO_P),
    )


def dumbbell(ask: Wanted, known: bool) -> str:
    """Under the dumbbells."""
    if not known:
        unknown = _(
            "No interval is drawn: the study does not say how many items stand behind a number, "
            "and they cannot be recovered for this metric."
        )
        return _paragraph(unknown, _(SINGLE))
    kind = (
        N_("Bars are 95 % binomial (Wilson) intervals of one share.")
        if ask.metric.kind == "share"
        else N_(
            "Bars are 95 % binomial (Wilson) intervals; for a mean of probabilities they are too "
            "wide rather than too narrow."
        )
    )
    paired = _(
        "Both models answered the same prompts, so that the bars overlap does not say that "
        "nothing changed; the interval of a difference stands on its sign."
    )
    return _paragraph(_(kind), paired, _(SINGLE))


def ranks(ask: Wanted) -> str:
    """Under the sorted curves."""
    places = _(
        "Every subject's γ, sorted from the most to the least favoured, as published. The study's "
        "file puts a name above each place, but the values were sorted without their names, so "
        "whose number stands where cannot be known: the same place in two models is not the same "
        "subject. A steeper curve is a stronger preference."
    )
    return _paragraph(places, _(SINGLE))


def spread(ask: Wanted, floor: bool, of_changes: bool) -> str:
    """Under the spread."""
    chance = (
        N_(
            "The grey area is chance: if all groups had one rate, their sizes alone would put them "
            "this far apart, up to the level that 19 of 20 draws stay below. It falls when the "
            "rate itself falls, so a collapsed model has both a small spread and a small floor."
        )
        if floor
        else N_(
            "No noise floor is drawn: how far two models' answers to the same prompts differ by "
            "chance cannot be told without them."
        )
        if of_changes
        else N_(
            "No noise floor is drawn, since the sizes of these groups are not known: part of any "
            "spread is chance."
        )
    )
    over = _(
        "Standard deviation over the groups (of 50 items or more, where sizes are known; controls "
        "left out)."
    )
    return _paragraph(over, _(chance), _(SINGLE), _(NO_P))
