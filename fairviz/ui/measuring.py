"""From the button to a result on a page, for every kind that is measured at one go.

A press of the button says what is wanted; the run of the page that follows finds or measures it,
puts its key into the address, and runs the page again, which shows what the address names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses import runner
from fairviz.analyses.base import Request
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.runner import Machine, Measuring
from fairviz.i18n import _
from fairviz.ui import desk, job, session, shell
from fairviz.ui.answers import stored_on
from fairviz.ui.plain import plain


class Wanted(NamedTuple):
    """What a press of the button asks for.

    Attributes:
        kind: A key of `registry.ANALYSES`.
        request: What is asked.
        measure: Measures it; see `runner.answer`.
        machine: Where.
        models: Whether models are run.
    """

    kind: str
    request: Request
    measure: Measuring
    machine: Machine
    models: bool = True


class Shown(NamedTuple):
    """A result on the page; `key` is empty where it is not in the store."""

    result: Any
    key: str


def buttons(kind: str, wanted: Wanted | None, label: str, *, stop: str, stopped: str) -> None:
    """Run and Stop.

    Args:
        kind: Of the page.
        wanted: What Run would ask for as the page stands; None where something is missing.
        label: On the first button.
        stop: What Stop does, for who asks.
        stopped: What is said once it was pressed, marked `N_`.
    """
    now = job.of_page(kind)
    with st.container(horizontal=True, gap="small"):
        st.button(
            label,
            type="primary",
            key="run",
            icon=":material/play_arrow:",
            disabled=wanted is None or now.wanted is not None,
            on_click=job.ask,
            args=(now, wanted),
        )
        st.button(
            _("Stop"),
            key="stop_run",
            icon=":material/stop:",
            disabled=now.wanted is None,
            on_click=job.stop,
            args=(now, stopped),
            help=stop,
        )


def shown(
    kind: str, wanted: Wanted | None, draw: Callable[[Any, DeltaGenerator], None]
) -> Shown | None:
    """What the page shows; None before anything was measured.

    Args:
        kind: Of the page.
        wanted: What its button asks for now.
        draw: Tells the reader how far it is, from a progress, in the place for it.
    """
    now = job.of_page(kind)
    status = st.empty()  # always there, so that what is below keeps its place
    if now.wanted is not None:
        asking = now.wanted
        job.finish(now, lambda: _compute(asking, draw, status))
    if now.failure is not None:
        shell.advise(now.failure)
    if now.stopped:
        status.info(_(now.stopped), icon=":material/stop:")
    found = _known(kind)
    if found is not None and not now.stopped:
        _origin(kind, found, wanted, status)
    return found


def time_left(seconds: float) -> str:
    """How long the rest takes."""
    minutes, left = divmod(round(seconds), 60)
    if not minutes:
        return _("about {seconds} s left", seconds=left)
    return _("about {minutes} min {seconds} s left", minutes=minutes, seconds=left)


def _known(kind: str) -> Shown | None:
    unsaved = job.of_page(kind).unsaved
    if unsaved is not None:
        return Shown(unsaved, "")
    key = st.query_params.get(ANALYSES[kind].parameter)
    if not key:
        return None
    stored = session.store().load(kind, key)
    if stored is None:
        st.warning(
            _("What this link names is not in this machine's store. Choose above and press Run."),
            icon=":material/inventory_2:",
        )
        return None
    return Shown(stored, key)


def _origin(kind: str, found: Shown, wanted: Wanted | None, status: DeltaGenerator) -> None:
    """Where the result comes from, and what it is of where the widgets say something else."""
    with status.container():
        if not found.key:
            st.caption(_("Measured just now, but not stored: download it below."))
        elif st.session_state.get(_fresh(kind)) == found.key:
            st.caption(_("Measured just now."))
        else:
            date = stored_on(found.result.provenance)
            st.caption(
                _("Answered from the store, measured on {date} UTC. No model was run.", date=date)
            )
        before = found.result.request
        if wanted is None or wanted.request != before:
            below = _("Below: {what}.", what=plain(ANALYSES[kind].label(before)))
            more = _("Press Run for what is chosen above.") if wanted is not None else ""
            st.info(f"{below} {more}".strip())


def _compute(
    wanted: Wanted, draw: Callable[[Any, DeltaGenerator], None], status: DeltaGenerator
) -> None:
    """Find or measure it, and put its key into the address."""

    def step(progress: Any) -> None:
        session.breathe()
        draw(progress, status)

    kind, now = wanted.kind, job.of_page(wanted.kind)
    st.session_state[_fresh(kind)] = None
    answer = runner.answer(
        kind,
        wanted.request,
        wanted.measure,
        machine=wanted.machine,
        store=session.store(),
        loading=desk.loading(status) if wanted.models else runner.no_pair,
        on_step=step,
        again=now.again,
    )
    name = ANALYSES[kind].parameter
    if not answer.key:
        now.unsaved = answer.result
        st.query_params.pop(name, None)
        return
    st.session_state[_fresh(kind)] = answer.key if answer.fresh else None
    st.session_state[f"_restored_{name}"] = answer.key  # the widgets say it already
    st.query_params[name] = answer.key


def _fresh(kind: str) -> str:
    """Where the session keeps the key of what was measured now."""
    return f"_measured_now_{kind}"
