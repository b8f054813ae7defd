"""What a page shows stands in its address, under names that a person can write.

Streamlit's own binding writes the titles of options; a link should hold `benchmark=bbq`, survive
a change of wording, and still be there after the page has opened from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import streamlit as st

from fairviz.i18n import current


def follow(key: str, options: Sequence[str], title: Callable[[str], str], default: Any) -> None:
    """Before a widget is drawn: take from the address what this page did not write there.

    A link may name an option by its title too; the `default` of a widget of several is a list.
    """
    said = st.query_params.get_all(key)
    if said != st.session_state.get(_mark(key), []):
        by_title = {title(one): one for one in options}
        known = [one if one in options else by_title.get(one) for one in said]
        chosen = [one for one in known if one is not None]
        several = isinstance(default, list)
        st.session_state[key] = chosen if several else chosen[0] if chosen else default
    held = st.session_state.get(key)
    if isinstance(held, list):
        kept = [one for one in held if one in options]
        if kept != held:
            st.session_state[key] = kept
    elif held is not None and held not in options:
        st.session_state[key] = default
    say_again(key)


def say_again(key: str) -> None:
    """Before a widget is drawn: after a change of language its choice keeps standing.

    The browser holds a chosen option by its title, so it has to hear of the new one.
    """
    spoken = f"_spoken_{key}"
    if st.session_state.get(spoken, current()) != current() and key in st.session_state:
        st.session_state[key] = st.session_state[key]
    st.session_state[spoken] = current()


def number_bound(key: str) -> Literal["query-params"] | None:
    """How a number's widget is bound: to its address, unless that says infinity.

    Streamlit takes an infinity for a number and fails to make it a whole one.
    """
    try:
        number = float(st.query_params.get(key, "0"))
    except ValueError:
        return "query-params"  # no number: the widget passes over it
    return "query-params" if math.isfinite(number) else None


def write(key: str, value: Any, default: Any) -> None:
    """After a widget is drawn: its value stands in the address, unless it is the default."""
    words = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
    if value == default or value is None:
        words = []
    if words != st.query_params.get_all(key):
        put(key, words)
    st.session_state[_mark(key)] = words


def put(key: str, said: str | list[str] | None) -> None:
    """Write this into the address; an empty one takes out what stands there."""
    if said:
        st.query_params[key] = said
    else:
        st.query_params.pop(key, None)


def listed(key: str) -> list[str]:
    """What the address says under a key that may stand there often, else what this page holds."""
    said = st.query_params.get_all(key)
    if said != st.session_state.get(_mark(key), []):
        st.session_state[key] = said
    held: list[str] = st.session_state.setdefault(key, [])
    return held


def kept(*names: str) -> dict[str, str]:
    """What the address says under these names, for a link that takes it along."""
    return {name: st.query_params[name] for name in names if name in st.query_params}


def later(**values: str | None) -> None:
    """In a callback: put these into the address in the next run of the page; None takes one out.

    What a callback itself writes into the address does not reach the browser.
    """
    st.session_state.setdefault("_later", {}).update(values)


# What of an address is no view of its page.
_NO_VIEW = ("lang", "present", "slide")
_PAGE, _VIEWS = "_page", "_views"


def bare() -> bool:
    """Whether the address says nothing of what is shown."""
    return all(name in _NO_VIEW for name in st.query_params)


def resume(page: str) -> None:
    """Before anything is drawn: a page that is come back to shows what it showed."""
    held = st.session_state
    came, held[_PAGE] = held.get(_PAGE) != page, page
    view = held.setdefault(_VIEWS, {}).get(page)
    if not came or not view or not bare():
        return
    for name in view:  # the widgets have forgotten, and are filled from the address again
        held.pop(_mark(name), None)
    for name in [name for name in held if str(name).startswith("_restored_")]:
        del held[name]
    st.query_params.update(view)


def remember(page: str) -> None:
    """After all is drawn: what the page shows."""
    said = {name: st.query_params.get_all(name) for name in st.query_params}
    st.session_state[_VIEWS][page] = {
        name: values for name, values in said.items() if name not in _NO_VIEW
    }


def settle() -> None:
    """Before anything is drawn: write what callbacks have asked for."""
    for name, value in st.session_state.pop("_later", {}).items():
        put(name, value)


def index(name: str) -> int | None:
    """A whole number, 0 or more, in the address; None where there is none."""
    value = st.query_params.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 10 else None


def forget(*keys: str) -> None:
    """Put widgets back to their defaults, in the address as well."""
    for key in keys:
        for name in (key, _mark(key)):
            st.session_state.pop(name, None)
        st.query_params.pop(key, None)


def _mark(key: str) -> str:
    """Where the session keeps what this page last wrote under a key."""
    return f"_written_{key}"
