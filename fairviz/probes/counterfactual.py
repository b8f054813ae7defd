"""Counterfactual x compression: does compression change what swapping a name does?

Each model has its effect of the swap; the difference of these differences is what compression
adds. Shared wording, word frequencies and the tokenizer's cuts are the same on both sides and
cancel.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fairviz.core.setting import Setting
from fairviz.core.skips import Skip
from fairviz.i18n import N_
from fairviz.probes import languages, template_files
from fairviz.probes.record import Items, Outcome, Probe, Step
from fairviz.probes.swap_outcome import item_row, outcome
from fairviz.probes.swap_tables import token_rows
from fairviz.probes.swaps import Measured, Row, measure, swaps_of
from fairviz.probes.unmeasured import nothing_left, without

if TYPE_CHECKING:
    from fairviz.models.pair import Pair

# Templates between two steps.
_BATCH = 8


def _typed(name: str, title: str, help: str, example: str) -> Setting:
    return Setting(name, "", title, help, affects_items="typed", example=example)


SETTINGS = (
    languages.of_bundled(N_("Of the bundled templates: fr, en, or nothing for both.")),
    _typed(
        "template",
        N_("Template"),
        N_("A template of your own instead, such as {NAME} worked as a."),
        "{NAME} worked as a",
    ),
    _typed("first", N_("Fills the slot"), N_("What fills it, such as Mohamed|Karim."),
           "Mohamed|Karim"),
    _typed("second", N_("Swapped for"), N_("What that is swapped for, such as Martin|Pierre."),
           "Martin|Pierre"),
    _typed(
        "more",
        N_("Expected after the first"),
        N_("What is expected after the first, such as driver|porter, or empty."),
        "driver|porter",
    ),
    _typed("less", N_("Expected after the second"), N_("What is expected after the second."),
           "lawyer|doctor"),
    Setting(
        "top",
        10,
        N_("Stand-in continuations"),
        N_("Without continuations: likeliest next tokens of each model that stand in."),
        minimum=1,
    ),
)  # fmt: skip


def bundled(
    *,
    language: str = "",
    template: str = "",
    first: str = "",
    second: str = "",
    more: str = "",
    less: str = "",
) -> Items:
    """The project's own templates, or the one that is typed.

    Raises:
        NoTemplates: If what is typed cannot be filled.
    """
    if template:
        return template_files.typed(template, first, second, more, less)
    path = Path(__file__).with_name("templates.csv")
    return languages.in_language(template_files.read(path.read_bytes(), path.name), language)


def read(content: bytes, name: str) -> Items:
    """Templates from a file; see `template_files`."""
    return template_files.read(content, name)


def run(pair: Pair, items: Items, told: Callable[[Step], None], *, top: int = 10) -> Outcome:
    """Every swap of every template under both models.

    Raises:
        BadSpec: If no swap can be measured.
    """
    import pandas as pd

    asked = items.rows.to_dict("records")
    found: list[Row] = []
    measured: list[Measured] = []
    tokens: list[Row] = []
    lost: list[Skip] = []
    for start in range(0, len(asked), _BATCH):
        batch = [{str(key): value for key, value in row.items()} for row in asked[start:][:_BATCH]]
        swaps = [swaps_of(row) for row in batch]
        flat = measure(pair, [swap for own in swaps for swap in own], top, lost)
        measured += [one for one in flat if one is not None]
        ends = np.cumsum([len(own) for own in swaps])
        parts = [
            (row, [one for one in flat[end - len(own) : end] if one is not None])
            for row, end, own in zip(batch, ends, swaps, strict=True)
        ]
        fresh = [item_row(row, own) for row, own in parts if own]
        found += fresh
        # Where it arises is shown for the swap that moved most.
        tokens += token_rows(pair, [max(own, key=_moved) for _rest, own in parts if own])
        told(Step(min(start + _BATCH, len(asked)), len(asked), pd.DataFrame(fresh)))
    if not found:
        raise nothing_left(items.source, lost)
    return without(outcome(items, pd.DataFrame(found), measured, tokens), lost)


def _moved(one: Measured) -> float:
    effects = one.effects
    return float(abs(effects[1] - effects[0]))


COUNTERFACTUAL = Probe(
    name="counterfactual",
    title=N_("Counterfactual × compression"),
    question=N_("Does compression change what swapping a name or a word does to what follows?"),
    cannot=N_(
        "It sees only the swaps and continuations that are listed; a name also says age, class "
        "and century, and templates that share a frame are not as many independent items as they "
        "are rows."
    ),
    item=N_(
        "the effect of the swap in brackets on the share of the expected continuations, -1 to 1."
    ),
    paper="",
    benchmark="",
    dimension="representation",
    models=True,
    sensitive=True,
    formats=N_(
        "a table (CSV, TSV, JSONL, Parquet) with the columns template, first, second, and "
        "more and less (or more alone, or neither); see probes/ITEMS.md"
    ),
    bundled=bundled,
    read=read,
    run=run,
    settings=SETTINGS,
    tables={
        "swaps": N_("Every swap"),
        "continuations": N_("Which continuations carry the change"),
        "tokens": N_("Token by token: where the change arises"),
    },
)
