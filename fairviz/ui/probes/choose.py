"""Which probe, what it asks and cannot show, and which items it puts before the models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import streamlit as st

from fairviz.analyses.probe.request import ProbeResult
from fairviz.core.errors import FairvizError
from fairviz.core.setting import Setting
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.probes.fields import Fetched, fetched
from fairviz.probes.record import Items, Probe
from fairviz.probes.registry import PROBES, probe_of
from fairviz.ui import controls, device_queue, shell, widgets
from fairviz.ui.markup import plain
from fairviz.ui.widgets import choice, one, paragraph, widget

FIRST = "minimal_pairs"
BUNDLED, OWN, FILE, HUB = "bundled", "own", "file", "hub"
# The first and the second file.
_Given: TypeAlias = tuple[Fetched, Fetched | None] | None
# What of the address says which outcome is looked at and how, not what is asked.
_NO_QUESTION = (
    "outcome", "probe", "show_items", "only_flips", "search", "spread", "texts_page", "lang",
    "present",
)  # fmt: skip


def restore() -> None:
    """Fill the widgets from the outcome in the address, where the address says no more."""
    key = st.query_params.get("outcome")
    if not key or st.session_state.get("_restored_outcome") == key:
        return
    st.session_state["_restored_outcome"] = key
    if any(name not in _NO_QUESTION for name in st.query_params):
        return
    found = device_queue.store().load("probe", key)
    if found is None or st.query_params.get("probe", found.request.probe) != found.request.probe:
        return
    asked = found.request
    which = PROBES[asked.probe]
    st.query_params["probe"] = asked.probe
    names = ("baseline", "compressed") if which.models else ("called_0", "called_1")
    for name, spec in zip(names, (asked.baseline, asked.compressed), strict=True):
        st.session_state[name] = str(spec)
    origin = FILE
    if "bundled" in asked.source:
        origin = BUNDLED
    elif asked.settings.get("template"):
        origin = OWN
    st.session_state[f"{asked.probe}_items"] = origin
    for setting in which.settings:
        value = asked.settings.get(setting.name, setting.default)
        if isinstance(value, type(setting.default)) and not setting.upload:
            st.session_state[f"{asked.probe}_{setting.name}"] = value


def probe() -> Probe:
    """The widget, and the chosen one in the reader's words."""
    for problem in PROBES.problems:
        shell.advise(problem)
    titles = {name: _(probe.title) for name, probe in PROBES.items()}
    which = PROBES[one(_("Probe"), "probe", list(titles), titles.__getitem__, FIRST)]
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
    advice = paragraph("called_as_model")
    said = st.text_input(label, default, key=key, bind="query-params", help=advice)
    return said.strip() or default


def note() -> None:
    """The content note, before anything of the items is seen."""
    st.warning(paragraph("content_note"), icon=":material/visibility_off:")


class Chosen(NamedTuple):
    """What the reader wants measured: items, None until there are some, and all settings."""

    items: Items | None
    settings: dict[str, Any]


def chosen_items(which: Probe) -> Chosen:
    """The widgets of the items and of the settings; failures are told where they arise."""
    origins = [FILE, HUB] if which.models else [FILE]
    if which.bundled is not None:
        origins.insert(0, BUNDLED)
    typed, others = _parts(which.settings, "typed")
    if typed:
        origins.insert(1, OWN)
    origin = origins[0]
    if len(origins) > 1:
        origin = choice("items", options=origins, of=which.name, segments=True)
    of_bundled, others = _parts(others, "bundled")
    of_items, others = _parts(others, "all")
    said = which.settled({})
    if origin == OWN:
        said |= widgets.settings(which.name, typed)
    given = None
    try:
        if origin in (FILE, HUB):
            given = _given(which, origin)
        own = of_bundled if origin == BUNDLED else []
        said |= widgets.settings(which.name, [*own, *of_items])
        if others:
            with st.expander(_("How it is measured"), icon=":material/tune:"):
                said |= widgets.settings(which.name, others)
        with st.container():  # one place, so that a spinner does not move the buttons below
            return Chosen(_items(which, origin, given, said), said)
    except FairvizError as error:
        shell.advise(error)
        return Chosen(None, said)


def _parts(those: Sequence[Setting], affects: str) -> tuple[list[Setting], list[Setting]]:
    """The settings that say which of the items there are, and the others."""
    found = [one for one in those if one.affects_items == affects]
    return found, [one for one in those if one not in found]


def _items(which: Probe, origin: str, given: _Given, said: dict[str, Any]) -> Items | None:
    if origin == OWN and not said["template"]:
        st.info(_("Write a template with a slot in braces, and what fills it: {NAME} worked as a."))
        return None
    if origin in (FILE, HUB) and given is None:
        return None
    with st.spinner(_("Reading the items …")):
        found = _read(which.name, given, tuple(said.items()))
    controls.skipped(len(found.rows), found.left_out)
    if found.warts:
        odd = controls.reasons(list(found.warts.items()))
        st.caption(_("Odd in these items, and told: {odd}.", odd=odd))
    return found


@st.cache_data(show_spinner=False, max_entries=6)
def _read(name: str, given: _Given, said: Sequence[tuple[str, Any]]) -> Items:
    return probe_of(name).items([file for file in given or () if file], dict(said))


def _given(which: Probe, origin: str) -> _Given:
    """The first and the second file; None while one that is needed is missing."""
    st.caption(_("It reads {formats}.", formats=plain(_(which.formats))))
    places = st.columns(2 if which.second else 1)
    with places[0]:
        label = _("The first file") if which.second_needed else _("A file with the items")
        first = _file(label, f"{which.name}_file") if origin == FILE else _hub(which)
    second = None
    if which.second:
        with places[1]:
            what = plain(_(which.second))
            second = _file(_("Second file: {what}", what=what), f"{which.name}_second")
    if first is None or (which.second_needed and second is None):
        said = [
            _("Choose a file.") if origin == FILE else _("Name a data set and press Fetch."),
            _("Both files are needed.") if which.second_needed else "",
            _("It stays on this machine."),
        ]
        st.info(" ".join(one for one in said if one), icon=":material/upload_file:")
        return None
    return first, second


def _file(label: str, key: str) -> Fetched | None:
    file = st.file_uploader(label, key=key)
    return None if file is None else Fetched(file.getvalue(), file.name)


def _hub(which: Probe) -> Fetched | None:
    of, asked = which.name, f"_fetched_{which.name}"
    said = st.text_input(**{**widget("hub"), "key": f"{of}_hub"}).strip()
    if st.button(**{**widget("fetch"), "key": f"{of}_fetch"}, disabled=not said):
        st.session_state[asked] = said
    if not said or st.session_state.get(asked) != said:
        return None
    with st.spinner(_("Fetching the data set …")):
        return _fetched(said)


@st.cache_data(show_spinner=False, max_entries=2)
def _fetched(said: str) -> Fetched:
    return fetched(said)
