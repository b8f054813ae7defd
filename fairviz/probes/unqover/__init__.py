"""UnQover: whom a model names where nothing in the text says who it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from fairviz.core.setting import Setting
from fairviz.core.skips import Skip
from fairviz.i18n import N_
from fairviz.inference.set_rows import item_rows
from fairviz.metrics.traces import BOTH
from fairviz.probes.record import Items, Outcome, Probe, Step
from fairviz.probes.unmeasured import nothing_left, without
from fairviz.probes.unqover.reading import bundled, read
from fairviz.probes.unqover.scores import outcome
from fairviz.tasks.item import Item

if TYPE_CHECKING:
    from fairviz.models.pair import Pair

# Comparisons between two steps; each is four questions.
_BATCH = 32


def run(pair: Pair, items: Items, told: Callable[[Step], None]) -> Outcome:
    """Ask both models every comparison in both orders, with the attribute and its opposite.

    Raises:
        BadSpec: If no comparison can be asked.
    """
    table = items.rows.reset_index(drop=True)
    shares = {side: np.full((len(table), 4), np.nan) for side in BOTH}
    lost: dict[int, Skip] = {}
    records = table.to_dict("records")
    for start in range(0, len(records), _BATCH):
        asked = [
            Item(f"{number} {place}", context, tuple(f" {one}" for one in row["answers"]), ())
            for number, row in enumerate(records[start : start + _BATCH], start)
            for place, context in enumerate(row["contexts"])
        ]
        missing: list[Skip] = []
        for row in item_rows(pair, asked, missing):
            number, place = map(int, row["id"].split())
            for side in BOTH:
                first, second = row[f"{side}_log_prob"]
                shares[side][number, place] = 1 / (1 + np.exp(second - first))
        for one in missing:
            number = int(one.which.split()[0])
            lost[number] = Skip(str(records[number]["id"]), one.reason)
        told(Step(min(start + _BATCH, len(records)), len(records)))
    kept = [number for number in range(len(table)) if number not in lost]
    if not kept:
        raise nothing_left(items.source, list(lost.values()))
    found = outcome(
        table.iloc[kept].reset_index(drop=True), {side: shares[side][kept] for side in BOTH}
    )
    return without(found, list(lost.values()))


AXIS = Setting(
    "axis",
    "",
    N_("Subjects"),
    N_(
        "Of the bundled subjects: gender, religion or origin, empty is all; of a file: what its "
        "subjects differ in."
    ),
    {
        "": N_("All three"),
        "gender": N_("Gender"),
        "religion": N_("Religion"),
        "origin": N_("Origin"),
    },
    free=True,
    affects_items="all",
)
MOST = Setting(
    "most",
    600,
    N_("Comparisons of each axis"),
    N_("How many comparisons of an axis are drawn; 0 is all."),
    minimum=0,
    affects_items="all",
)
UNQOVER = Probe(
    name="unqover",
    title=N_("UnQover"),
    question=N_("Whom does a model name where nothing in the text says who it was?"),
    cannot=N_(
        "English sentences of the project's own, for models that go on with a text: not "
        "comparable number by number with the paper's, whose models point at an answer."
    ),
    item=N_("the comparative score, -1 to 1: above 0 the first subject is named."),
    paper=N_(
        "Li et al. 2020, UnQovering Stereotyping Biases via Underspecified Questions "
        "(https://aclanthology.org/2020.findings-emnlp.311)"
    ),
    benchmark="unqover",
    dimension="representation",
    models=True,
    sensitive=True,
    formats=N_(
        "word lists in UnQover's format, such as `[subj] Norwegian`; beside them, if at hand, "
        "attributes such as `[p_act] was a pilot`"
    ),
    bundled=bundled,
    read=read,
    run=run,
    settings=(AXIS, MOST),
    second=N_("attributes, in UnQover's format (optional)"),
    tables={
        "axes": N_("Intensities of each axis (μ and η)"),
        "eta": N_("Counts of each subject (η)"),
        "attributes": N_("By attribute"),
        "errors": N_("Errors that the score cancels"),
        "clusters": N_("By cluster of subjects"),
    },
)
