"""A viewer's long work: models made and measured one after the other, in a thread of its own.

A pass over calibration text cannot be taken up in the middle, and a click elsewhere on the page
ends the run of its script. So the work runs beside the script, which tells how far it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from fairviz import i18n as language
from fairviz.analyses.tradeoff.evaluation_text import EvaluationText
from fairviz.analyses.tradeoff.measure import measure
from fairviz.compression.calibration import Calibration
from fairviz.core.errors import FairvizError
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models import devices
from fairviz.models.making import Step, make
from fairviz.ui import device_queue
from fairviz.ui.markup import plain
from fairviz.ui.widgets import paragraph, widget

_KEY = "_methods_work"
_LOOK_SECONDS = 0.15


class Task(NamedTuple):
    """One compressed form."""

    spec: ModelSpec
    make: bool  # whether its weights are made first
    measure: bool  # whether it is measured against its baseline
    calibration: Callable[[], Calibration] | None = None  # None where the method reads no text
    model: ModelSpec | None = None  # what names the model that is measured, where not `spec`
    text: EvaluationText | None = None  # measured on; None for the bundled models' own
    null: int = 0  # null models that read the text too
    other: ModelSpec | None = None  # what it is measured against, where not what it was made from
    # Other work in place of both: takes the device and how far it is to be told, gives what came
    # out in words.
    do: Callable[[str, Callable[[float, str], None]], str] | None = None

    @property
    def baseline(self) -> ModelSpec:
        """What it is measured against."""
        return self.other or self.spec.uncompressed


class Ended(NamedTuple):
    """A finished task, in words, or why it could not be finished."""

    task: Task
    words: str
    failure: FairvizError | None = None


class _Stopped(BaseException):
    """Raised out of a progress call when nobody wants the rest."""


class Work:
    """Tasks that run one after the other; one that fails does not keep the others."""

    def __init__(self, tasks: Sequence[Task], device: str) -> None:
        self.tasks, self.device = tuple(tasks), device
        self.share, self.words = 0.0, _("Starting…")
        self.ended: list[Ended] = []
        self.crash: Exception | None = None
        self.stopped = False
        context = get_script_run_ctx()
        self._session = "" if context is None else context.session_id
        # A new thread knows neither the viewer nor the language that is spoken here.
        self._language = language.current()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fairviz-methods", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it still works."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End at the next step; what is finished stays."""
        self._stop.set()
        self.words = _("Stopping after this step…")

    def wait(self, seconds: float) -> None:
        """Until it ends, but no longer than this."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            with language.speaking(self._language):
                for number, task in enumerate(self.tasks):
                    try:
                        ended = Ended(task, self._computed(number, task))
                    except FairvizError as error:
                        ended = Ended(task, "", error)
                    self.ended.append(ended)
        except _Stopped:
            self.stopped = True
        except Exception as error:  # handed to the page, whose last guard logs and tells it
            self.crash = error

    def _computed(self, number: int, task: Task) -> str:
        """Do one task once the device is free; in words what came out."""
        device = devices.choose(self.device)
        shared = device_queue.of(device)
        with shared.queue.turn() as ahead_of_us:
            for ahead in ahead_of_us:
                self._say(number, 0.0, paragraph("in_line", n=ahead, device=device))
            shared.resident.release()  # its memory is needed here
            self._say(number, 0.0, _("starting"))
            if task.do is not None:
                return task.do(device, partial(self._say, number))
            model, done = task.model or task.spec, []
            if task.make:
                text = None if task.calibration is None else task.calibration()
                made = make(
                    task.spec,
                    calibration=text,
                    device=device,
                    progress=lambda step: self._say(
                        number, 0.9 * step.done / max(step.of, 1), _pace(step)
                    ),
                )
                model = made.model
                cost = {"seconds": made.seconds, "size": made.bytes_on_disk / 1e6}
                done.append(_("made in {seconds:.3g} s, {size:.3g} MB", **cost))
                if made.left_out:
                    done.append(paragraph("settings_left", names=", ".join(made.left_out)))
            if task.measure:
                told = 0.9 if task.make else 0.5
                self._say(number, told, _("measuring"))
                point = measure(
                    task.baseline,
                    model,
                    text=task.text,
                    device=device,
                    progress=lambda words: self._say(number, told, words),
                    pairs=model.source != task.baseline.source,
                    null=task.null,
                )
                done.append(
                    _("mean KL {kl:.3g} nats per token on {text}", kl=point.kl, text=_(point.text))
                )
        return ", ".join(done)

    def _say(self, number: int, share: float, words: str) -> None:
        if self._stop.is_set() or (self._session and device_queue.left(self._session)):
            raise _Stopped
        n, form = len(self.tasks), self.tasks[number].spec
        self.share = min((number + share) / n, 1.0)
        self.words = _("{form}: {words}", form=form, words=words)
        if n > 1:
            self.words = _("{i} of {n}, {form}: {words}", i=number + 1, n=n, form=form, words=words)


def _pace(step: Step) -> str:
    far = {"words": step.words, "done": step.done, "of": step.of}
    if step.seconds_left is None:
        return _("{words} ({done:,} of {of:,})", **far)
    minutes, seconds = divmod(round(step.seconds_left), 60)
    far |= {"minutes": minutes, "seconds": seconds}
    return paragraph("pace_minutes" if minutes else "pace_seconds", **far)


def current() -> Work | None:
    """This viewer's work, running or ended; None before the first."""
    found = st.session_state.get(_KEY)
    return found if isinstance(found, Work) else None  # the code may have been reloaded


def busy() -> bool:
    """Whether this viewer's work is running."""
    work = current()
    return work is not None and work.running


def start(tasks: Sequence[Task], device: str) -> None:
    """Begin, unless something is under way."""
    if tasks and not busy():
        st.session_state[_KEY] = Work(tasks, device)


def button(key: str, tasks: Sequence[Task], label: str, device: str = "", **look: Any) -> None:
    """A button that begins these; it is there and dead where there are none, or others run."""
    st.button(
        label,
        **{**widget(key), **look},
        disabled=busy() or not tasks,
        on_click=start,
        args=(tasks, device or st.session_state.get("device") or "auto"),
    )


def stop() -> None:
    """End what is under way at its next step."""
    work = current()
    if work is not None:
        work.stop()


def follow(slots: Sequence[DeltaGenerator], was_running: bool) -> None:
    """Tell in each of `slots` how far the work is until it ends; then run the page again with what
    came out, if it `was_running` when the page began."""
    work = current()
    if work is None:
        return
    while work.running:
        for slot in slots:
            slot.progress(work.share, plain(work.words))
        device_queue.check_cancelled()
        work.wait(_LOOK_SECONDS)
    if work.crash is not None:
        crash, work.crash = work.crash, None
        raise crash
    if was_running:
        st.rerun()
