"""A review as files: everything as JSON, the last answers and the whole history as CSV."""

from __future__ import annotations

from typing import Any

from fairviz.analyses.review import words
from fairviz.analyses.review.request import Answer
from fairviz.analyses.review.result import Result
from fairviz.core import csv_file
from fairviz.core.json_file import finite
from fairviz.i18n import speaking
from fairviz.metrics.traces import BOTH

_COLUMNS = (
    "review", "item", "reviewer", "at", "counts", "first", "worse", "coherent_baseline",
    "coherent_compressed", "biased_baseline", "biased_compressed", "towards_baseline",
    "towards_compressed", "remark", "baseline", "compressed", "prompt", "baseline_text",
    "compressed_text",
)  # fmt: skip


def document(result: Result) -> dict[str, Any]:
    """Everything as JSON values, in English; what is not defined is null."""
    with speaking("en"):
        told = {"sentences": list(words.sentences(result)), "limits": list(words.limits(result))}
    return {
        "review": result.review.document(),
        "pairs": [
            {"baseline": before, "compressed": after, "items": n}
            for (before, after), n in result.pairs.items()
        ],
        "judged": result.judged,
        "reviewers": finite(
            [{**one._asdict(), "preference": one.preference._asdict()} for one in result.reviewers]
        ),
        **{
            name: finite([one._asdict() for one in getattr(result, name)])
            for name in ("tests", "counts", "agreements")
        },
        "disagreements": [
            {"item": one.item.id, "questions": list(one.differ)} for one in result.disagreements
        ],
        **told,
    }


def rows(result: Result, *, history: bool = False) -> str:
    """Answers as CSV, one row an item and reviewer, models named.

    Args:
        history: Every answer that was ever given, in the order of each person's file, with
            `counts` telling which of them is the last; without it only the last, whole ones.
    """
    import pandas as pd

    answers: list[tuple[str, ...]] = []
    items = {one.item.id: one.item for one in result.items}
    for log in result.review.logs:
        last = log.answers
        lines = [line for line in log.lines if line.get("item") in items]
        given = [Answer(line["item"], line["a"], line["answers"], line["at"]) for line in lines]
        # What was answered twice in one moment has its place to tell it from the other.
        final = {answer.item: place for place, answer in enumerate(given)}
        for place, answer in enumerate(given):
            counts = final[answer.item] == place and last[answer.item].complete
            if not (counts or history):
                continue
            item = items[answer.item]
            by_side = (
                answer.of(name, side) for name in ("coherent", "biased", "towards") for side in BOTH
            )
            answers.append(
                (
                    *(result.review.name, item.id, log.reviewer, answer.at),
                    *("yes" if counts else "no", answer.first, answer.worse),
                    *(*by_side, answer.given.get("remark", "")),
                    *(item.baseline, item.compressed, item.prompt, *item.texts),
                )
            )
    return csv_file.written(pd.DataFrame(answers, columns=_COLUMNS))
