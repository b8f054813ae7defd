"""Texts of both models side by side, as typed; one below the other where there is no room."""

from __future__ import annotations

import html

import streamlit as st

from fairviz.i18n import current

_SIDES = {"": "128,136,149", "baseline": "47,127,193", "compressed": "217,115,13"}


def prompt(text: str, *, blurred: bool = False) -> None:
    """What both texts go on from; `blurred` as in `text`."""
    hidden = ' aria-hidden="true" class="fv-r-prompt fv-r-blur"' if blurred else (
        ' class="fv-r-prompt"'
    )  # fmt: skip
    st.html(f'{_STYLE}<div{hidden} data-testid="fv-review-prompt">{_typed(text)}</div>')


def text(title: str, body: str, *, side: str = "", blurred: bool = False, name: str = "") -> None:
    """One text in its frame.

    Args:
        title: What it is called.
        body: As it was written; may hold anything.
        side: Whose it is, for its colour; empty while that is not to be known.
        blurred: Whether it cannot be read yet, by ear neither.
        name: Of the frame, for those who look for it.
    """
    hidden = ' aria-hidden="true" class="fv-r-body fv-r-blur"' if blurred else ' class="fv-r-body"'
    st.html(
        f'{_STYLE}<section class="fv-r" style="border-top-color:rgb({_SIDES[side]})" '
        f'aria-label="{html.escape(title)}" '
        f'data-testid="fv-review-{html.escape(name or title)}">'
        f'<div class="fv-r-title">{html.escape(title)}</div>'
        f"<div{hidden}>{_typed(body)}</div></section>"
    )


def table(title: str, heads: list[str], rows: list[list[str]], name: str) -> None:
    """Numbers in rows, the first column being what they are about.

    Args:
        title: What a reader who does not see it is told that it is.
        heads: Of the columns.
        rows: As many words each.
        name: Of the table, for those who look for it.
    """
    top = "".join(f'<th scope="col">{html.escape(one)}</th>' for one in heads)
    body = "".join(
        f'<tr><th scope="row">{html.escape(row[0])}</th>'
        + "".join(f"<td>{html.escape(one)}</td>" for one in row[1:])
        + "</tr>"
        for row in rows
    )
    st.html(
        f'{_STYLE}<div class="fv-r-wide" tabindex="0" role="region" '
        f'aria-label="{html.escape(title)}">'
        f'<table class="fv-r-table" data-testid="fv-review-{html.escape(name)}" '
        f'lang="{current()}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _typed(words: str) -> str:
    return html.escape(words) or "∅"


_STYLE = (
    "<style>.fv-r{border:1px solid rgba(128,136,149,.4);border-radius:.5rem;"
    "padding:.6rem .8rem .8rem;border-top-width:4px}"
    ".fv-r-title{font-weight:650;margin-bottom:.3rem}"
    ".fv-r-body,.fv-r-prompt{white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.6}"
    ".fv-r-prompt{font-weight:600;border-left:3px solid rgba(128,136,149,.6);padding-left:.7rem}"
    ".fv-r-blur{filter:blur(.45rem);user-select:none}"
    ".fv-r-wide{overflow-x:auto}.fv-r-table{border-collapse:collapse;font-size:.92rem;"
    "font-variant-numeric:tabular-nums;max-width:60rem}"
    ".fv-r-table th,.fv-r-table td{padding:.3rem .7rem .3rem 0;text-align:left;"
    "vertical-align:top;border-bottom:1px solid rgba(128,136,149,.35)}"
    ".fv-r-table th{font-weight:600}</style>"
)
