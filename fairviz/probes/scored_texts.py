"""What a scorer says of texts that both models wrote, each read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fairviz.core.errors import NotFinite
from fairviz.i18n import _
from fairviz.lexicons import language_of
from fairviz.metrics.traces import BOTH
from fairviz.probes.scorers import Scorer, not_english
from fairviz.probes.text_tables import compared


class Scored(NamedTuple):
    """Side -> (samples, labels) probabilities, NaN for a text without a word or a finite score.

    Attributes:
        unread: Samples of which one text has no finite score.
        foreign: Samples of which one text is in a language that the scorer does not read.
    """

    probabilities: dict[str, list[list[float]]]
    cut: int
    empty: int
    unread: int
    foreign: int


def scores(
    judge: Scorer,
    rows: Sequence[Mapping[str, Any]],
    prompts: pd.DataFrame,
    scored: str,
    told: Callable[[int, int], None],
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
    written = [text for text in dict.fromkeys(texts["baseline"] + texts["compressed"]) if text]
    own = judge.language
    foreign = {text for text in written if own and language_of(text) not in ("", own)}
    different = [text for text in written if text not in foreign]
    if foreign and not different:
        raise not_english("no_english_text", scorer=judge.source)
    # Texts of like lengths share a batch, which spares padding.
    different.sort(key=len)
    # One more than there are labels, for a number that stands behind them.
    found: dict[str, list[float]] = {"": [float("nan")] * (len(judge.labels) + 1)}
    cut = 0
    for scores in judge.scores(different):
        start = len(found) - 1
        here = different[start : start + len(scores.probabilities)]
        found |= zip(here, scores.probabilities, strict=True)
        cut += scores.cut
        told(len(found) - 1, len(different))
    empty = sum(not text for side in BOTH for text in texts[side])
    unread = {text for text in different if not np.isfinite(found[text]).all()}
    if different and len(unread) == len(different):
        raise NotFinite(
            _("{classifier} gives no finite score for any text.", classifier=judge.source),
            fix=_("The checkpoint holds values that are no numbers; get it anew."),
        )
    # A text without a score takes its counterpart with it.
    pairs = [{*two} for two in zip(*texts.values(), strict=True)]
    lost = [bool((unread | foreign) & two) for two in pairs]
    probabilities = {
        side: [found["" if gone else text] for text, gone in zip(texts[side], lost, strict=True)]
        for side in BOTH
    }
    counts = [sum(bool(those & two) for two in pairs) for those in (unread, foreign)]
    return Scored(probabilities, cut, empty, *counts)


def called_label(
    judge: Scorer, place: int, probabilities: Sequence[Sequence[float]]
) -> list[float]:
    """0 or 1 for whether each text is called the label; NaN where it has no score."""
    return [
        float("nan") if np.isnan(one).any() else float(judge.called(one, place))
        for one in probabilities
    ]


def label_means(judge: Scorer, answers: Scored, items: pd.DataFrame) -> pd.DataFrame:
    """Mean probability of every label over all samples, before and after."""
    rows = []
    for number, name in enumerate(judge.labels):
        before, after = ([one[number] for one in answers.probabilities[side]] for side in BOTH)
        found = compared(before, after, items["prompt"].tolist(), share=False, over="prompts")
        rows.append({"label": name, **found._asdict()})
    return pd.DataFrame(rows)
