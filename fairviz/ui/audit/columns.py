"""The rows of an audit as a table: which columns, what they are called, how they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.analyses.audit.words import label
from fairviz.i18n import later, tr
from fairviz.ui.numerals import numerals

if TYPE_CHECKING:
    import pandas as pd

_TITLES = {
    "prompts": {
        "text": later("Text"),
        "language": later("Language"),
        "theme": later("Theme"),
        "group": later("Group"),
        "kl": later("KL (nats)"),
        "js": later("Jensen-Shannon (nats)"),
        "baseline_entropy": later("Baseline, entropy (nats)"),
        "compressed_entropy": later("Compressed, entropy (nats)"),
        "baseline_margin": later("Baseline, lead of the first token"),
        "compressed_margin": later("Compressed, lead of the first token"),
        "baseline_top": later("Baseline, first token"),
        "compressed_top": later("Compressed, first token"),
        "top_changed": later("Changed"),
    },
    "items": {
        "id": later("Id"),
        "context": later("Question"),
        "options": later("Options"),
        "right": later("Right answer (place from 0)"),
        "baseline_prediction": later("Baseline, answer (place from 0)"),
        "compressed_prediction": later("Compressed, answer (place from 0)"),
        "flip": later("Flipped"),
        "baseline_confidence": later("Baseline, confidence"),
        "compressed_confidence": later("Compressed, confidence"),
        "baseline_true_confidence": later("Baseline, confidence in the right answer"),
        "compressed_true_confidence": later("Compressed, confidence in the right answer"),
        "baseline_entropy": later("Baseline, entropy (nats)"),
        "compressed_entropy": later("Compressed, entropy (nats)"),
        "js": later("Jensen-Shannon (nats)"),
        "group": later("Group"),
    },
    "answers": {
        "context": later("Question"),
        "baseline_answer": later("Baseline, answer"),
        "compressed_answer": later("Compressed, answer"),
        "baseline_bleu_difference": later("Baseline, nearer to true answers by (BLEU)"),
        "compressed_bleu_difference": later("Compressed, nearer to true answers by (BLEU)"),
        "kl": later("KL (nats)"),
        "baseline_entropy": later("Baseline, entropy (nats)"),
        "group": later("Group"),
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
        column_config={name: tr(title) for name, title in titles.items()},
    )
