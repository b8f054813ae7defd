"""Counterfactual x compression: does compression change what swapping a name does?

Each model has its effect of the swap; the difference of these differences is what compression
adds. Shared wording, word frequencies and the tokenizer's cuts are the same on both sides and
cancel.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.core.errors import BadSpec
from fairviz.core.set_files import LeftOut
from fairviz.i18n import N_, _
from fairviz.probes import template_files
from fairviz.probes.minimal_pairs import of_language
from fairviz.probes.reasons import nothing_left, without
from fairviz.probes.record import Items, Outcome, Probe, Step
from fairviz.probes.swap_outcome import item_row, outcome
from fairviz.probes.swap_tables import token_rows
from fairviz.probes.swaps import Measured, Row, measure, swaps_of

if TYPE_CHECKING:
    from fairviz.models.pair import Pair

# Templates between two steps.
_BATCH = 8


def bundled(
    *,
    language: str = "",
    template: str = "",
    first: str = "",
    second: str = "",
    more: str = "",
    less: str = "",
    **_rest: Any,
) -> Items:
    """The project's own templates, or the one that is typed.

    Raises:
        NoTemplates: If what is typed cannot be filled.
        BadSpec: If there are none in that language.
    """
    if template:
        return template_files.typed(template, first, second, more, less)
    path = Path(__file__).with_name("templates.csv")
    return of_language(template_files.read(path.read_bytes(), path.name), language)


def read(content: bytes, name: str, **_rest: Any) -> Items:
    """Templates from a file; see `template_files`."""
    return template_files.read(content, name)


def run(
    pair: Pair | None, items: Items, told: Callable[[Step], None], *, top: int = 10, **_rest: Any
) -> Outcome:
    """Every swap of every template under both models.

    Raises:
        BadSpec: If `top` is not positive, no pair is given, or no swap can be measured.
    """
    import pandas as pd

    if top < 1:
        raise BadSpec(_("top is {n}.", n=top), fix=_("Take at least one token."))
    if pair is None:
        raise BadSpec(_("A swap is read by two models."), fix=_("Give both."))
    asked = items.rows.to_dict("records")
    found: list[Row] = []
    measured: list[Measured] = []
    tokens: list[Row] = []
    lost: list[LeftOut] = []
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
    settings={
        "language": ("", N_("Of the bundled templates: fr, en, or nothing for both.")),
        "template": ("", N_("A template of your own instead, such as {NAME} worked as a.")),
        "first": ("", N_("What fills it, such as Mohamed|Karim.")),
        "second": ("", N_("What that is swapped for, such as Martin|Pierre.")),
        "more": ("", N_("What is expected after the first, such as driver|porter, or empty.")),
        "less": ("", N_("What is expected after the second.")),
        "top": (
            10,
            N_("Without continuations: likeliest next tokens of each model that stand in."),
        ),
    },
    tables={
        "swaps": N_("Every swap"),
        "continuations": N_("Which continuations carry the change"),
        "tokens": N_("Token by token: where the change arises"),
    },
)
