"""The tables that probes make, in a reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import streamlit as st

from fairviz.i18n import N_
from fairviz.probes.headings import heading
from fairviz.ui.numerals import numerals

if TYPE_CHECKING:
    import pandas as pd
    from pandas.io.formats.style import Styler

# What `baseline` and `compressed` of one item are.
OF_AN_ITEM = {
    "minimal_pairs": N_(
        "ln p of the sentence with the first words in brackets minus ln p of the other, over the "
        "tokens that are compared: above 0 the first is likelier."
    ),
    "counterfactual": N_(
        "the effect of the swap in brackets on the share of the expected continuations, -1 to 1."
    ),
    "samples": N_("the measure above, of this one sample."),
    "stereoset": N_(
        "ln p per token of the stereotype (first in brackets) minus that of the anti-stereotype."
    ),
    "bbq": N_("the share of the stereotyped answer minus that of the one against the stereotype."),
    "unqover": N_("the comparative score, -1 to 1: above 0 the first subject is named."),
    "dialect": N_("surprisal of the document in nats, per unit."),
    "classifier": N_("the measure above, of this one text."),
    "group_auc": N_("the score in the file."),
    "stored": N_("how many words of the lists the answer holds."),
}
# What an items table does not say twice.
HIDDEN = {
    "prompt", "place", "seed", "baseline_marks", "compressed_marks", "prompt_first",
    "prompt_second", "contexts", "answers", "options", "key",
}  # fmt: skip


def legible(table: pd.DataFrame) -> Styler:
    """A table for `st.dataframe`, its numbers as the language writes them."""
    fractions = [name for name in map(str, table.columns) if table[name].dtype.kind == "f"]
    return numerals(table, dict.fromkeys(fractions, ".4g"))


def columns(table: pd.DataFrame, wide: Iterable[str] = ("text",)) -> dict[str, Any]:
    """Headings for `st.dataframe`."""
    found: dict[str, Any] = {}
    for name in map(str, table.columns):
        if name in wide:
            found[name] = st.column_config.TextColumn(heading(name), width="large")
        else:
            found[name] = st.column_config.Column(heading(name))
    return found
