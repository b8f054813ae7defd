"""Which items a probe puts before the models: bundled, one's own, a file, a data set of the Hub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st

from fairviz.core.errors import FairvizError
from fairviz.core.setting import Setting
from fairviz.i18n import N_, _
from fairviz.probes.hub import Fetched, fetched
from fairviz.probes.record import Items, Probe
from fairviz.probes.registry import probe_of
from fairviz.ui import shell, skipped
from fairviz.ui.plain import plain
from fairviz.ui.probes import settings
from fairviz.ui.tables.bound import segment

BUNDLED, OWN, FILE, HUB = "bundled", "own", "file", "hub"
_TITLES = {
    BUNDLED: N_("fairviz's own"),
    OWN: N_("A template of yours"),
    FILE: N_("A file"),
    HUB: N_("A data set of the Hub"),
}


class Chosen(NamedTuple):
    """What the reader wants measured: items, None until there are some, and all settings."""

    items: Items | None
    settings: dict[str, Any]


def choose(which: Probe) -> Chosen:
    """The widgets of the items and of the settings; failures are told where they arise."""
    origins = [FILE, HUB] if which.models else [FILE]
    if which.bundled is not None:
        origins.insert(0, BUNDLED)
    typed, others = _parts(which.settings, "typed")
    if typed:
        origins.insert(1, OWN)
    origin = origins[0]
    if len(origins) > 1:
        origin = segment(_("Items"), f"{which.name}_items", origins, lambda one: _(_TITLES[one]))
    of_bundled, others = _parts(others, "bundled")
    of_items, others = _parts(others, "all")
    said = which.settled({})
    if origin == OWN:
        said |= settings.draw(which.name, typed)
    given = None
    try:
        if origin in (FILE, HUB):
            given = _given(which, origin)
        own = of_bundled if origin == BUNDLED else []
        said |= settings.draw(which.name, [*own, *of_items])
        if others:
            with st.expander(_("How it is measured"), icon=":material/tune:"):
                said |= settings.draw(which.name, others)
        with st.container():  # one place, so that a spinner does not move the buttons below
            return Chosen(_items(which, origin, given, said), said)
    except FairvizError as error:
        shell.advise(error)
        return Chosen(None, said)


def _parts(those: Sequence[Setting], affects: str) -> tuple[list[Setting], list[Setting]]:
    """The settings that say which of the items there are, and the others."""
    found = [one for one in those if one.affects_items == affects]
    return found, [one for one in those if one not in found]


def _items(
    which: Probe, origin: str, given: tuple[Fetched, Fetched | None] | None, said: dict[str, Any]
) -> Items | None:
    if origin == OWN and not said["template"]:
        st.info(_("Write a template with a slot in braces, and what fills it: {NAME} worked as a."))
        return None
    if origin in (FILE, HUB) and given is None:
        return None
    with st.spinner(_("Reading the items …")):
        found = _read(which.name, given, tuple(said.items()))
    skipped.draw(len(found.rows), found.left_out)
    if found.warts:
        odd = skipped.listed(list(found.warts.items()))
        st.caption(_("Odd in these items, and told: {odd}.", odd=odd))
    return found


@st.cache_data(show_spinner=False, max_entries=6)
def _read(
    name: str,
    given: tuple[Fetched, Fetched | None] | None,
    said: Sequence[tuple[str, Any]],
) -> Items:
    return probe_of(name).items([file for file in given or () if file], dict(said))


def _given(which: Probe, origin: str) -> tuple[Fetched, Fetched | None] | None:
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
    said = st.text_input(
        _("Data set"),
        key=f"{which.name}_hub",
        bind="query-params",
        placeholder=_("OWNER/NAME or OWNER/NAME:SUBSET"),
        help=_(
            "A data set id of the Hugging Face Hub. Its test set is taken, else its validation "
            "set, else its training set. This is the one thing here that asks the network."
        ),
    ).strip()
    asked = f"_fetched_{which.name}"
    key = f"{which.name}_fetch"
    if st.button(_("Fetch"), key=key, disabled=not said, icon=":material/download:"):
        st.session_state[asked] = said
    if not said or st.session_state.get(asked) != said:
        return None
    with st.spinner(_("Fetching the data set …")):
        return _fetched(said)


@st.cache_data(show_spinner=False, max_entries=2)
def _fetched(said: str) -> Fetched:
    return fetched(said)
