"""Continuations that others have stored, scored as those that two models write here."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from fairviz.lexicons import language_of
from fairviz.metrics.traces import BOTH
from fairviz.probes.by_classifier import BY_CLASSIFIER, from_texts, judged, readable
from fairviz.probes.record import Items, Kept, Outcome, Step, declared_probe
from fairviz.probes.scorers import load_scorer
from fairviz.probes.stored import read


def run(
    pair: None,
    items: Items,
    told: Callable[[Step], None],
    *,
    classifier: str = "",
    label: str = "",
    scored: str = "continuation",
) -> Outcome:
    """A scorer reads both files' continuations; how likely they are, no model says.

    Raises:
        BadSpec: If a setting cannot be, or the scorer reads another language.
        MissingPackage: If its package is not installed.
        ModelUnavailable: If the classifier cannot be had.
    """
    judge = load_scorer(classifier, "cpu") if classifier else None
    if judge is not None:
        judge.harm(label)
    table = items.rows.copy()
    answers = [f"{side}_answer" for side in BOTH]
    table["axis"] = "group"
    table["group"] = table["group"].replace("", "no group")
    table["language"] = [
        language_of("\n".join(str(row[one]) for one in ("prompt", *answers)))
        for row in table.to_dict("records")
    ]
    prompts, lost = readable(replace(items, rows=table), judge)
    rows = [
        {
            "place": place,
            "sample": 0,
            **{f"{side}_text": str(row[f"{side}_answer"]) for side in BOTH},
            **{f"{side}_ended": math.nan for side in BOTH},  # the files do not say
        }
        for place, row in enumerate(prompts.to_dict("records"))
    ]
    return judged(
        rows,
        prompts,
        judge,
        lambda done, of: told(Step(done, of, [])),
        label=label,
        scored=scored,
        surprisals={},
        lost=lost,
    )


def again(kept: Kept, *, classifier: str = "") -> Outcome:
    """From the texts, and from the classifier's scores where one read them."""
    return from_texts(kept, bool(classifier), stories=False)


STORED_HARM = replace(
    declared_probe(__file__, read=read, run=run, again=again),
    settings=tuple(
        one for one in BY_CLASSIFIER.settings if one.name in ("classifier", "label", "scored")
    ),
    tables=BY_CLASSIFIER.tables,
)
