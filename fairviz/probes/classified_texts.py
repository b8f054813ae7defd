"""Both models' texts under a classifier: probabilities of every label, and what is called it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fairviz.core.errors import NotFinite
from fairviz.i18n import _
from fairviz.metrics.traces import BOTH
from fairviz.probes.classifier import Classifier
from fairviz.probes.record import Step
from fairviz.probes.text_tables import compared

if TYPE_CHECKING:
    import pandas as pd


class Scored(NamedTuple):
    """Side -> (samples, labels) probabilities, NaN for a text without a word or a finite score.

    Attributes:
        probabilities: Of both models' texts.
        cut: Texts cut short.
        empty: Texts without a word.
        unread: Samples of which one text has no finite score.
    """

    probabilities: dict[str, list[list[float]]]
    cut: int
    empty: int
    unread: int


def scores(
    judge: Classifier,
    rows: Sequence[Mapping[str, Any]],
    prompts: pd.DataFrame,
    scored: str,
    told: Callable[[Step], None],
) -> Scored:
    """Both models' texts under the classifier; each text is read once, however often written."""
    texts = {
        side: [
            (prompts["prompt"][row["place"]] if scored == "whole" else "") + row[f"{side}_text"]
            if row[f"{side}_text"].strip()
            else ""
            for row in rows
        ]
        for side in BOTH
    }
    different = [text for text in dict.fromkeys(texts["baseline"] + texts["compressed"]) if text]
    # Texts of like lengths share a batch, which spares padding.
    different.sort(key=len)
    found: dict[str, list[float]] = {"": [float("nan")] * len(judge.labels)}
    cut = 0
    for scores in judge.scores(different):
        start = len(found) - 1
        here = different[start : start + len(scores.probabilities)]
        found |= zip(here, scores.probabilities, strict=True)
        cut += scores.cut
        share = (len(found) - 1) / len(different)
        told(Step(len(rows) + int(share * len(rows)), 2 * len(rows), []))
    empty = sum(not text for side in BOTH for text in texts[side])
    unread = {text for text in different if not np.isfinite(found[text]).all()}
    if different and len(unread) == len(different):
        raise NotFinite(
            _("{classifier} gives no finite score for any text.", classifier=judge.source),
            fix=_("The checkpoint holds values that are no numbers; get it anew."),
        )
    # A text without a score takes its counterpart with it.
    lost = [bool(unread & {*two}) for two in zip(*texts.values(), strict=True)]
    probabilities = {
        side: [found["" if gone else text] for text, gone in zip(texts[side], lost, strict=True)]
        for side in BOTH
    }
    return Scored(probabilities, cut, empty, sum(lost))


def called_label(
    judge: Classifier, place: int, answers: Scored, items: pd.DataFrame
) -> pd.DataFrame:
    """The items with 0 or 1 for whether the text is called the label."""
    called = items.copy()
    for side in BOTH:
        called[side] = [
            float("nan") if np.isnan(one).any() else float(judge.called(one, place))
            for one in answers.probabilities[side]
        ]
    called["shift"] = called["compressed"] - called["baseline"]
    called["flip"] = called["shift"].notna() & (called["shift"] != 0)
    return called


def label_means(judge: Classifier, answers: Scored, items: pd.DataFrame) -> pd.DataFrame:
    """Mean probability of every label over all samples, before and after."""
    import pandas as pd

    rows = []
    for number, name in enumerate(judge.labels):
        before, after = ([one[number] for one in answers.probabilities[side]] for side in BOTH)
        found = compared(before, after, items["prompt"].tolist(), share=False, over="prompts")
        rows.append({"label": name, **found._asdict()})
    return pd.DataFrame(rows)
