"""A viewer's long work on one page: asked for by a button, computed in the run that follows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from fairviz.core.errors import FairvizError


@dataclass
class Job:
    """What a page is asked to compute.

    Attributes:
        wanted: The question while it is computed; a rerun of the page goes on with it.
        again: Whether a stored answer is passed over.
        failure: Why the last one got no answer.
        unsaved: A finished answer that could not be stored.
        stopped: What to say of a job that the viewer stopped, in English.
    """

    wanted: Any = None
    again: bool = False
    failure: FairvizError | None = None
    unsaved: Any = None
    stopped: str = ""


def of_page(name: str) -> Job:
    """This viewer's job on a page."""
    key = f"_job_{name}"
    found = st.session_state.get(key)
    if not isinstance(found, Job):  # also when the code was reloaded under a living session
        found = st.session_state[key] = Job()
    return found


def ask(job: Job, wanted: Any, *, again: bool = False) -> None:
    """Compute this in the next run of the page."""
    job.wanted, job.again, job.failure, job.unsaved, job.stopped = wanted, again, None, None, ""


def stop(job: Job, words: str = "") -> None:
    """Compute nothing any more."""
    job.wanted, job.stopped = None, words


def finish(job: Job, compute: Callable[[], None]) -> None:
    """Compute what is wanted, then run the page again without it; known failures are kept."""
    try:
        compute()
    except FairvizError as error:
        job.failure = error
    except Exception:
        job.wanted = None  # what failed is not asked again by the next rerun
        raise
    job.wanted, job.again = None, False
    st.rerun()
