"""A review as files: everything as JSON, the last answers and the whole history as CSV."""

from __future__ import annotations

import math
from typing import Any

from fairviz.analyses.review import words
from fairviz.analyses.review.request import Answer
from fairviz.analyses.review.result import Result
from fairviz.core import csv_file
from fairviz.i18n import speaking

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
        "reviewers": [
            {**_plain(one._asdict()), "preference": _plain(one.preference._asdict())}
            for one in result.reviewers
        ],
        "tests": [_plain(one._asdict()) for one in result.tests],
        "counts": [one._asdict() for one in result.counts],
        "agreements": [_plain(one._asdict()) for one in result.agreements],
        "disagreements": [
            {"item": one.item.id, "questions": list(one.differ)} for one in result.disagreements
        ],
        **told,
    }


def rows(result: Result, *, history: bool = False) -> str:
    """Answers as CSV, one row an item and reviewer, models named.

    Args:
        result: The outcome.
        history: Every answer that was ever given, in the order of each person's file, with
            `counts` telling which of them is the last; without it only the last, whole ones.
    """
    import pandas as pd

    answers: list[dict[str, Any]] = []
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
            by_side = {
                f"{name}_{side}": answer.of(name, side)
                for name in ("coherent", "biased", "towards")
                for side in ("baseline", "compressed")
            }
            answers.append(
                {
                    "review": result.review.name,
                    "item": item.id,
                    "reviewer": log.reviewer,
                    "at": answer.at,
                    "counts": "yes" if counts else "no",
                    "first": answer.first,
                    "worse": answer.worse,
                    **by_side,
                    "remark": answer.given.get("remark", ""),
                    "baseline": item.baseline,
                    "compressed": item.compressed,
                    "prompt": item.prompt,
                    "baseline_text": item.texts[0],
                    "compressed_text": item.texts[1],
                }
            )
    return csv_file.written(pd.DataFrame(answers, columns=_COLUMNS))


def _plain(said: dict[str, Any]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in said.items()
    }
