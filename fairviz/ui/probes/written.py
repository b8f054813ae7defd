"""Texts of both models side by side, with the words that differ marked."""

from __future__ import annotations

import html
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from fairviz.i18n import N_, _
from fairviz.metrics.traces import BOTH
from fairviz.probes import labels
from fairviz.probes.stored.differing import differing
from fairviz.ui import address
from fairviz.ui.plain import shortened

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = {"baseline_answer": "compressed_answer", "baseline_text": "compressed_text"}
_COLOURS = {"baseline": "47,127,193", "compressed": "217,115,13"}
_PAGE = 10
_SIDES = {"baseline": N_("Baseline"), "compressed": N_("Compressed")}


def written(table: pd.DataFrame) -> tuple[str, str] | None:
    """The columns that hold both models' texts; None for a probe that writes none."""
    if "baseline_answer" in table and "baseline_marks" not in table:
        return None  # the answer is a word such as stereotyped
    return next((pair for pair in _COLUMNS.items() if pair[0] in table), None)


def latest(rows: Any, prompts: Sequence[str]) -> None:
    """The text that was finished last, while others are written.

    Args:
        rows: Of a step; nothing is drawn where they are not texts.
        prompts: What the texts go on from, by `place`.
    """
    if isinstance(rows, list) and rows and "baseline_text" in rows[-1]:
        row = rows[-1]
        texts = [row[f"{side}_text"] for side in BOTH]
        st.html(_styled(_card(str(prompts[row["place"]]), _("Just finished"), texts)))


def gallery(table: pd.DataFrame, key: str, link: Callable[[dict[Hashable, Any]], str]) -> None:
    """Ten pairs of texts a page, in the order of the rows.

    Args:
        table: Items with both texts.
        key: Of the page's number.
        link: Where a row is looked at closely; empty for nowhere.
    """
    names = written(table)
    if names is None or not len(table):
        return
    pages = -(-len(table) // _PAGE)
    page = 1
    if pages > 1:
        label = _("Page of {pages:,}", pages=pages)
        page = int(st.number_input(label, 1, pages, 1, key=key, bind=address.number_bound(key)))
    cards = []
    for row in table.iloc[(page - 1) * _PAGE : page * _PAGE].to_dict("records"):
        group = labels.shown(str(row["group"]))
        head = f"{group} · {row['id']}" if row["group"] != row["prompt"] else str(row["id"])
        texts = [str(row[name]) for name in names]
        cards.append(_card(str(row["prompt"]), head, texts, link(row)))
    st.html(_styled("".join(cards)))
    st.caption(_("Underlined: words that the other text does not have in that place."))


def _card(prompt: str, head: str, texts: Sequence[str], link: str = "") -> str:
    found = differing(*texts)
    sides = "".join(
        f'<div class="fv-w-{side}"><div class="fv-w-side">{html.escape(_(_SIDES[side]))}</div>'
        f"{_marked(text, marks, side)}</div>"
        for side, text, marks in zip(BOTH, texts, found[:2], strict=True)
    )
    same = f" · {html.escape(_('the same word for word'))}" if found.share == 0 else ""
    opened = html.escape(_("Open in Compare"))
    way = f' · <a href="{html.escape(link)}">{opened}</a>' if link else ""
    return (
        f'<div class="fv-w"><div class="fv-w-head">{html.escape(shortened(head, 80))}{same}{way}'
        "</div>"
        f'<div class="fv-w-prompt">{html.escape(prompt)}</div>'
        f'<div class="fv-w-both">{sides}</div></div>'
    )


def _marked(text: str, marks: Sequence[Sequence[int]], side: str) -> str:
    out, at = "", 0
    for start, stop in marks:
        out += html.escape(text[at:start])
        out += f'<mark class="fv-w-{side}-mark">{html.escape(text[start:stop])}</mark>'
        at = stop
    return out + html.escape(text[at:])


def _styled(cards: str) -> str:
    marks = "".join(
        f".fv-w-{side}-mark{{background:rgba({colour},.16);text-decoration:underline;"
        f"text-decoration-color:rgb({colour});color:inherit}}"
        f".fv-w-{side}{{border-left:3px solid rgb({colour});padding-left:.6rem}}"
        for side, colour in _COLOURS.items()
    )
    return (
        "<style>.fv-w{border:1px solid rgba(128,136,149,.35);border-radius:.5rem;"
        "padding:.6rem .8rem;margin-bottom:.6rem;font-size:.95rem;overflow-wrap:anywhere}"
        ".fv-w-head,.fv-w-side{font-size:.8rem;opacity:.8}.fv-w-prompt{font-weight:600;"
        "margin:.1rem 0 .4rem}.fv-w-both{display:grid;gap:.6rem 1rem;"
        "grid-template-columns:repeat(auto-fit,minmax(min(16rem,100%),1fr))}"
        f"{marks}</style>{cards}"
    )
