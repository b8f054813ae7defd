"""What lives longer than one run of a page: the store, and each device with its pair and queue."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st
from streamlit import runtime
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fairviz.analyses.base import Request, models_of, together
from fairviz.analyses.store import Store
from fairviz.core.errors import FairvizError, OutOfMemory
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models import catalog, devices
from fairviz.ui import markup, visitors

if TYPE_CHECKING:
    from fairviz.analyses.runner import Machine
    from fairviz.models.pair import Pair
    from fairviz.models.resident import DeviceQueue, Resident


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """Every run on disk."""
    return Store()


def check_cancelled() -> None:
    """Between two steps: end this run if the viewer pressed something or has left."""
    # Reading the session state is a point where streamlit stops a run on request; a
    # closed tab asks for that too, but the check does not wait for it.
    _rest = "_cancelled" in st.session_state
    context = get_script_run_ctx()
    if context is not None and left(context.session_id):
        st.stop()


def left(session: str) -> bool:
    """Whether the viewer of a session has closed the page."""
    return runtime.exists() and not runtime.get_instance().is_active_session(session)


_log = logging.getLogger(__name__)
# So many stages of loading are seen at once.
_STAGES = 5


class Device(NamedTuple):
    """A device with the pair that is loaded on it and the queue before it."""

    resident: Resident
    queue: DeviceQueue


@st.cache_resource(show_spinner=False)
def of(device: str) -> Device:
    """The queue of one device (`cpu`, `cuda`, `mps`), shared by all viewers."""
    from fairviz.models.resident import DeviceQueue, Resident

    return Device(Resident(), DeviceQueue())


def loading(
    status: DeltaGenerator,
) -> Callable[[Request, Machine, str], AbstractContextManager[Pair]]:
    """What loads a pair once its device is free, and tells on `status` how far that is.

    Whatever ends its block leaves the queue. It raises `NotShown` if this server shows what is
    stored, and computes nothing.
    """

    @contextmanager
    def loaded(request: Request, machine: Machine, device: str) -> Iterator[Pair]:
        shared = visitors.here()
        if shared is not None and not shared.tokens:
            raise visitors.not_shown()
        resident, queue = of(device)

        stages: dict[str, str] = {}

        def say(words: str) -> None:
            check_cancelled()
            # One stage tells how far it is in numbers alone; another begins with other words.
            stages[re.sub(r"\d+", "", words)] = words
            shown = list(stages.values())[-_STAGES:]
            status.html(markup.of("stages", done=shown[:-1], now=shown[-1]))

        with queue.turn() as ahead_of_us:
            for ahead in ahead_of_us:
                say(_("In line on this {device}: {ahead} before you.", device=device, ahead=ahead))
            say(_("Waking the two models up…"))
            pair = resident.pair(
                *models_of(request),
                device=device,
                unsafe_pickle=machine.unsafe_pickle,
                together=together(request),
                progress=say,
            )
            try:
                yield pair
            except OutOfMemory:
                resident.release()
                raise

    return loaded


@st.cache_resource(show_spinner=False)
def warm(baseline: str, compressed: str) -> threading.Thread | None:
    """Load a bundled pair while the reader reads, so that the first token comes at once."""
    specs = ModelSpec.parse(baseline), ModelSpec.parse(compressed)
    if os.environ.get("FAIRVIZ_WARM") == "0" or any(s.source not in catalog.BUNDLED for s in specs):
        return None
    thread = threading.Thread(target=_load, args=specs, name="fairviz-warm", daemon=True)
    thread.start()
    return thread


def _load(baseline: ModelSpec, compressed: ModelSpec) -> None:
    device = devices.choose("auto")
    resident, queue = of(device)
    try:
        with queue.turn() as ahead_of_us:
            for _rest in ahead_of_us:
                pass
            resident.pair(baseline, compressed, device=device)
    except FairvizError as error:
        _log.info("not warmed up: %s", error)  # pressing the button says it to the reader
