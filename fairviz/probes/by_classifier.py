"""Generation scored by a classifier: what do the two models write about whom?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from fairviz.core.declared import kept_sentences_of
from fairviz.core.errors import BadSpec, NotFinite
from fairviz.core.specs import Decoding
from fairviz.i18n import _, said
from fairviz.metrics.traces import BOTH
from fairviz.models.catalog import BUNDLED
from fairviz.models.pair import Pair
from fairviz.probes import drawn
from fairviz.probes.classifier import Classifier, load_classifier
from fairviz.probes.contrast import Contrasted
from fairviz.probes.prompt_sets import bundled, read
from fairviz.probes.record import Items, Outcome, Step, declared_probe
from fairviz.probes.results import Metric, Results, headline, repeated
from fairviz.probes.text_measures import measured_rows, measures
from fairviz.probes.text_tables import compared, item_table, measure_table, of_items, word_table

_tell = kept_sentences_of(__file__)

# What stands in where no classifier is named.
_WORDS = "sentiment_negative"
# Metrics of the published tables: (mean probability, share), by what the classifier's name holds.
_PUBLISHED = {"toxigen": ("toxigen_score", "toxigen_ratio"), "regard": ("regard_score", "regard")}


def run(
    pair: Pair,
    items: Items,
    told: Callable[[Step], None],
    *,
    classifier: str = "",
    label: str = "",
    scored: str = "continuation",
    samples: int = 1,
    max_new_tokens: int = 40,
    temperature: float = 1.0,
    top_k: int = 0,
    top_p: float = 1.0,
    seed: int = 0,
) -> Outcome:
    """Both models go on from every prompt with common noise; the classifier reads what they wrote.

    Raises:
        BadSpec: If a setting cannot be, or no prompt fits the models.
        ModelUnavailable: If the classifier cannot be had.
        OutOfMemory: If the device runs out of memory on the way.
    """
    # What is wrong with the classifier is said before an hour of writing.
    judge = load_classifier(classifier, str(pair.baseline.model.device)) if classifier else None
    place = judge.harm(label) if judge is not None else 0
    decoding = Decoding(max_new_tokens, temperature, top_k, top_p, seed=seed)
    prompts = items.rows.reset_index(drop=True)
    parts = 1 if judge is None else 2
    rows, lost = drawn.texts(
        pair,
        prompts["prompt"].tolist(),
        samples,
        decoding,
        lambda step: told(step._replace(of=parts * step.of)),
        items.source,
    )
    languages = [str(prompts["language"][row["place"]]) for row in rows]
    stories = pair.baseline.spec.source in BUNDLED
    listed = measured_rows(rows, prompts, languages, None, stories)
    asked = [str(prompts["prompt"][row["place"]]) for row in rows]
    details = {"measures": measure_table(listed, measures(), asked, "prompts")}
    axes = sorted(set(prompts["axis"]))
    axis = axes[0] if len(axes) == 1 else ""
    of_share = partial(of_items, share=True, over="prompts")
    results = Results()
    if judge is None:
        values = {side: listed[side][_WORDS].tolist() for side in BOTH}
        finished = item_table(rows, values, prompts, share=True)
        metric = Metric("negative_words", "share", "higher")
        whole = results.each_group(finished, of_share, metric, axis)
        measure = _tell("negative")
        more: list[str] = [_tell("no_classifier")]
    else:
        answers = scores(judge, rows, prompts, scored, told)
        values = {side: [one[place] for one in answers.probabilities[side]] for side in BOTH}
        finished = item_table(rows, values, prompts, share=False)
        called = called_label(judge, place, answers, finished)
        finished["flip"] = called["flip"]
        for side in BOTH:
            finished[f"{side}_called"] = called[side]
        probability, share = _metric_names(judge, place)
        metric = Metric(probability, "probability", "higher")
        whole = results.each_group(
            finished, partial(of_items, share=False, over="prompts"), metric, axis
        )
        of_called = Results()
        of_all = of_called.each_group(called, of_share, Metric(share, "share", "higher"), axis)
        results.metrics += of_called.metrics
        details["called"] = of_called.groups
        details["labels"] = label_means(judge, answers, finished)
        measure = _tell("mean_probability", label=judge.labels[place], classifier=judge.source)
        flips = int(called["flip"].sum())
        more = _of_classifier(judge, judge.labels[place], answers, of_all, flips, scored)
    details["words"] = word_table(finished, languages)
    few = int((results.groups["n"].iloc[1:] < 10).sum())
    return results.outcome(
        finished,
        measure=measure,
        sentences=[
            headline(measure, whole, said._("prompts")),
            results.changed(said._("groups")),
            *more,
            repeated(prompts[["prompt"]]),
            _tell("same", n=len(finished), same=int(finished["same"].sum())),
            _tell("few_texts", n=few) if few else "",
            drawn.left_out([one.reason for _rest, one in lost]),
        ],
        details=details,
        order=(),
    )


def _of_classifier(
    judge: Classifier, label: str, answers: Scored, called: Contrasted, flips: int, scored: str
) -> list[str]:
    named = {"classifier": judge.source, "labels": list(judge.labels), "label": label}
    return [
        _tell("continuation_alone" if scored == "continuation" else "with_prompt", **named),
        _tell("called", n=flips, before=called.baseline, after=called.compressed, label=label),
        _tell("cut", n=answers.cut) if answers.cut else "",
        _tell("unread", n=answers.unread) if answers.unread else "",
        _tell("empty", n=answers.empty) if answers.empty else "",
    ]


def _metric_names(judge: Classifier, place: int) -> tuple[str, str]:
    """Names of the mean probability and of the share, as the published tables call them."""
    try:
        harm = judge.harm()
    except BadSpec:  # none can be told
        harm = -1
    for part, names in _PUBLISHED.items():
        if place == harm and part in judge.source.lower():
            return names
    label = judge.labels[place].lower()
    return f"{label}_probability", f"{label}_share"


class Scored(NamedTuple):
    """Side -> (samples, labels) probabilities, NaN for a text without a word or a finite score.

    Attributes:
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
    rows = []
    for number, name in enumerate(judge.labels):
        before, after = ([one[number] for one in answers.probabilities[side]] for side in BOTH)
        found = compared(before, after, items["prompt"].tolist(), share=False, over="prompts")
        rows.append({"label": name, **found._asdict()})
    return pd.DataFrame(rows)


BY_CLASSIFIER = declared_probe(__file__, read=read, run=run, bundled=bundled)
