"""A blind review, presented: what people preferred, how far they agree, where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fairviz.analyses.identity import when
from fairviz.analyses.option import Option
from fairviz.analyses.presentation import Chip, Facts, Presentation, Rows, Table, Text
from fairviz.analyses.review.record import Review
from fairviz.analyses.review.result import Judged, Result, Reviewer, result, said, sides
from fairviz.analyses.review.words import ANSWERS, SIDES, TITLES, alpha, left_out, reading
from fairviz.i18n import _, joined, ngettext, number

if TYPE_CHECKING:
    import pandas as pd

_DIFFERING = 3


def options(review: Review) -> tuple[Option, ...]:
    """Nothing of a review can be shown otherwise."""
    return ()


def present(review: Review, given: Mapping[str, Any], audience: str = "report") -> Presentation:
    """Everything about one review, models named.

    Args:
        review: With all its answers.
        given: Nothing is read of it.
        audience: A `page` opens every pair on which people differ by itself; elsewhere some of
            their texts and a table stand for them.
    """
    found = result(review)
    pairs = list(found.pairs)
    names = pairs[0] if len(pairs) == 1 else ("", "")
    tables = [
        Table(_("Preferences, a vote for each pair of texts"), _tests(found), folded=False),
        Table(_("Reviewer by reviewer"), _people(found), folded=False),
        Table(_("Agreement of the reviewers"), _agreements(found), folded=False),
        Table(_("Every answer, counted"), _counts(found)),
    ]
    texts: tuple[Text, ...] = ()
    if audience != "page":
        caption = _("Pairs on which the reviewers differ")
        tables.append(Table(caption, _differing(found), sensitive=review.sensitive))
        texts = tuple(
            text for judged in found.disagreements[:_DIFFERING] for text in _texts(judged)
        )
    return Presentation(
        kind="review",
        title=_("Blind review: {title}", title=review.title),
        question=_question(found),
        texts=texts,
        tables=tuple(tables),
        allowed=found.sentences(),
        not_allowed=(*found.limits(), *_how_to_read()),
        provenance=_provenance(found),
        sensitive=review.sensitive,
        facts=Facts(
            pair=names,
            n=found.judged,
            tests=len(found.tests),
            corrected=True,
            reviewers=len(found.reviewers),
            left_out=sum(review.left_out.values()),
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


def _question(found: Result) -> Rows:
    people = [
        one.name if one.finished else _("{name} (has not ended)", name=one.name)
        for one in found.reviewers
    ]
    return (
        (_("Models, hidden from the reviewers"), joined([" → ".join(two) for two in found.pairs])),
        (_("Pairs of texts"), number(len(found.review.items), ",d")),
        (_("Reviewers"), joined(people) or "–"),
        (_("Questions"), joined([_(title) for title in TITLES.values()])),
    )


def _tests(found: Result) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                _("Question"): _(TITLES[test.question]),
                _("Against the compressed model's text"): test.compressed,
                _("Against the baseline's text"): test.baseline,
                _("No difference"): test.same,
                _("Undecided"): test.open,
                _("Share against the compressed model's"): test.share,
                _("Clopper-Pearson 95 %, low"): test.low,
                _("Clopper-Pearson 95 %, high"): test.high,
                _("p (sign test)"): test.p,
                _("p (Holm)"): test.p_holm,
            }
            for test in found.tests
        ]
    )


def _people(found: Result) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                _("Reviewer"): person.name,
                _("Pairs answered"): person.answered,
                _("Compressed model's text worse"): person.preference.compressed,
                _("Baseline's text worse"): person.preference.baseline,
                _("No difference"): person.preference.same,
                _("Share compressed"): person.preference.share,
                _("Clopper-Pearson 95 %, low"): person.preference.low,
                _("Clopper-Pearson 95 %, high"): person.preference.high,
                _("How far"): _state(person),
            }
            for person in found.reviewers
        ]
    )


def _state(person: Reviewer) -> str:
    state = _("ended") if person.finished else _("under way")
    if not person.unreadable:
        return state
    torn = ngettext("{n} torn line passed over", "{n} torn lines passed over", person.unreadable)
    return f"{state}, {torn}"


def _agreements(found: Result) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                _("Question"): _(TITLES[one.question]),
                _("Krippendorff's alpha"): alpha(one),
                _("Texts or pairs with two answers or more"): one.units,
                _("Answers"): one.answers,
                _("What that allows"): reading(one),
            }
            for one in found.agreements
        ]
    )


def _counts(found: Result) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                _("Question"): _(TITLES[one.question]),
                _("About which text"): _(SIDES[one.side]),
                _("Answer"): _(ANSWERS[one.answer]),
                _("Answers"): one.answers,
                _("Pairs"): one.items,
            }
            for one in found.counts
        ]
    )


def _differing(found: Result) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for one in found.disagreements:
        for question in one.differ:
            for side in sides(question):
                row = {
                    _("Prompt"): one.item.prompt,
                    _("Question"): _(TITLES[question]),
                    _("About which text"): _(SIDES[side]),
                }
                for who, answer in one.answers.items():
                    row[who] = _(ANSWERS.get(said(answer, question, side), ""))
                rows.append(row)
    return pd.DataFrame(rows)


def _texts(one: Judged) -> list[Text]:
    titles = (_("Baseline, pair {id}", id=one.item.id), _("Compressed model, pair {id}",
                                                            id=one.item.id))  # fmt: skip
    return [
        Text(title, side, one.item.prompt, (Chip(text),))
        for side, title, text in zip(
            ("baseline", "compressed"), titles, one.item.texts, strict=True
        )
        if text
    ]


def _provenance(found: Result) -> Rows:
    review = found.review
    dates = sorted({str(item.provenance.get("date", "")) for item in review.items} - {""})
    rows = [
        (_("Made"), when(review.date)),
        (_("Seed of the sides and the orders"), review.seed),
        (_("Versions"), f"fairviz {review.version}" if review.version else "–"),
    ]
    if dates:
        rows.append((_("The texts were written"), joined([when(one) for one in dates[:4]])))
    if review.left_out:
        rows.append((_("Left out"), joined(left_out(review.left_out))))
    return tuple(rows)
