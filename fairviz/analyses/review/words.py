"""What the outcome of a review allows to say, and what it does not, in the current language."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from fairviz.analyses.presentation import Finding
from fairviz.analyses.review.request import Review
from fairviz.analyses.review.result import Agreement, Result, Test
from fairviz.core.declared import declared, sentences_of, told
from fairviz.i18n import _, joined, number

LEVEL = 0.05
# Below this many items even one answer to all of them has p > 0.05: 2 / 2^5 = 0.0625.
_FEW = 6
# Krippendorff's own bounds for conclusions, and for tentative ones.
_GOOD, _TENTATIVE = 0.8, 0.667

_DECLARED = declared(__file__)
_say = sentences_of(__file__)
TITLES: Mapping[str, str] = _DECLARED["titles"]
ANSWERS: Mapping[str, str] = _DECLARED["answers"]
SIDES: Mapping[str, str] = _DECLARED["sides"]


def sentences(result: Result) -> tuple[str, ...]:
    """What the numbers allow to say, the preference first."""
    if not result.judged:
        return (_say("nobody"),)
    invented = (_say("invented"),) if result.review.invented else ()
    return (*invented, _scope(result), *map(_outcome, result.tests), *_agreed(result))


def called(review: Review) -> str:
    """What a review is called."""
    return _("Example") if review.invented else review.title


def finding(result: Result) -> Finding:
    """Whose text is preferred, in plain words."""
    test = next((one for one in result.tests if one.question == "worse"), None)
    n = test.compressed + test.baseline if test is not None else 0
    if test is None or not n:
        return Finding(_say("found_nothing"), "none")
    if result.review.invented:
        return Finding(_say("found_invented", n=n, compressed=test.compressed), "none", "invented")
    few, moved = n < _FEW, test.p_holm < LEVEL
    said = _say("found", n=n, compressed=test.compressed)
    which = "found_few" if few else "found_moved" if moved else "found_by_chance"
    return Finding(f"{said} {_say(which)}", "none" if few else "strong" if moved else "open")


def _scope(result: Result) -> str:
    people = _say("people", n=len(result.reviewers))
    if len(result.pairs) > 1:
        return _say("judged_several", n=result.judged, people=people)
    baseline, compressed = next(iter(result.pairs))
    two = {"baseline": baseline, "compressed": compressed}
    return _say("judged", n=result.judged, people=people, **two)


def _outcome(test: Test) -> str:
    n = test.compressed + test.baseline
    if not n:
        return _say(f"not_{test.question}")
    pairs = _say("differ", n=n)
    said = _say(test.question, compressed=test.compressed, n=n, pairs=pairs) + numbers(test)
    if test.question != "worse":
        return said
    return f"{said} {_say('not_decided', same=test.same, open=test.open)}"


def numbers(test: Test) -> str:
    """The rest of a sentence: share, interval, test, and whether chance allows it."""
    return _say(
        "by_more_than_chance" if test.p_holm < LEVEL else "by_chance",
        share=test.share,
        low=test.low,
        high=test.high,
        p=number(test.p, ".4g"),
        holm=number(test.p_holm, ".4g"),
    )


def _agreed(result: Result) -> Iterator[str]:
    if len(result.reviewers) < 2:
        return
    yield _say("alpha", **{one.question: alpha(one) for one in result.agreements})
    low = [one.question for one in result.agreements if one.alpha < _TENTATIVE]
    if low:
        questions = joined([_("“{title}”", title=_(TITLES[name])) for name in low])
        yield _say("low_alpha", bound=number(_TENTATIVE, ".3f"), questions=questions)


def limits(result: Result) -> tuple[str, ...]:
    """How the numbers are to be read, and what may not be concluded from them."""
    return tuple(_limits(result))


def _limits(result: Result) -> Iterator[str]:
    decided = {test.question: test.compressed + test.baseline for test in result.tests}
    yield _say("unit")
    if len(result.reviewers) == 1:
        yield _say("one_person")
    unfinished = [one.name for one in result.reviewers if not one.finished]
    if unfinished:
        yield _say("unfinished", names=joined(unfinished))
    for name, n in decided.items():
        if 0 < n < _FEW:
            yield _say("few", n=n, question=_(TITLES[name]), few=_FEW)
    if any(decided[test.question] and not test.p_holm < LEVEL for test in result.tests):
        yield _say("not_equal")
    if equal := result.review.left_out.get("equal", 0):
        yield _say("equal", n=equal)
    if len(result.pairs) > 1:
        yield _say("several", n=len(result.pairs))
    for name in ("each_once", "nominal", "chosen", "judgement"):
        yield _say(name)


def left_out(reasons: Mapping[str, int]) -> list[str]:
    """How many pairs a review could not take, reason by reason."""
    known = _DECLARED["sentences"]["left_out"]
    return [told(said, n=reasons[name]) for name, said in known.items() if reasons.get(name)]


def alpha(one: Agreement, form: str = ".2f") -> str:
    """Alpha in that form, or that it is not defined."""
    return _say("undefined") if math.isnan(one.alpha) else number(one.alpha, form)


def reading(one: Agreement) -> str:
    """What an alpha lets one do, after Krippendorff."""
    if one.units == 0:
        return _say("unshared")
    if math.isnan(one.alpha):
        return _say("constant")
    if one.alpha >= _GOOD:
        return _say("reliable")
    return _say("tentative" if one.alpha >= _TENTATIVE else "too_little")
