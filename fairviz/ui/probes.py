"""The page Bias probes: which probe on which items, how far it is, what stands beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.presentation import Presentation, Table
from fairviz.analyses.probe.document import as_table, document
from fairviz.analyses.probe.request import ProbeRequest, ProbeResult, probe_request
from fairviz.analyses.probe.run import measure
from fairviz.analyses.runner import Machine
from fairviz.benchmarks import labels
from fairviz.core import csv_file
from fairviz.core.errors import FairvizError
from fairviz.core.setting import Setting
from fairviz.core.specs import Chat, ModelSpec
from fairviz.i18n import _, ngettext
from fairviz.models.chat import template_here
from fairviz.probes.cells import published, titled
from fairviz.probes.fields import Fetched, fetched
from fairviz.probes.labels import called
from fairviz.probes.record import Items, Probe, Step
from fairviz.probes.registry import PROBES, probe_of
from fairviz.ui import (
    below,
    chat,
    controls,
    device_queue,
    links,
    measuring,
    render,
    shell,
    visitors,
    widgets,
)
from fairviz.ui.below import File
from fairviz.ui.markup import plain
from fairviz.ui.measuring import Wanted
from fairviz.ui.probe_items import latest
from fairviz.ui.tables import filters
from fairviz.ui.visitors import Shown
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
    found = measuring.restored(
        "probe", lambda asked: asked.probe == st.session_state.get("probe", asked.probe)
    )
    if found is None or any(name not in _NO_QUESTION for name in st.query_params):
        return
    if st.query_params.get("probe", found.request.probe) != found.request.probe:
        return
    asked = found.request
    which = PROBES[asked.probe]
    st.query_params["probe"] = asked.probe
    names = ("baseline", "compressed") if which.models else ("called_0", "called_1")
    for name, spec in zip(names, (asked.baseline, asked.compressed), strict=True):
        st.session_state[name] = str(spec)
    st.session_state.update(chat.values(asked.chat) | {"null": bool(asked.null)})
    put_back(asked)


def put_back(asked: ProbeRequest) -> None:
    """The widgets of items and settings as they stood when this was asked."""
    which, origin = PROBES[asked.probe], FILE
    if "bundled" in asked.source:
        origin = BUNDLED
    elif asked.settings.get("template"):
        origin = OWN
    st.session_state[f"{asked.probe}_items"] = origin
    for setting in which.settings:
        value = asked.settings.get(setting.name, setting.default)
        if isinstance(value, type(setting.default)) and not setting.upload:
            st.session_state[f"{asked.probe}_{setting.name}"] = value


def asked(above: DeltaGenerator) -> tuple[Probe, tuple[Shown, ...]]:
    """The widgets of a question, most folded, and what the page shows: what was found `above`."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        which = probe()
        run = st.container(width="content")
    pairs = models(which)
    template, machine, null = None, Machine(), 0
    if which.models:
        with controls.settings():
            template, null, machine = put(which, pairs), controls.null(), controls.machine()
    with st.expander(_("Items, settings, limits"), which.bundled is None, icon=":material/tune:"):
        told(which)
        chosen = chosen_items(which)
    if which.models and pairs:
        device_queue.warm(*map(str, pairs[0]))
    with run:
        wanted = button(which, pairs, chosen, template, machine, null)
    return which, answer(which, wanted, chosen.items, above)


def probe() -> Probe:
    """The widget."""
    for problem in PROBES.problems:
        shell.advise(problem)
    titles = {name: _(probe.title) for name, probe in PROBES.items()}
    return PROBES[one(_("Probe"), "probe", list(titles), titles.__getitem__, FIRST)]


def of(result: ProbeResult) -> Probe:
    """The probe of a run that is looked at, with what it asks and cannot show."""
    which = PROBES[result.request.probe]
    told(which)
    return which


def told(which: Probe) -> None:
    """What a probe asks, what it cannot show, and whose it is."""
    st.markdown(f"**{plain(_(which.question))}**")
    st.markdown(_("*What it cannot show:* {limits}", limits=plain(_(which.cannot))))
    if which.paper:
        st.caption(_("Source: {paper}", paper=plain(_(which.paper))))


def models(which: Probe) -> list[tuple[ModelSpec, ModelSpec]]:
    """The pairs in the sidebar, one a form; for a probe that runs none, what the two are called.

    None where a name cannot be read; the reader is told.
    """
    if which.models:
        baseline, named = controls.models()
    else:
        with st.sidebar:
            st.header(_("Models"), anchor=False)
            st.caption(_("This probe runs no model: it reads what two models have answered."))
            baseline = _called(_("The first answers are called"), "called_0", "baseline")
            named = (_called(_("The second are called"), "called_1", "compressed"),)
    try:
        return controls.specs(baseline, named)
    except FairvizError as error:
        shell.advise(error)
        return []


def _called(label: str, key: str, default: str) -> str:
    advice = paragraph("called_as_model")
    said = st.text_input(label, default, key=key, bind="query-params", help=advice)
    return said.strip() or default


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


_fetched = st.cache_data(show_spinner=False, max_entries=2)(fetched)

# Seconds between two redraws.
_PACE = 0.15


def button(
    which: Probe,
    pairs: Sequence[tuple[ModelSpec, ModelSpec]],
    chosen: Chosen,
    put: Chat | None,
    machine: Machine,
    null: int,
) -> Wanted | None:
    """Run and Stop; what the button would ask for as the page stands."""
    wanted, label = None, _("Run")
    items, settings = chosen
    if pairs and items is not None and len(items.rows):
        requests = tuple(
            probe_request(which.name, *two, items, settings, chat=put, null=null) for two in pairs
        )
        measuring_it = partial(measure, items=items, settings=settings)
        wanted = Wanted("probe", requests, measuring_it, machine, which.models)
        label = ngettext("Run on {n:,} item", "Run on {n:,} items", requests[0].n)
    measuring.buttons("probe", wanted, label, stop=_("Stops after this step."))
    return wanted


def answer(
    which: Probe, wanted: Wanted | None, items: Items | None, above: DeltaGenerator
) -> tuple[Shown, ...]:
    """What the page shows, one a form; nothing before anything was measured."""
    now = measuring.of_page("probe")
    if any(one.result.request.probe != which.name for one in now.unkept):
        now.unkept = ()
    key = st.query_params.get("outcome")
    stored = device_queue.store().load("probe", key) if key else None
    if stored is not None and stored.request.probe != which.name:  # another was chosen since
        st.query_params.pop("outcome", None)
    return measuring.shown(
        "probe",
        wanted,
        _drawing(which, items),
        fits=lambda asked: asked.probe == which.name,
        above=above,
    )


def _drawing(which: Probe, items: Items | None) -> Callable[[Step, DeltaGenerator], None]:
    """What tells the reader of each step, and shows the text that was finished last."""
    began = drawn = time.monotonic()
    prompts = items.rows["prompt"].tolist() if items and "prompt" in items.rows else []

    def draw(step: Step, status: DeltaGenerator) -> None:
        nonlocal drawn
        now = time.monotonic()
        if now - drawn < _PACE:
            return
        drawn = now
        words = _("{done:,} of {total:,}", done=step.done, total=step.of)
        if step.null:
            words = measuring.of_null(step.done, step.of)
        if step.done:
            left = (now - began) * (step.of - step.done) / step.done
            words = f"{words}, {measuring.time_left(left)}"
        with status.container():
            st.progress(min(step.done / max(step.of, 1), 1.0), words)
            if not which.sensitive:
                latest(step.rows, prompts)

    return draw


def studies(result: ProbeResult, which: Probe) -> None:
    """Published values of the same benchmark, and the way to their page."""
    if not which.benchmark:
        return
    found = published(result.outcome, which, filters.table())
    name = labels.benchmark(which.benchmark)
    st.header(_("What studies have published of {benchmark}", benchmark=plain(name)), anchor=False)
    if len(found):
        caption = _("Published values, after those of these two models")
        render.table(Table(caption, titled(found), folded=False), key="published")
        st.caption(paragraph("read_published"))
    else:
        st.caption(paragraph("none_published"))
    label = _("{benchmark} in the bias tables", benchmark=name)
    links.link("Bias tables", label, dimension=which.dimension, benchmark=which.benchmark)


def put(which: Probe, pairs: Sequence[tuple[ModelSpec, ModelSpec]]) -> Chat | None:
    """How its prompts are put to chat models; nothing to choose for a probe that has none."""
    models = controls.each(pairs)
    if which.chat and models:
        return chat.chosen(*models)
    if which.models and any(map(template_here, models)):
        st.sidebar.caption(paragraph("no_prompts"))
    return None


def identities(result: ProbeResult, shown: Presentation, which: Probe) -> None:
    """All models as loaded, or that none was."""
    if which.models:
        render.identities(shown.identities)
        return
    st.header(_("Where the numbers come from"), anchor=False)
    source = plain(called(result.request.source))
    st.caption(_("Read from {source}; no model was loaded here.", source=source))


def parts(result: ProbeResult) -> None:
    """The way to which parts bring the change; none of a probe that does not read with both."""
    asked, which = result.request, PROBES[result.request.probe]
    if which.models and not which.writes and not visitors.here():
        links.to_parts(asked, parts_probe=asked.probe)


def files(result: ProbeResult) -> None:
    """The outcome as files, and the address that restores it."""
    name = f"fairviz-{result.request.probe}"
    outcome, csv = result.outcome.items, csv_file.written
    said = _("python -m fairviz tables import FILE takes it; then it stands in Bias tables.")
    everything, items = _("JSON: everything measured"), _("CSV: one row an item")
    table = _("CSV: rows of the bias tables")
    below.downloads(
        File(everything, f"{name}.json", lambda: below.as_json(document(result))),
        File(items, f"{name}-items.csv", lambda: csv(outcome)),
        File(table, f"{name}-table.csv", lambda: csv(as_table(result)), said, "table"),
    )
