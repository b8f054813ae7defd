"""Which texts are read: by a method to see the model's activations, and to measure on.

The toy grammar is taken for granted for the bundled models alone, which were trained on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from fairviz.analyses.tradeoff.evaluation_text import ours
from fairviz.compression.calibration import (
    LENGTH,
    SAMPLES,
    Calibration,
    bundled,
    from_bytes,
    from_hub,
)
from fairviz.core.errors import FairvizError
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.ui import address, shell
from fairviz.ui.widgets import choice, number, paragraph, widget

if TYPE_CHECKING:
    from fairviz.analyses.tradeoff.evaluation_text import EvaluationText


def calibration(baseline: ModelSpec) -> Callable[[], Calibration] | None:
    """The widgets of a method's text; None while there is none.

    What is returned reads the text when it is called: from the network where it has to.
    """
    source = _source("calibration", baseline)
    with st.container(horizontal=True, gap="medium"):
        count, tokens = int(number("samples", SAMPLES)), int(number("length", LENGTH))
    if source == "file":
        file = st.file_uploader(**widget("calibration_file"))
        if file is None:
            st.info(_("Choose a file of text like that which the model is for."))
            return None
        content, name = file.getvalue(), file.name
        return lambda: from_bytes(content, name, count, tokens)
    if source == "hub":
        with st.container(horizontal=True, gap="medium"):
            name = st.text_input(**widget("calibration_hub"), placeholder="allenai/c4").strip()
            subset = st.text_input(**widget("calibration_subset"), placeholder="en").strip()
        if not name:
            st.info(_("Give the id of a data set with a column of text."))
            return None
        return lambda: from_hub(name, subset, samples=count, length=tokens)
    if not ours(baseline):
        st.warning(paragraph("toy_calibration"), icon=":material/warning:")
    return lambda: bundled(count, tokens)


def measured_on(baseline: ModelSpec) -> EvaluationText | None:
    """The widgets of the text that is measured on; None while there is none."""
    from fairviz.analyses.tradeoff import evaluation_text
    from fairviz.analyses.tradeoff.measure import DOCUMENTS

    if _source("measured_on", baseline) == "bundled":
        if not ours(baseline):
            st.warning(paragraph("toy_text"), icon=":material/warning:")
        return evaluation_text.bundled(DOCUMENTS)
    file = st.file_uploader(**widget("measured_on_file"))
    if file is None:
        st.info(_("Choose a file of text to measure on; nothing is measured without one."))
        return None
    try:
        return evaluation_text.of_file(from_bytes(file.getvalue(), file.name))
    except FairvizError as error:
        shell.advise(error)
        return None


def _source(key: str, baseline: ModelSpec) -> str:
    """Where a text is from; the choice is forgotten when the baseline becomes another's."""
    own, whose = ours(baseline), f"_{key}_ours"
    if st.session_state.setdefault(whose, own) != own:
        address.forget(key)
        st.session_state[whose] = own
    return choice(key, "bundled" if own else "file", segments=True)
