"""Every method of the registry: what it does, a picture of it, what it takes and costs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import streamlit as st

from fairviz.compression.method import Method
from fairviz.compression.registry import METHODS
from fairviz.figures.weights import weights
from fairviz.ui import chart
from fairviz.ui.methods import known
from fairviz.ui.plain import plain

if TYPE_CHECKING:
    from fairviz.models.pictures import Picture


def draw() -> None:
    """One section a method, family by family."""
    st.subheader("The methods", anchor=False)
    st.caption(
        "The squares are 32 × 32 weights of one layer of the bundled model before and after, in "
        "one scale of colour; below them, how often each value occurs in the whole layer. Blue is "
        "the baseline, orange the compressed form."
    )
    drawn = _pictures()
    shown = [method for method in METHODS.values() if method.name != "none"]
    for family in dict.fromkeys(method.family for method in shown):
        st.markdown(f"#### {plain(family.capitalize())}")
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
            st.markdown(f"##### {plain(method.title)}")
            st.markdown(plain(method.does or method.meaning))
            st.markdown("\n".join(f"- **{name}:** {text}" for name, text in _facts(method)))
        if picture is None:
            return
        with right:
            chart.draw(
                weights(picture),
                key=f"weights_{method.name}",
                alt=f"Weights of {picture.layer} before and after {picture.form}, and the "
                "histogram of the whole layer.",
            )
            st.caption(f"{plain(picture.form)} on {plain(picture.layer)}.")


def _facts(method: Method) -> list[tuple[str, str]]:
    facts = [("Write", ", ".join(f"`{form}`" for form in known.forms(method)))]
    if method.takes:
        facts.append(("Settings", plain(method.takes)))
    facts.append(("Cost", plain(method.cost)))
    reads = "a calibration text" if method.calibrated else "nothing but the weights"
    facts.append(("Reads", reads))
    models = ", ".join(method.architectures) or "any causal language model"
    facts.append(("Supports", plain(f"{models}; on {', '.join(method.devices)}")))
    missing = [install for name, install in method.needs.items() if find_spec(name) is None]
    if missing:
        facts.append(("Not installed here", " ".join(f"`{install}`" for install in missing)))
    if method.paper:
        facts.append(("Paper", plain(method.paper)))
    return facts
