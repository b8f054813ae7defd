"""The rows of an audit as a table: which columns, what they are called, the largest shift first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fairviz.analyses.audit.shown import SHIFT, Shown
from fairviz.analyses.audit.words import label
from fairviz.i18n import N_, _
from fairviz.metrics.traces import BOTH, Ints

if TYPE_CHECKING:
    import pandas as pd

# What both models read.
TEXT = {"prompts": "text", "items": "context", "answers": "context"}
# What each model made of it.
_MADE = {"prompts": "top", "items": "answer", "answers": "answer"}
_TITLES = {
    "prompts": {
        "text": N_("Text"),
        "language": N_("Language"),
        "theme": N_("Theme"),
        "group": N_("Group"),
        "kl": N_("KL (nats)"),
        "js": N_("Jensen-Shannon (nats)"),
        "baseline_entropy": N_("Baseline, entropy (nats)"),
        "compressed_entropy": N_("Compressed, entropy (nats)"),
        "baseline_margin": N_("Baseline, lead of the first token"),
        "compressed_margin": N_("Compressed, lead of the first token"),
        "baseline_top": N_("Baseline, first token"),
        "compressed_top": N_("Compressed, first token"),
        "top_changed": N_("Changed"),
    },
    "items": {
        "id": N_("Id"),
        "context": N_("Question"),
        "options": N_("Options"),
        "right": N_("Right answer (place from 0)"),
        "baseline_answer": N_("Baseline, answer"),
        "compressed_answer": N_("Compressed, answer"),
        "flip": N_("Flipped"),
        "baseline_confidence": N_("Baseline, confidence"),
        "compressed_confidence": N_("Compressed, confidence"),
        "baseline_true_confidence": N_("Baseline, confidence in the right answer"),
        "compressed_true_confidence": N_("Compressed, confidence in the right answer"),
        "baseline_entropy": N_("Baseline, entropy (nats)"),
        "compressed_entropy": N_("Compressed, entropy (nats)"),
        "js": N_("Jensen-Shannon (nats)"),
        "group": N_("Group"),
    },
    "answers": {
        "context": N_("Question"),
        "baseline_answer": N_("Baseline, answer"),
        "compressed_answer": N_("Compressed, answer"),
        "baseline_bleu_difference": N_("Baseline, nearer to true answers by (BLEU)"),
        "compressed_bleu_difference": N_("Compressed, nearer to true answers by (BLEU)"),
        "kl": N_("KL (nats)"),
        "baseline_entropy": N_("Baseline, entropy (nats)"),
        "group": N_("Group"),
    },
}


def by_shift(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Ints:
    """Places of rows, the largest shift first; what was not measured last."""
    return np.argsort(-np.nan_to_num(values, nan=-1.0), kind="stable")


def made(seen: Shown, side: str) -> list[str]:
    """What one model made of each row: its likeliest token, its choice or its words."""
    kind, table = seen.audit.request.kind, seen.table
    if kind != "items":
        return [str(text) for text in table[f"{side}_{_MADE[kind]}"]]
    chosen = zip(table["options"], table[f"{side}_prediction"], strict=True)
    return [str(list(options)[int(place)]).strip() for options, place in chosen]


def rows(seen: Shown, most: int, *, brief: bool = False) -> pd.DataFrame:
    """The rows that moved most, under headings a reader understands.

    Args:
        seen: What is looked at.
        most: At most so many.
        brief: Only what was read, how far it moved, and what both models made of it.
    """
    request = seen.audit.request
    kind = request.kind
    table = seen.table
    if kind == "items":
        table = table.assign(**{f"{side}_answer": made(seen, side) for side in BOTH})
    told = {
        name: [label(str(value), request.source) for value in table[name]]
        for name in ("theme", "group")
        if name in table
    }
    titles = {name: title for name, title in _TITLES[kind].items() if name in table}
    if brief:
        wanted = TEXT[kind], SHIFT[kind], "baseline_entropy", *(f"{s}_{_MADE[kind]}" for s in BOTH)
        titles = {name: titles[name] for name in wanted}
    shown = table.assign(**told).iloc[by_shift(seen.shift)[:most]][list(titles)]
    return shown.rename(columns={name: _(title) for name, title in titles.items()})
