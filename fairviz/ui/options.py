"""What a reader may change of a presentation, as widgets that stand in the page's address."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from fairviz.analyses.option import Option, chosen
from fairviz.i18n import _
from fairviz.ui import address
from fairviz.ui.plain import unmarked

# More choices than this stand in a list that opens.
_MOST_SIDE_BY_SIDE = 8


def widgets(options: Sequence[Option]) -> dict[str, str | bool]:
    """The options that change the whole, in a row; the value of every option.

    Those of a single picture are drawn above it by `above`, and have their value already.
    """
    held = {option.name: st.session_state.get(option.name) for option in options}
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        for option in options:
            if option.figure:
                _follow(option)
                held[option.name] = st.session_state[option.name]
            else:
                held[option.name] = widget(option)
    return chosen(options, held)


def above(picture: str, options: Sequence[Option]) -> None:
    """The options of one picture."""
    for option in options:
        if option.figure and option.figure == picture:
            widget(option)


def widget(option: Option) -> str | bool:
    """One option; what is chosen stands in the address, unless it is the default."""
    help_text = _(option.help) if option.help else None
    if isinstance(option.default, bool):
        return st.toggle(
            _(option.title), option.default, key=option.name, bind="query-params", help=help_text
        )
    titles = dict(option.choices)
    _follow(option)

    def title(value: str) -> str:
        return _(titles[value])

    value: str | None
    if len(titles) > _MOST_SIDE_BY_SIDE:
        value = st.selectbox(
            _(option.title),
            list(titles),
            key=option.name,
            format_func=title,
            width=280,
            help=help_text,
        )
    else:
        value = st.segmented_control(
            _(option.title),
            list(titles),
            key=option.name,
            required=True,
            wrap=True,
            # The labels of segments are read as Markdown.
            format_func=lambda value: unmarked(title(value)),
            help=help_text,
        )
    address.write(option.name, value, option.default)
    return str(value or option.default)


def _follow(option: Option) -> None:
    """Before it is drawn: what a link says of it, else what was chosen, else its default."""
    if isinstance(option.default, bool):
        return
    titles = dict(option.choices)
    address.follow(option.name, list(titles), lambda value: _(titles[value]), option.default)
    st.session_state.setdefault(option.name, option.default)
