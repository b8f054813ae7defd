"""A blind review: what people preferred, how far they agree, and where they differ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from fairviz.analyses.identity import when
from fairviz.analyses.presentation import Chip, Facts, Presentation, Rows, Table, Text
from fairviz.analyses.review.record import Review
from fairviz.analyses.review.result import Judged, Result, result, said, sides
from fairviz.analyses.review.words import ANSWERS, SIDES, TITLES, left_out
from fairviz.i18n import _, joined, number

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.report.record import Part

_DIFFERING = 3


def section(answer: Review, part: Part) -> Presentation:
    """Everything about one review, models named."""
    found = result(answer)
    pairs = list(found.pairs)
    names = pairs[0] if len(pairs) == 1 else ("", "")
    return Presentation(
        kind="review",
        title=_("Blind review: {title}", title=answer.title),
        question=_question(found),
        texts=tuple(text for one in found.disagreements[:_DIFFERING] for text in _texts(one)),
        tables=(
            Table(_("Preferences, a vote for each pair of texts"), _tests(found), folded=False),
            Table(_("Agreement of the reviewers"), _agreements(found), folded=False),
            Table(_("Every answer, counted"), _counts(found)),
            Table(_("Pairs on which the reviewers differ"), _differing(found),
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


def _agreements(found: Result) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        [
            {
                _("Question"): _(TITLES[one.question]),
                _("Krippendorff's alpha"): number(one.alpha, ".3f")
                if math.isfinite(one.alpha)
                else _("cannot be told"),
                _("Texts or pairs with two answers or more"): one.units,
                _("Answers"): one.answers,
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
