"""The rows of an audit as a table: which columns, what they are called, how they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.analyses.audit.words import label
from fairviz.i18n import N_, _
from fairviz.ui.numerals import numerals

if TYPE_CHECKING:
    import pandas as pd

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
        "baseline_prediction": N_("Baseline, answer (place from 0)"),
        "compressed_prediction": N_("Compressed, answer (place from 0)"),
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


def draw(table: pd.DataFrame, kind: str, source: str) -> None:
    """Rows of prompts, items or answers of a set, numbers as the language writes them."""
    titles = {name: title for name, title in _TITLES[kind].items() if name in table}
    shown = table[list(titles)]
    told = {
        name: [label(str(one), source) for one in shown[name]]
        for name in ("theme", "group")
        if name in shown
    }
    shown = shown.assign(**told)
    fractions = [name for name in titles if shown[name].dtype.kind == "f"]
    st.dataframe(
        numerals(shown, dict.fromkeys(fractions, ".3g")),
        key="audit_rows",
        hide_index=True,
        column_config={name: _(title) for name, title in titles.items()},
    )
