"""Every method of the registry: what it does, a picture of it, what it takes and costs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import streamlit as st

from fairviz.compression.method import Method
from fairviz.compression.registry import METHODS
from fairviz.figures.weights import weights
from fairviz.i18n import _
from fairviz.inference import batch_effect
from fairviz.ui import render, shell
from fairviz.ui.markup import plain
from fairviz.ui.widgets import one, paragraph

if TYPE_CHECKING:
    from fairviz.models.pictures import Picture


def draw() -> None:
    """The method that the reader chooses, of all, family by family."""
    st.header(_("The methods"), anchor=False)
    for problem in METHODS.problems:
        shell.advise(problem)
    known = {name: method for name, method in METHODS.items() if name != "none"}
    families = [*dict.fromkeys(method.family for method in known.values())]
    names = sorted(known, key=lambda name: families.index(known[name].family))
    label = _("What it does, and what it takes and costs")
    about = one(label, "about", names, lambda name: _(known[name].title), segments=True)
    _section(known[about], _pictures().get(about))


@st.cache_resource(show_spinner=False, max_entries=1)
def _pictures() -> dict[str, Picture]:
    from fairviz.models.pictures import pictures

    return pictures()


def _section(method: Method, picture: Picture | None) -> None:
    with st.container(border=True, key=f"about_{method.name}"):
        left, right = st.columns(2, gap="medium")
        with left:
            st.markdown(f"### {plain(_(method.title))}")
            st.caption(plain(_(method.family).capitalize()))
            st.markdown(plain(_(method.does or method.meaning)))
            st.markdown("\n".join(f"- {fact}" for fact in _facts(method)))
        if picture is None:
            return
        with right:
            render.chart(
                weights(picture),
                key=f"weights_{method.name}",
                alt=paragraph(
                    "weights_alt", layer=picture.layer, model=picture.model, form=picture.form
                ),
            )
            st.caption(paragraph("weights_shown"))
            st.caption(
                _(
                    "{form} on {layer} of {model}.",
                    form=plain(picture.form),
                    layer=plain(picture.layer),
                    model=plain(picture.model),
                )
            )


def _facts(method: Method) -> list[str]:
    facts = [
        _(
            "**Write:** {forms}",
            forms=", ".join(f"`{form}`" for form in method.forms or (method.name,)),
        )
    ]
    if method.takes:
        facts.append(_("**Settings:** {takes}", takes=plain(_(method.takes))))
    facts.append(_("**Cost:** {cost}", cost=plain(_(method.cost))))
    facts.append(
        _("**Reads:** a calibration text and pairs of sentences")
        if method.paired
        else _("**Reads:** a calibration text")
        if method.calibrated
        else _("**Reads:** nothing but the weights")
    )
    facts.append(_("**In a batch:** {effect}", effect=plain(batch_effect.told(method.name))))
    facts.append(
        _(
            "**Supports:** {models}; on {devices}",
            models=plain(", ".join(method.architectures) or _("any causal language model")),
            devices=plain(", ".join(method.devices)),
        )
    )
    missing = [install for name, install in method.needs.items() if find_spec(name) is None]
    if missing:
        lines = " ".join(f"`{install}`" for install in missing)
        facts.append(_("**Not installed here:** {lines}", lines=lines))
    if method.paper:
        facts.append(_("**Paper:** {paper}", paper=plain(_(method.paper))))
    return facts
