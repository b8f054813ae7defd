"""Widgets that stand in the address, by title or by key, and fall back where it names nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import streamlit as st

from fairviz.ui.plain import unmarked

_MANY = {"base_model", "method", "structure"}


def named(key: str, options: Iterable[str]) -> None:
    """Let a link name an option by its key (`benchmark=bbq`), not by its title alone."""
    named = st.query_params.get_all(key)
    known = set(options)
    if key not in st.session_state and named and set(named) <= known:
        st.session_state[key] = named if key in _MANY else named[0]


def one(
    label: str,
    key: str,
    options: Sequence[str],
    title: Callable[[str], str],
    default: str = "",
    advice: str = "",
) -> str:
    """A select box over `options`; what the address names and is not there falls back."""
    named(key, options)
    if st.session_state.get(key) not in (None, *options):
        del st.session_state[key]
    chosen = st.selectbox(
        label,
        options,
        index=options.index(default) if default in options else 0,
        key=key,
        format_func=title,
        bind="query-params",
        help=advice or None,
    )
    return str(chosen if chosen is not None else options[0])


def some(
    label: str, key: str, options: Sequence[str], title: Callable[[str], str], advice: str
) -> tuple[str, ...]:
    """Pills over `options`; none pressed means all."""
    named(key, options)
    kept = [one for one in st.session_state.get(key) or [] if one in options]
    if key in st.session_state and kept != st.session_state[key]:
        st.session_state[key] = kept
    chosen = st.pills(
        label,
        options,
        selection_mode="multi",
        key=key,
        # The labels of pills are read as Markdown.
        format_func=lambda one: unmarked(title(one)),
        bind="query-params",
        help=advice,
    )
    return tuple(chosen) or tuple(options)
