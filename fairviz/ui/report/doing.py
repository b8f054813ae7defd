"""What buttons of the Report page do: a known failure is told when the page is drawn again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from fairviz.core.errors import FairvizError
from fairviz.ui import shell

_FAILED = "_report_failed"


def attempt(change: Callable[..., None], *args: Any) -> None:
    """Do it, as the callback of a widget."""
    try:
        change(*args)
    except FairvizError as error:
        st.session_state[_FAILED] = error


def told() -> None:
    """Why the last one failed, once."""
    failed = st.session_state.pop(_FAILED, None)
    if isinstance(failed, FairvizError):
        shell.advise(failed)
