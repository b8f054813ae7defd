"""Every answer on a key: which key it is, and the component that listens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from fairviz.analyses.review.request import options

KEY = "review_keys"
# Keys that lie in one row on French, English and German keyboards alike.
_ROWS = {
    "coherent_a": "123",
    "biased_a": "456",
    "coherent_b": "789",
    "biased_b": "uio",
    "worse": "abn",
}
KEYS = {
    (field, word): sign
    for field, signs in _ROWS.items()
    for word, sign in zip(options(field), signs, strict=True)
}
SHOW, FINISH, REMARK = "s", "e", "m"
_SEEN = "_review_seen"
_ONE = threading.Lock()

_mount = st.components.v2.component(
    "fairviz.review_keys", js=(Path(__file__).with_name("keys.js")).read_text(encoding="utf-8")
)


def listen(place: int, told: str, on: bool, act: Callable[[str], None]) -> None:
    """Listen to the keys of one pair.

    Args:
        place: Of the pair; a key that was meant for another does nothing.
        told: What a screen reader says when the pair comes up.
        on: Whether keys answer at all.
        act: Called with `next`, `previous`, `show`, `finish` or `field:answer`, in the order of
            the presses.
    """
    words = {sign: f"{field}:{word}" for (field, word), sign in KEYS.items()}
    words |= {SHOW: "show", FINISH: "finish", REMARK: f"to:remark_{place}"}
    _mount(
        key=KEY,
        data={"place": place, "told": told, "on": on, "keys": words},
        on_pressed_change=lambda: _take(place, act),
    )


def _take(place: int, act: Callable[[str], None]) -> None:
    # A press that comes while the page is drawn starts another thread beside this one, and both
    # hold the same presses: one at a time, and each is seen as soon as it is done.
    with _ONE:
        held: Mapping[str, Any] = st.session_state.get(KEY) or {}
        for number, at, word in held.get("pressed") or []:
            if number <= st.session_state.get(_SEEN, 0):
                continue
            if at == place:
                act(str(word))
            st.session_state[_SEEN] = number
