"""Compressed forms that are there already, such as GGUF files, measured beside those made here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.ui.methods import work
from fairviz.ui.widgets import widget

if TYPE_CHECKING:
    from fairviz.analyses.tradeoff.evaluation_text import EvaluationText


def draw(baseline: ModelSpec, text: EvaluationText | None) -> None:
    """Where they are named, and the button that measures them on the chosen text and on pairs."""
    with st.expander(_("Measure GGUF files and other forms")):
        named = st.text_area(**widget("other_forms"))
        models = [ModelSpec.parse(line) for line in named.splitlines() if line.strip()]
        tasks = [work.Task(baseline, False, True, model=one, text=text) for one in models]
        work.button("measure_others", tasks if text is not None else [], _("Measure them"))
