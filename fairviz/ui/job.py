"""What a viewer has asked of one kind of run, until a run of the page has answered it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from fairviz.core.errors import FairvizError


@dataclass
class Job:
    """A viewer's long work of one kind.

    Attributes:
        wanted: What is computed now; a rerun of the page goes on with it.
        again: Whether a stored answer is passed over.
        failure: Why the last one got no answer.
        unkept: An answer that is shown and not stored.
        origin: What to say of `unkept`.
        stopped: What to say of a job that the viewer stopped, in English.
        fresh: Key of what was computed last.
        writing: Held while models write an answer that is shown as far as it came. Streamlit
            starts the next run of a page before the last has ended; that next one waits here.
    """

    wanted: Any = None
    again: bool = False
    failure: FairvizError | None = None
    unkept: Any = None
    origin: str = ""
    stopped: str = ""
    fresh: str = ""
    writing: threading.Lock = field(default_factory=threading.Lock)


def of_page(kind: str) -> Job:
    """This viewer's job of a kind."""
    key = f"_job_{kind}"
    found = st.session_state.get(key)
    if not isinstance(found, Job):  # also when the code was reloaded under a living session
        found = st.session_state[key] = Job()
    return found


def ask(job: Job, wanted: Any, *, again: bool = False) -> None:
    """Compute this in the next run of the page."""
    job.wanted, job.again, job.failure, job.unkept, job.stopped = wanted, again, None, None, ""


def stop(job: Job, words: str = "") -> None:
    """Compute nothing any more."""
    job.wanted, job.stopped = None, words
