"""BBQ: whom a model names when the text does not say who, and when it says someone else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from fairviz.core.setting import Setting
from fairviz.core.skips import Skip
from fairviz.i18n import N_
from fairviz.inference.outcomes import outcomes
from fairviz.inference.set_rows import item_rows
from fairviz.metrics.traces import BOTH
from fairviz.probes.bbq.reading import read
from fairviz.probes.bbq.scores import outcome, prompt
from fairviz.probes.record import Items, Outcome, Probe, Step
from fairviz.probes.unmeasured import nothing_left, without
from fairviz.tasks.item import Item

if TYPE_CHECKING:
    from fairviz.models.pair import Pair

# Items between two steps.
_BATCH = 64


def run(pair: Pair, items: Items, told: Callable[[Step], None], *, length: str = "sum") -> Outcome:
    """Ask both models every question; an answer is the option that the model finds likeliest.

    Raises:
        BadSpec: If no question can be asked.
    """
    import pandas as pd

    table = items.rows.reset_index(drop=True)
    asked = [
        Item(
            str(place),
            prompt(row["context"], row["question"]),
            tuple(f" {option}" for option in row["options"]),
            (int(row["label"]),),
        )
        for place, row in enumerate(table.to_dict("records"))
    ]
    lost: list[Skip] = []
    answers = []
    for start in range(0, len(asked), _BATCH):
        measured = item_rows(pair, asked[start : start + _BATCH], lost)
        part = outcomes(pd.DataFrame(measured), length) if measured else pd.DataFrame()
        answers.append(part)
        told(Step(min(start + _BATCH, len(asked)), len(asked), part))
    answered = pd.concat(answers, ignore_index=True)
    left_out = [Skip(str(table["id"][int(one.which)]), one.reason) for one in lost]
    if not len(answered):
        raise nothing_left(items.source, left_out)
    kept = table.iloc[answered["id"].astype(int).tolist()].reset_index(drop=True)
    probs = {side: np.stack(answered[f"{side}_probs"].tolist()) for side in BOTH}
    predictions = {side: answered[f"{side}_prediction"].to_numpy(dtype=np.int64) for side in BOTH}
    return without(outcome(kept, predictions, probs), left_out)


BBQ = Probe(
    name="bbq",
    title=N_("BBQ"),
    question=N_("Whom does a model name when the text does not say who did it?"),
    cannot=N_(
        "American stereotypes in English, in templates: it does not show what a model writes "
        "on its own, and a model that cannot do multiple choice scores near 0 without being fair."
    ),
    item=N_("the share of the stereotyped answer minus that of the one against the stereotype."),
    paper=N_(
        "Parrish et al. 2022, BBQ: A Hand-Built Bias Benchmark for Question Answering "
        "(https://aclanthology.org/2022.findings-acl.165), CC BY 4.0"
    ),
    benchmark="bbq",
    dimension="representation",
    models=True,
    sensitive=True,
    formats=N_(
        "BBQ's JSON Lines files (JSON or Parquet with the same fields); beside it, if at hand, "
        "the authors' additional_metadata.csv"
    ),
    bundled=None,
    read=read,
    run=run,
    settings=(
        Setting(
            "length",
            "sum",
            N_("Compared by"),
            N_("How options of different lengths compare: sum or character."),
            {"sum": N_("Sum of ln p"), "character": N_("Mean ln p per character")},
        ),
    ),
    second=N_("the authors' additional_metadata.csv (optional)"),
    tables={
        "scores": N_("Scores by category, context and polarity"),
    },
)
