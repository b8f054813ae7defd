"""Which text a method reads to see what the model's activations are like."""

from __future__ import annotations

from collections.abc import Callable

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
from fairviz.core.specs import ModelSpec
from fairviz.i18n import N_, _
from fairviz.ui import address
from fairviz.ui.tables.bound import segment

_SOURCES = {
    "bundled": N_("fairviz's toy grammar, French and English"),
    "file": N_("A text file"),
    "hub": N_("A data set of the Hub"),
}


_WHOSE = "_calibration_ours"


def choose(baseline: ModelSpec) -> Callable[[], Calibration] | None:
    """The widgets of the text; None while there is none.

    The toy grammar is taken for granted for the bundled models alone, which were trained on it.

    What is returned reads the text when it is called: from the network where it has to.
    """
    own = ours(baseline)
    if st.session_state.setdefault(_WHOSE, own) != own:
        address.forget("calibration")
        st.session_state[_WHOSE] = own
    source = segment(
        _("Calibration text"),
        "calibration",
        list(_SOURCES),
        lambda name: _(_SOURCES[name]),
        "bundled" if own else "file",
        _(
            "The method keeps what matters on this text, so the text decides whom it hurts. It is "
            "part of the model's name in the cache."
        ),
    )
    with st.container(horizontal=True, gap="medium"):
        samples = st.number_input(
            _("Samples"),
            1,
            4096,
            SAMPLES,
            key="samples",
            bind=address.number_bound("samples"),
            width=160,
        )
        length = st.number_input(
            _("Tokens of a sample"),
            1,
            8192,
            LENGTH,
            key="length",
            bind=address.number_bound("length"),
            width=160,
        )
    count, tokens = int(samples), int(length)
    if source == "file":
        file = st.file_uploader(
            _("A text file"),
            type=["txt", "md"],
            key="calibration_file",
            help=_("UTF-8, documents apart by an empty line. It stays on this machine."),
        )
        if file is None:
            st.info(_("Choose a file of text like that which the model is for."))
            return None
        content, name = file.getvalue(), file.name
        return lambda: from_bytes(content, name, count, tokens)
    if source == "hub":
        with st.container(horizontal=True, gap="medium"):
            name = st.text_input(
                _("Data set"),
                key="calibration_hub",
                bind="query-params",
                placeholder="allenai/c4",
                help=_("Its id on the Hugging Face Hub. Needs the package datasets and a network."),
            ).strip()
            subset = st.text_input(
                _("Subset"),
                key="calibration_subset",
                bind="query-params",
                placeholder="en",
                help=_("Where the data set has several; its split is train."),
            ).strip()
        if not name:
            st.info(_("Give the id of a data set with a column of text."))
            return None
        return lambda: from_hub(name, subset, samples=count, length=tokens)
    if not own:
        st.warning(
            _(
                "This is text of a small made-up grammar, unlike what the model has read: what the "
                "method keeps on it is not what the model needs."
            ),
            icon=":material/warning:",
        )
    return lambda: bundled(count, tokens)
