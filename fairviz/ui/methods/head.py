"""The head of the Methods page: what it is for, and which model is made smaller."""

from __future__ import annotations

import streamlit as st

from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.ui.methods import known

BASELINE = "demo"


def title() -> None:
    """What is here, in one sentence."""
    st.title(_("Methods"), anchor=False)
    st.markdown(
        _(
            "How much can a model be compressed before it changes? Make compressed forms of it, "
            "see what each weighs and what it does to the model, and read how each method works."
        )
    )


def baseline() -> ModelSpec:
    """The model that everything above the methods is about.

    Raises:
        BadSpec: If the name cannot be read, or is that of a compressed form.
    """
    options = list(dict.fromkeys((BASELINE, *known.baselines())))
    # A model from a link is an option too, or it would be thrown out.
    wanted = st.session_state.get("baseline") or st.query_params.get("baseline")
    if wanted and wanted not in options:
        options.append(wanted)
    text = st.selectbox(
        _("Baseline"),
        options,
        index=0,
        key="baseline",
        accept_new_options=True,
        bind="query-params",
        help=_(
            "A bundled model, a Hugging Face id, a local folder or a GGUF file; add @REVISION to "
            "pin a version."
        ),
    )
    spec = ModelSpec.parse(str(text or BASELINE))
    if spec.compression.method != "none":
        raise BadSpec(
            _("{spec} is a compressed form, not a baseline.", spec=spec),
            fix=_(
                "Choose {baseline} as the baseline and the method further below.",
                baseline=known.baseline_of(spec),
            ),
        )
    return spec
