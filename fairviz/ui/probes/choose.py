"""Which probe, what it asks, and what it cannot show."""

from __future__ import annotations

import streamlit as st

from fairviz.analyses.probe.request import ProbeResult
from fairviz.core.errors import FairvizError
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.probes.record import Probe
from fairviz.probes.registry import PROBES
from fairviz.ui import address, controls, session, shell
from fairviz.ui.plain import plain
from fairviz.ui.probes import items

FIRST = "minimal_pairs"
# What of the address says which outcome is looked at and how, not what is asked.
_NO_QUESTION = (
    "outcome", "probe", "show_items", "only_flips", "search", "spread", "texts_page", "lang",
    "present",
)  # fmt: skip


def head() -> None:
    """The title and what the page is for."""
    st.title(_("Bias probes"), anchor=False)
    st.markdown(
        _(
            "Does compression change **whom** a model prefers, by how much more than chance, and "
            "for which group? One text is an anecdote; a probe asks many times and counts."
        )
    )


def restore() -> None:
    """Fill the widgets from the outcome in the address, where the address says no more."""
    key = st.query_params.get("outcome")
    if not key or st.session_state.get("_restored_outcome") == key:
        return
    st.session_state["_restored_outcome"] = key
    if any(name not in _NO_QUESTION for name in st.query_params):
        return
    found = session.store().load("probe", key)
    if found is None or st.query_params.get("probe", found.request.probe) != found.request.probe:
        return
    asked = found.request
    which = PROBES[asked.probe]
    st.query_params["probe"] = asked.probe
    names = ("baseline", "compressed") if which.models else ("called_0", "called_1")
    for name, spec in zip(names, (asked.baseline, asked.compressed), strict=True):
        st.session_state[name] = str(spec)
    origin = items.FILE
    if "bundled" in asked.source:
        origin = items.BUNDLED
    elif asked.settings.get("template"):
        origin = items.OWN
    st.session_state[f"{asked.probe}_items"] = origin
    for setting in which.settings:
        value = asked.settings.get(setting.name, setting.default)
        if isinstance(value, type(setting.default)) and not setting.upload:
            st.session_state[f"{asked.probe}_{setting.name}"] = value


def probe() -> Probe:
    """The widget, and the chosen one in the reader's words."""
    for problem in PROBES.problems:
        shell.advise(problem)
    address.follow("probe", list(PROBES), _title, FIRST)
    st.session_state.setdefault("probe", FIRST)
    name = st.selectbox(_("Probe"), list(PROBES), key="probe", format_func=_title)
    address.write("probe", name, FIRST)
    which = PROBES[str(name or FIRST)]
    _told(which)
    return which


def of(result: ProbeResult) -> Probe:
    """The probe of a run that is looked at, with what it asks and cannot show."""
    which = PROBES[result.request.probe]
    _told(which)
    if which.sensitive:
        note()
    return which


def _told(which: Probe) -> None:
    st.markdown(f"**{plain(_(which.question))}**")
    st.markdown(_("*What it cannot show:* {limits}", limits=plain(_(which.cannot))))
    if which.paper:
        st.caption(_("Source: {paper}", paper=plain(_(which.paper))))


def first(which: Probe) -> None:
    """What to do where nothing was measured yet."""
    st.markdown(
        _(
            "Choose two models in the sidebar and items above, then press **Run**. First comes "
            "what the numbers allow to say, then every group with its interval, then every item."
        )
        if which.models
        else _(
            "Choose the files above, then press **Run**. First comes what the numbers allow to "
            "say, then every group with its interval, then every item."
        )
    )


def _title(name: str) -> str:
    return _(PROBES[name].title)


def models(which: Probe) -> tuple[ModelSpec, ModelSpec] | None:
    """The pair in the sidebar; for a probe that runs none, what the two are called.

    None where a name cannot be read; the reader is told.
    """
    if which.models:
        named = controls.pair()
    else:
        with st.sidebar:
            st.header(_("Models"), anchor=False)
            st.caption(_("This probe runs no model: it reads what two models have answered."))
            named = (
                _called(_("The first answers are called"), "called_0", "baseline"),
                _called(_("The second are called"), "called_1", "compressed"),
            )
    try:
        return ModelSpec.parse(named[0]), ModelSpec.parse(named[1])
    except FairvizError as error:
        shell.advise(error)
        return None


def _called(label: str, key: str, default: str) -> str:
    advice = _(
        "Written as a model, such as mistralai/Mistral-7B-v0.1+gptq:4, it says in the bias tables "
        "how it was made."
    )
    said = st.text_input(label, default, key=key, bind="query-params", help=advice)
    return said.strip() or default


def note() -> None:
    """The content note, before anything of the items is seen."""
    st.warning(
        _(
            "**Content note.** Items of this probe can repeat stereotypes, some of them hurtful, "
            "because that is what is measured. None is held to be true here, and what a model "
            "prefers says nothing about people. Single items stay folded away until you ask for "
            "them."
        ),
        icon=":material/visibility_off:",
    )
