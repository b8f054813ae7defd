"""A blind review, presented: what people preferred, how far they agree, and where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from fairviz import figures
from fairviz.analyses.identity import when
from fairviz.analyses.presentation import (
    Chip,
    Facts,
    Option,
    Picture,
    Presentation,
    Rows,
    Table,
    Text,
    data_frame,
)
from fairviz.analyses.review.request import Review
from fairviz.analyses.review.result import Judged, Result, Test, result, said, sides
from fairviz.analyses.review.words import (
    ANSWERS,
    SIDES,
    TITLES,
    alpha,
    called,
    finding,
    left_out,
    limits,
    reading,
    sentences,
)
from fairviz.i18n import _, joined, ngettext, number
from fairviz.metrics.traces import BOTH

if TYPE_CHECKING:
    import pandas as pd

# Pairs whose texts stand in a report.
_DIFFERING = 3


def options(review: Review) -> tuple[Option, ...]:
    """Nothing of a review is shown in several ways."""
    return ()


def present(review: Review, given: Mapping[str, Any], audience: str = "report") -> Presentation:
    """Everything about one review, models named.

    Args:
        given: `blur`: whether its texts are hidden whatever they are.
        audience: A `page` shows the pairs on which people differ one by one, so they stand in no
            table and among no texts.
    """
    found = result(review)
    pairs = list(found.pairs)
    sensitive = review.sensitive or bool(given.get("blur"))
    apart = () if audience == "page" else found.disagreements
    folded = audience == "page"  # where a picture says the most of it
    tables = [
        Table(_("Preferences, a vote for each pair of texts"), _tests(found), folded=folded),
        Table(_("Agreement of the reviewers"), _agreements(found), folded=folded),
        Table(_("Reviewer by reviewer"), _people(found), folded=folded),
        Table(_("Every answer, counted"), _counts(found)),
    ]
    if apart:
        title = _("Pairs on which the reviewers differ")
        tables.append(Table(title, _differing(apart), sensitive=sensitive))
    return Presentation(
        kind="review",
        title=_("Blind review: {title}", title=called(review)),
        question=_question(found),
        finding=finding(found),
        texts=tuple(text for judged in apart[:_DIFFERING] for text in _texts(judged)),
        figures=(_votes(found),) if found.judged else (),
        tables=tuple(tables),
        allowed=sentences(found),
        not_allowed=limits(found),
        provenance=_provenance(review),
        sensitive=sensitive,
        facts=Facts(
            pair=pairs[0] if len(pairs) == 1 else ("", ""),
            n=found.judged,
            tests=len(found.tests),
            corrected=True,
            reviewers=len(found.reviewers),
            left_out=sum(review.left_out.values()),
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


def _votes(found: Result) -> Picture:
    questions = [_(TITLES[test.question]) for test in found.tests]
    sides = ("compressed", "baseline", "same", "open")
    pairs = {name: [getattr(test, name) for test in found.tests] for name in sides}
    return Picture(
        figures.review_votes(questions, pairs),
        _("Bars, one a question: how many pairs of texts speak against which model's text."),
        _("Each pair of texts counts once for each question, by the answer that most gave."),
        _tests(found),
        name="votes",
    )


def _tests(found: Result) -> pd.DataFrame:
    return data_frame(
        {
            _("Question"): _(TITLES[test.question]),
            **_against(test),
            _("p (sign test)"): test.p,
            _("p (Holm)"): test.p_holm,
        }
        for test in found.tests
    )


def _against(test: Test) -> dict[str, Any]:
    """Against whose text how many pairs speak."""
    return {
        _("Against the compressed model's text"): test.compressed,
        _("Against the baseline's text"): test.baseline,
        _("No difference"): test.same,
        _("Undecided"): test.open,
        _("Share against the compressed model's"): test.share,
        _("Clopper-Pearson 95 %, low"): test.low,
        _("Clopper-Pearson 95 %, high"): test.high,
    }


def _agreements(found: Result) -> pd.DataFrame:
    return data_frame(
        {
            _("Question"): _(TITLES[one.question]),
            _("Krippendorff's alpha"): alpha(one, ".3f"),
            _("Texts or pairs with two answers or more"): one.units,
            _("Answers"): one.answers,
            _("What that allows"): reading(one),
        }
        for one in found.agreements
    )


def _people(found: Result) -> pd.DataFrame:
    people = []
    for one in found.reviewers:
        state = _("ended") if one.finished else _("under way")
        if one.unreadable:
            torn = ngettext(
                "{n} torn line passed over", "{n} torn lines passed over", one.unreadable
            )
            state = f"{state}, {torn}"
        answered = {_("Reviewer"): one.name, _("Pairs answered"): one.answered}
        people.append({**answered, **_against(one.preference), _("How far"): state})
    return data_frame(people).drop(columns=_("Undecided"), errors="ignore")


def _counts(found: Result) -> pd.DataFrame:
    return data_frame(
        {
            _("Question"): _(TITLES[one.question]),
            _("About which text"): _(SIDES[one.side]),
            _("Answer"): _(ANSWERS[one.answer]),
            _("Answers"): one.answers,
            _("Pairs by majority"): one.items,
        }
        for one in found.counts
    )


def _differing(apart: Iterable[Judged]) -> pd.DataFrame:
    return data_frame(
        {
            _("Prompt"): one.item.prompt,
            _("Question"): _(TITLES[question]),
            _("About which text"): _(SIDES[side]),
            **{
                who: _(ANSWERS.get(said(answer, question, side), ""))
                for who, answer in one.answers.items()
            },
        }
        for one in apart
        for question in one.differ
        for side in sides(question)
    )


def _texts(judged: Judged) -> list[Text]:
    item = judged.item
    titles = _("Baseline, pair {id}", id=item.id), _("Compressed model, pair {id}", id=item.id)
    return [
        Text(title, side, item.prompt, (Chip(text),))
        for side, title, text in zip(BOTH, titles, item.texts, strict=True)
        if text
    ]


def _provenance(review: Review) -> Rows:
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
