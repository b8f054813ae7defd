"""What lives longer than one run of a page: models, the store, a viewer's running question."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fairviz.analyses.runner import Machine
from fairviz.core.errors import FairvizError
from fairviz.core.specs import ModelSpec, Question
from fairviz.metrics.traces import Comparison

if TYPE_CHECKING:
    from fairviz.analyses.store import Store
    from fairviz.models.resident import Resident
    from fairviz.models.turnstile import Turnstile

_log = logging.getLogger(__name__)


class Desk(NamedTuple):
    """A device with the pair that lies on it and the queue before it."""

    resident: Resident
    turnstile: Turnstile


@dataclass
class Asking:
    """A viewer's question while it is computed, and what was written before it stopped.

    Attributes:
        wanted: What is computed now; a rerun of the page goes on with it.
        again: Whether a stored answer is passed over.
        partial: The last unfinished answer. It is shown, never stored.
        unsaved: A finished answer that could not be stored.
        failure: Why the last question got no answer.
        writing: Held while the models write. Streamlit starts the next run of a page
            before the last has ended; that next one waits here for what was written.
    """

    wanted: tuple[Question, Machine] | None = None
    again: bool = False
    partial: Comparison | None = None
    unsaved: Comparison | None = None
    failure: FairvizError | None = None
    writing: threading.Lock = field(default_factory=threading.Lock)


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """Every run on disk."""
    from fairviz.analyses.store import Store

    return Store()


@st.cache_resource(show_spinner=False)
def desk(device: str) -> Desk:
    """The desk of one device (`cpu`, `cuda`, `mps`), shared by all viewers."""
    from fairviz.models.resident import Resident
    from fairviz.models.turnstile import Turnstile

    return Desk(Resident(), Turnstile())


def asking() -> Asking:
    """This viewer's running question."""
    if "_asking" not in st.session_state:
        st.session_state["_asking"] = Asking()
    found = st.session_state["_asking"]
    if not isinstance(found, Asking):  # the code was reloaded under a living session
        found = st.session_state["_asking"] = Asking()
    return found


def breathe() -> None:
    """Between two steps: end this run if the viewer pressed something or has left."""
    # Reading the session state is a point where streamlit stops a run on request; a
    # closed tab asks for that too, but the check does not wait for it.
    _ = "_asking" in st.session_state
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return
    if not runtime.get_instance().is_active_session(context.session_id):
        st.stop()


@st.cache_resource(show_spinner=False)
def warm(baseline: str, compressed: str) -> threading.Thread | None:
    """Load a bundled pair while the reader reads, so that the first token comes at once."""
    from fairviz.models import catalog

    specs = ModelSpec.parse(baseline), ModelSpec.parse(compressed)
    if os.environ.get("FAIRVIZ_WARM") == "0" or any(s.source not in catalog.BUNDLED for s in specs):
        return None
    thread = threading.Thread(target=_load, args=specs, name="fairviz-warm", daemon=True)
    thread.start()
    return thread


def _load(baseline: ModelSpec, compressed: ModelSpec) -> None:
    from fairviz.models import devices

    device = devices.choose("auto")
    resident, turnstile = desk(device)
    try:
        with turnstile.enter() as ticket:
            for _ in ticket.wait():
                pass
            resident.pair(baseline, compressed, device=device)
    except FairvizError as error:
        _log.info("not warmed up: %s", error)  # pressing the button says it to the reader
