"""A blind review: what people preferred, how far they agree, and where they differ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairviz.analyses.review.record import Review
from fairviz.analyses.review.result import Judged, Result, result, said, sides
from fairviz.analyses.review.words import ANSWERS, SIDES, TITLES, left_out
from fairviz.i18n import joined, number, tr
from fairviz.report.identity import when
from fairviz.report.section import Chip, Facts, Rows, Section, Table, Text

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.report.record import Part

_DIFFERING = 3


def section(answer: Review, part: Part) -> Section:
    """Everything about one review, models named."""
    found = result(answer)
    pairs = list(found.pairs)
    names = pairs[0] if len(pairs) == 1 else ("", "")
    return Section(
        kind="review",
        title=tr("Blind review: {title}", title=answer.title),
        question=_question(found),
        texts=tuple(text for one in found.disagreements[:_DIFFERING] for text in _texts(one)),
        tables=(
            Table(tr("Preferences, a vote for each pair of texts"), _tests(found), folded=False),
            Table(tr("Agreement of the reviewers"), _agreements(found), folded=False),
            Table(tr("Every answer, counted"), _counts(found)),
            Table(tr("Pairs on which the reviewers differ"), _differing(found),
                  sensitive=answer.sensitive),
        ),
        allowed=found.sentences(),
        not_allowed=found.limits(),
        provenance=_provenance(found),
        sensitive=answer.sensitive,
        facts=Facts(
            pair=names,
            n=found.judged,
            tests=len(found.tests),
            corrected=True,
            reviewers=len(found.reviewers),
            left_out=sum(answer.left_out.values()),
        ),
    )  # fmt: skip


def _question(found: Result) -> Rows:
    people = [
        one.name if one.finished else tr("{name} (has not ended)", name=one.name)
        for one in found.reviewers
    ]
    return (
        (tr("Models, hidden from the reviewers"), joined([" → ".join(two) for two in found.pairs])),
        (tr("Pairs of texts"), number(len(found.review.items), ",d")),
        (tr("Reviewers"), joined(people) or "–"),
        (tr("Questions"), joined([tr(title) for title in TITLES.values()])),
    )


def _tests(found: Result) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                tr("Question"): tr(TITLES[test.question]),
                tr("Against the compressed model's text"): test.compressed,
                tr("Against the baseline's text"): test.baseline,
                tr("No difference"): test.same,
                tr("Undecided"): test.open,
                tr("Share against the compressed model's"): test.share,
                tr("Clopper-Pearson 95 %, low"): test.low,
                tr("Clopper-Pearson 95 %, high"): test.high,
                tr("p (sign test)"): test.p,
                tr("p (Holm)"): test.p_holm,
            }
            for test in found.tests
        ]
    )


def _agreements(found: Result) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                tr("Question"): tr(TITLES[one.question]),
                tr("Krippendorff's alpha"): number(one.alpha, ".3f")
                if math.isfinite(one.alpha)
                else tr("cannot be told"),
                tr("Texts or pairs with two answers or more"): one.units,
                tr("Answers"): one.answers,
            }
            for one in found.agreements
        ]
    )


def _counts(found: Result) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                tr("Question"): tr(TITLES[one.question]),
                tr("About which text"): tr(SIDES[one.side]),
                tr("Answer"): tr(ANSWERS[one.answer]),
                tr("Answers"): one.answers,
                tr("Pairs"): one.items,
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
                    tr("Prompt"): one.item.prompt,
                    tr("Question"): tr(TITLES[question]),
                    tr("About which text"): tr(SIDES[side]),
                }
                for who, answer in one.answers.items():
                    row[who] = tr(ANSWERS.get(said(answer, question, side), ""))
                rows.append(row)
    return pd.DataFrame(rows)


def _texts(one: Judged) -> list[Text]:
    titles = (tr("Baseline, pair {id}", id=one.item.id), tr("Compressed model, pair {id}",
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
        (tr("Made"), when(review.date)),
        (tr("Seed of the sides and the orders"), review.seed),
        (tr("Versions"), f"fairviz {review.version}" if review.version else "–"),
    ]
    if dates:
        rows.append((tr("The texts were written"), joined([when(one) for one in dates[:4]])))
    if review.left_out:
        rows.append((tr("Left out"), joined(left_out(review.left_out))))
    return tuple(rows)
