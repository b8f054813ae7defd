"""Which text the compressed forms are measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.core.errors import FairvizError
from fairviz.core.specs import ModelSpec
from fairviz.i18n import N_, _
from fairviz.ui import address, shell
from fairviz.ui.tables.bound import segment

if TYPE_CHECKING:
    from fairviz.analyses.tradeoff.evaluation_text import EvaluationText

_SOURCES = {"file": N_("A text file"), "bundled": N_("fairviz's toy grammar")}
_WHOSE = "_measured_on_ours"


def choose(baseline: ModelSpec) -> EvaluationText | None:
    """The widgets of the text; None while there is none.

    The toy grammar is taken for granted for the bundled models alone, which were trained on it.
    """
    from fairviz.analyses.tradeoff.evaluation_text import bundled, of_file, ours
    from fairviz.analyses.tradeoff.measure import DOCUMENTS
    from fairviz.compression.calibration import from_bytes

    own = ours(baseline)
    if st.session_state.setdefault(_WHOSE, own) != own:
        address.forget("measured_on")
        st.session_state[_WHOSE] = own
    source = segment(
        _("Measured on"),
        "measured_on",
        list(_SOURCES),
        lambda name: _(_SOURCES[name]),
        "bundled" if own else "file",
        _(
            "Both models read this text; KL and perplexity are means over its tokens. Another text "
            "can rank the methods otherwise, so its name and hash are kept with every number."
        ),
    )
    if source == "bundled":
        if not own:
            st.warning(
                _(
                    "This is text of a small made-up grammar, unlike what the model has read: it "
                    "can rank the methods otherwise than real text does."
                ),
                icon=":material/warning:",
            )
        return bundled(DOCUMENTS)
    file = st.file_uploader(
        _("A text to measure on"),
        type=["txt", "md"],
        key="measured_on_file",
        help=_(
            "UTF-8, documents apart by an empty line, a few pages of the kind that the model is "
            "for, and not the calibration text. It stays on this machine."
        ),
    )
    if file is None:
        st.info(_("Choose a file of text to measure on; nothing is measured without one."))
        return None
    try:
        return of_file(from_bytes(file.getvalue(), file.name))
    except FairvizError as error:
        shell.advise(error)
        return None
