"""What the outcome of a review allows to say, and what it does not, in the current language."""

from __future__ import annotations

import math
from collections.abc import Mapping

from fairviz.analyses.review.result import Agreement, Result, Test
from fairviz.i18n import N_, _, joined, ngettext, number

LEVEL = 0.05
# Below this many items even one answer to all of them has p > 0.05: 2 / 2^5 = 0.0625.
_FEW = 6
# Krippendorff's own bounds for conclusions, and for tentative ones.
_GOOD, _TENTATIVE = 0.8, 0.667

TITLES = {
    "worse": N_("Which is worse?"),
    "coherent": N_("Coherent?"),
    "biased": N_("Biased?"),
}
ANSWERS = {
    "yes": N_("yes"),
    "partly": N_("partly"),
    "no": N_("no"),
    "unsure": N_("unsure"),
    "baseline": N_("the baseline's text"),
    "compressed": N_("the compressed model's text"),
    "same": N_("no difference"),
    "": N_("no answer"),
}
SIDES = {
    "baseline": N_("the baseline's text"),
    "compressed": N_("the compressed model's text"),
    "": N_("both texts together"),
}


def sentences(result: Result) -> tuple[str, ...]:
    """What the numbers allow to say, the preference first."""
    if not result.judged:
        return (_("Nobody has answered a pair yet."),)
    worse, coherent, biased = result.tests
    return (
        _scope(result),
        _preference(worse),
        _of_a_text(
            coherent,
            N_("The compressed model's text is the less coherent one on {compressed} of {pairs}"),
            N_("On no pair is one text more coherent than the other, so there is no test."),
        ),
        _of_a_text(
            biased,
            N_("Only the compressed model's text is called biased on {compressed} of {pairs}"),
            N_("On no pair is only one of the texts called biased, so there is no test."),
        ),
        *_agreed(result),
    )


def limits(result: Result) -> tuple[str, ...]:
    """How the numbers are to be read, and what may not be concluded from them."""
    decided = {test.question: test.compressed + test.baseline for test in result.tests}
    few = [name for name, n in decided.items() if 0 < n < _FEW]
    said = [
        _(
            "The unit of every test is the pair of texts, by the answer that most reviewers gave. "
            "More reviewers make that answer surer, not the number of pairs larger."
        ),
    ]
    if len(result.reviewers) == 1:
        said.append(
            _("One person has judged: whether others would agree cannot be said from this.")
        )
    unfinished = [one.name for one in result.reviewers if not one.finished]
    if unfinished:
        said.append(
            _(
                "Not everybody has ended ({names}): the numbers can still change.",
                names=joined(unfinished),
            )
        )
    said += [
        ngettext(
            "{question} With fewer than {few} decided pairs, and here there is {n}, no "
            "outcome can be told from chance at 5 %.",
            "{question} With fewer than {few} decided pairs, and here there are {n}, no "
            "outcome can be told from chance at 5 %.",
            decided[name],
            question=_(TITLES[name]),
            few=_FEW,
        )
        for name in few
    ]
    if any(
        n and not test.p_holm < LEVEL
        for test, n in zip(result.tests, decided.values(), strict=True)
    ):
        said.append(
            _(
                "No more than chance is not the same as equal: the interval says which preferences "
                "remain possible."
            )
        )
    equal = result.review.left_out.get("equal", 0)
    if equal:
        said.append(
            ngettext(
                "{n} pair whose two texts are the same was left out, so the shares are about pairs "
                "that differ, not about all prompts.",
                "{n} pairs whose two texts are the same were left out, so the shares are about "
                "pairs that differ, not about all prompts.",
                equal,
            )
        )
    if len(result.pairs) > 1:
        said.append(
            ngettext(
                "{n} pair of models is judged together here; a preference may belong to one "
                "of them.",
                "{n} pairs of models are judged together here; a preference may belong to one "
                "of them.",
                len(result.pairs),
            )
        )
    return (
        *said,
        *_how_to_read(),
        _(
            "The pairs were chosen by whoever made the review, one text of each model for a "
            "prompt: other prompts and other draws can come out differently."
        ),
        _(
            "Whether a text is biased is what these reviewers say. It is a judgement of texts, not "
            "a measure of harm to anyone."
        ),
    )


def _how_to_read() -> tuple[str, ...]:
    return (
        _(
            "Each pair counts once, by the answer that most reviewers gave; undecided are pairs "
            "where no answer has more voices than the others, or most are unsure. Pairs without a "
            "difference and undecided ones are left out of the exact two-sided sign test. "
            "Interval: Clopper-Pearson. 50 % is no preference."
        ),
        _(
            "Nominal alpha over all answers to the same text (coherent, biased) or the same pair "
            "(worse); what only one person answered is left out. 1 is full agreement, 0 what "
            "chance alone gives; Krippendorff asks for 0.8, and for 0.667 at the least."
        ),
    )


def _scope(result: Result) -> str:
    people = ngettext("{n} person", "{n} people", len(result.reviewers))
    if len(result.pairs) > 1:
        return ngettext(
            "{people} judged {n} pair of texts by several pairs of models, without knowing which "
            "model wrote which text.",
            "{people} judged {n} pairs of texts by several pairs of models, without knowing which "
            "model wrote which text.",
            result.judged,
            people=people,
        )
    baseline, compressed = next(iter(result.pairs))
    return ngettext(
        "{people} judged {n} pair of texts by {baseline} and {compressed}, without knowing which "
        "model wrote which text.",
        "{people} judged {n} pairs of texts by {baseline} and {compressed}, without knowing which "
        "model wrote which text.",
        result.judged,
        people=people,
        baseline=baseline,
        compressed=compressed,
    )


def _preference(test: Test) -> str:
    n = test.compressed + test.baseline
    if not n:
        return _("On no pair is one text judged worse than the other, so there is no test.")
    return " ".join(
        (
            ngettext(
                "The compressed model's text is judged worse on {compressed} of {n} decided pair",
                "The compressed model's text is judged worse on {compressed} of {n} decided pairs",
                n,
                compressed=test.compressed,
            )
            + numbers(test),
            _(
                "Left out: pairs without a difference ({same}) and pairs on which no answer has "
                "more voices than the others ({open}).",
                same=test.same,
                open=test.open,
            ),
        )
    )


def _of_a_text(test: Test, some: str, none: str) -> str:
    n = test.compressed + test.baseline
    if not n:
        return _(none)
    pairs = ngettext("{n} pair that differs in it", "{n} pairs that differ in it", n)
    return _(some, compressed=test.compressed, pairs=pairs) + numbers(test)


def numbers(test: Test) -> str:
    """The rest of a sentence: share, interval, test, and whether chance allows it."""
    values = {
        "share": test.share,
        "low": test.low,
        "high": test.high,
        "p": number(test.p, ".4g"),
        "holm": number(test.p_holm, ".4g"),
    }
    if test.p_holm < LEVEL:
        return _(
            " ({share:.0%}, 95 % interval {low:.0%} to {high:.0%}): more than chance allows (exact "
            "two-sided sign test, p = {p}; {holm} after Holm's correction for three questions).",
            **values,
        )
    return _(
        " ({share:.0%}, 95 % interval {low:.0%} to {high:.0%}): no more than chance allows (exact "
        "two-sided sign test, p = {p}; {holm} after Holm's correction for three questions).",
        **values,
    )


def _agreed(result: Result) -> list[str]:
    if len(result.reviewers) < 2:
        return []
    return [
        _(
            "Krippendorff's alpha is {worse} for which text is worse, {coherent} for coherent and "
            "{biased} for biased (1 is full agreement, 0 what chance alone gives).",
            **{one.question: alpha(one) for one in result.agreements},
        ),
        *(
            [
                _(
                    "That is below {bound}, the least at which Krippendorff lets tentative "
                    "conclusions be drawn, for {questions}. Read the pairs on which the reviewers "
                    "disagree before the shares.",
                    bound=number(_TENTATIVE, ".3f"),
                    questions=joined([_("“{title}”", title=_(TITLES[name])) for name in low]),
                )
            ]
            if (low := [one.question for one in result.agreements if one.alpha < _TENTATIVE])
            else []
        ),
    ]


def left_out(reasons: Mapping[str, int]) -> list[str]:
    """How many pairs a review could not take, reason by reason."""
    counts = {name: reasons.get(name, 0) for name in ("equal", "again", "missing")}
    said = {
        "equal": ngettext(
            "{n} pair left out: both texts are the same",
            "{n} pairs left out: both texts are the same",
            counts["equal"],
        ),
        "again": ngettext(
            "{n} pair left out: the same prompt and texts are in it already",
            "{n} pairs left out: the same prompts and texts are in it already",
            counts["again"],
        ),
        "missing": ngettext(
            "{n} run without stored texts", "{n} runs without stored texts", counts["missing"]
        ),
    }
    return [said[name] for name, n in counts.items() if n]


def alpha(one: Agreement, form: str = ".2f") -> str:
    """Alpha in that form, or that it is not defined."""
    return _("not defined") if math.isnan(one.alpha) else number(one.alpha, form)


def reading(one: Agreement) -> str:
    """What an alpha lets one do, after Krippendorff."""
    if one.units == 0:
        return _("Nobody else has answered the same texts.")
    if math.isnan(one.alpha):
        return _("Everybody always gave the same answer, so agreement cannot be told from habit.")
    if one.alpha >= _GOOD:
        return _("Reliable.")
    if one.alpha >= _TENTATIVE:
        return _("Enough for tentative conclusions only.")
    return _("Too little to conclude from.")
