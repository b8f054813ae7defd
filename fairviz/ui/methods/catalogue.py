"""Every method of the registry: what it does, a picture of it, what it takes and costs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import streamlit as st

from fairviz.compression.method import Method
from fairviz.compression.registry import METHODS
from fairviz.figures.weights import weights
from fairviz.i18n import tr
from fairviz.inference import batch_effect
from fairviz.ui import chart
from fairviz.ui.methods import known
from fairviz.ui.plain import plain

if TYPE_CHECKING:
    from fairviz.models.pictures import Picture


def draw() -> None:
    """One section a method, family by family."""
    st.header(tr("The methods"), anchor=False)
    st.caption(
        tr(
            "The squares are 32 × 32 weights of one layer of the bundled model before and after, "
            "in one scale of colour; below them, how often each value occurs in the whole layer. "
            "The line is the baseline, the bars are the compressed form."
        )
    )
    drawn = _pictures()
    shown = [method for method in METHODS.values() if method.name != "none"]
    for family in dict.fromkeys(method.family for method in shown):
        st.markdown(f"### {plain(tr(family).capitalize())}")
        for method in shown:
            if method.family == family:
                _section(method, drawn.get(method.name))


@st.cache_resource(show_spinner=False, max_entries=1)
def _pictures() -> dict[str, Picture]:
    from fairviz.models.pictures import pictures

    return pictures()


def _section(method: Method, picture: Picture | None) -> None:
    with st.container(border=True, key=f"about_{method.name}"):
        left, right = st.columns(2, gap="medium")
        with left:
            st.markdown(f"#### {plain(tr(method.title))}")
            st.markdown(plain(tr(method.does or method.meaning)))
            st.markdown("\n".join(f"- {fact}" for fact in _facts(method)))
        if picture is None:
            return
        with right:
            chart.draw(
                weights(picture),
                key=f"weights_{method.name}",
                alt=tr(
                    "Weights of {layer} of {model} before and after {form}, and the histogram of "
                    "the whole layer.",
                    layer=picture.layer,
                    model=picture.model,
                    form=picture.form,
                ),
            )
            st.caption(
                tr(
                    "{form} on {layer} of {model}.",
                    form=plain(picture.form),
                    layer=plain(picture.layer),
                    model=plain(picture.model),
                )
            )


def _facts(method: Method) -> list[str]:
    facts = [tr("**Write:** {forms}", forms=", ".join(f"`{form}`" for form in known.forms(method)))]
    if method.takes:
        facts.append(tr("**Settings:** {takes}", takes=plain(tr(method.takes))))
    facts.append(tr("**Cost:** {cost}", cost=plain(tr(method.cost))))
    facts.append(
        tr("**Reads:** a calibration text")
        if method.calibrated
        else tr("**Reads:** nothing but the weights")
    )
    facts.append(tr("**In a batch:** {effect}", effect=plain(batch_effect.told(method.name))))
    facts.append(
        tr(
            "**Supports:** {models}; on {devices}",
            models=plain(", ".join(method.architectures) or tr("any causal language model")),
            devices=plain(", ".join(method.devices)),
        )
    )
    missing = [install for name, install in method.needs.items() if find_spec(name) is None]
    if missing:
        lines = " ".join(f"`{install}`" for install in missing)
        facts.append(tr("**Not installed here:** {lines}", lines=lines))
    if method.paper:
        facts.append(tr("**Paper:** {paper}", paper=plain(tr(method.paper))))
    return facts
