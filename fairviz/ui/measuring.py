"""From the button to a result on a page, for every kind that is measured at one go.

A press of the button says what is wanted; the run of the page that follows finds or measures it,
puts its key into the address, and runs the page again, which shows what the address names.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses import runner
from fairviz.analyses.base import Request
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.runner import Answer, Loading, Machine, Measuring
from fairviz.core.errors import FairvizError
from fairviz.i18n import _, moment
from fairviz.ui import device_queue, shell, visitors
from fairviz.ui.markup import plain
from fairviz.ui.visitors import Shown
from fairviz.ui.widgets import paragraph, widget


@dataclass
class Job:
    """A viewer's long work of one kind."""

    wanted: Any = None  # what is computed now; a rerun of the page goes on with it
    again: bool = False  # whether a stored answer is passed over
    failure: FairvizError | None = None  # why the last one got no answer
    unkept: Any = None  # an answer that is shown and not stored
    origin: str = ""  # what to say of `unkept`
    stopped: str = ""  # what to say of a job that the viewer stopped, in English
    fresh: str = ""  # key of what was computed last
    # Held while models write an answer that is shown as far as it came. Streamlit starts the next
    # run of a page before the last has ended; that next one waits here.
    writing: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, wanted: Any, *, again: bool = False) -> None:
        """Compute this in the next run of the page."""
        self.wanted, self.again, self.failure, self.unkept = wanted, again, None, None
        self.stopped = ""

    def stop(self, words: str = "") -> None:
        """Compute nothing any more."""
        self.wanted, self.stopped = None, words


def of_page(kind: str) -> Job:
    """This viewer's job of a kind."""
    key = f"_job_{kind}"
    found = st.session_state.get(key)
    if not isinstance(found, Job):  # also when the code was reloaded under a living session
        found = st.session_state[key] = Job()
    return found


class Wanted(NamedTuple):
    """What a press of the button asks for: the arguments of `runner.answer`.

    Where no `models` are run, none is loaded.
    """

    kind: str
    request: Request
    measure: Measuring
    machine: Machine
    models: bool = True


def buttons(kind: str, wanted: Wanted | None, label: str, *, stop: str, stopped: str) -> None:
    """Run, for `wanted` where nothing is missing, and Stop: what it does for who asks, and what is
    said once it was pressed, marked `N_`."""
    now = of_page(kind)
    with st.container(horizontal=True, gap="small"):
        st.button(
            label,
            **widget("run"),
            disabled=wanted is None or now.wanted is not None,
            on_click=now.ask,
            args=(wanted,),
        )
        st.button(
            **widget("stop_run"),
            disabled=now.wanted is None,
            on_click=now.stop,
            args=(stopped,),
            help=stop,
        )


def restored(kind: str) -> Any | None:
    """The stored result that the address names, once: what the widgets are filled from."""
    key = st.query_params.get(ANALYSES[kind].parameter)
    if not key or st.session_state.get(_restored(kind)) == key:
        return None
    st.session_state[_restored(kind)] = key
    return device_queue.store().load(kind, key)


def shown(
    kind: str,
    wanted: Wanted | None,
    draw: Callable[[Any, DeltaGenerator], None],
    *,
    button: str = "",
    again: bool = False,
    loading: Callable[[DeltaGenerator], Loading] = device_queue.loading,
) -> Shown | None:
    """What the page shows; None before anything was measured.

    Args:
        draw: Tells the reader how far it is, from a progress, in the place for it.
        button: What the button is called; Run by default.
        again: Whether a stored result can be measured anew.
        loading: Loads the pair, and tells in the place for it how far that is.
    """
    now, button = of_page(kind), button or _("Run")
    status = st.empty()  # always there, so that what is below keeps its place
    if now.wanted is not None:
        _finish(now, draw, status, loading)
    if now.failure is not None:
        shell.advise(now.failure)
    if now.stopped:
        status.info(_(now.stopped), icon=":material/stop:")
    found = _known(kind, button)
    if found is not None and not now.stopped:
        with status.container(horizontal=True, vertical_alignment="center"):
            _origin(kind, found, wanted, button, again)
    return found


def time_left(seconds: float) -> str:
    """How long the rest takes."""
    minutes, left = divmod(round(seconds), 60)
    if minutes:
        return _("about {minutes} min {seconds} s left", minutes=minutes, seconds=left)
    return _("about {seconds} s left", seconds=left)


def _finish(
    now: Job,
    draw: Callable[[Any, DeltaGenerator], None],
    status: DeltaGenerator,
    loading: Callable[[DeltaGenerator], Loading],
) -> None:
    """Find or measure what is wanted, then run the page again without it."""
    wanted: Wanted = now.wanted

    def step(progress: Any) -> None:
        device_queue.check_cancelled()
        draw(progress, status)

    try:
        answer = runner.answer(
            wanted.kind,
            wanted.request,
            wanted.measure,
            machine=wanted.machine,
            # How fast it comes would tell a visitor what others asked.
            store=None if visitors.here() else device_queue.store(),
            loading=loading(status) if wanted.models else runner.no_pair,
            on_step=step,
            again=now.again,
        )
    except FairvizError as error:
        now.failure = error
    except Exception:
        now.wanted = None  # what failed is not asked again by the next rerun
        raise
    else:
        _keep(now, wanted.kind, answer)
    now.wanted, now.again = None, False
    st.rerun()


def _keep(now: Job, kind: str, answer: Answer) -> None:
    """The key goes into the address; what has none is shown from the session."""
    now.fresh = answer.key if answer.fresh else ""
    now.unkept = None if answer.key else answer.result
    now.origin = _("Measured just now, but not stored: download it below.")
    if visitors.here():
        now.origin = _("Measured just now. It is shown to you alone, and not stored.")
    if answer.key:
        # The widgets say it already.
        st.query_params[ANALYSES[kind].parameter] = answer.key
        st.session_state[_restored(kind)] = answer.key
    for name in ("token", "chips"):  # they were of what stood there before
        st.query_params.pop(name, None)


def _known(kind: str, button: str) -> Shown | None:
    now, parameter = of_page(kind), ANALYSES[kind].parameter
    with now.writing:
        pass  # a run that was just stopped hands over what it wrote, within one step
    if now.unkept is not None:
        st.query_params.pop(parameter, None)
        return Shown(now.unkept, "")
    key = st.query_params.get(parameter)
    if not key:
        return None
    stored = device_queue.store().load(kind, key)
    if stored is None:
        st.warning(paragraph("not_in_store", button=button), icon=":material/inventory_2:")
        return None
    return Shown(stored, key)


def _origin(kind: str, found: Shown, wanted: Wanted | None, button: str, again: bool) -> None:
    """Where the result comes from, and what it is of where the widgets say something else."""
    now, before = of_page(kind), found.result.request
    if not found.key:
        st.caption(now.origin)
    elif now.fresh == found.key:
        st.caption(_("Measured just now."))
    else:
        date = found.result.provenance.get("date")
        when = moment(datetime.fromisoformat(str(date))) if date else _("an unknown date")
        said = _("Answered from the store, measured on {date} UTC. No model was run.", date=when)
        st.caption(said)
        if again:
            st.button(**widget("again"), on_click=now.ask, args=(wanted,), kwargs={"again": True})
    if wanted is None or wanted.request != before:
        below = _("Below: {what}.", what=plain(ANALYSES[kind].label(before)))
        more = _("Press {button} for what is chosen above.", button=button) if wanted else ""
        st.info(f"{below} {more}".strip())


def _restored(kind: str) -> str:
    """Where the session keeps the key that the widgets were filled from."""
    return f"_restored_{ANALYSES[kind].parameter}"
