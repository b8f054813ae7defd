"""Texts of both models side by side, with the words that differ marked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from fairviz.analyses.presentation import Text
from fairviz.analyses.probe import texts
from fairviz.i18n import _
from fairviz.metrics.traces import BOTH
from fairviz.probes import labels
from fairviz.ui import address, markup
from fairviz.ui.plain import shortened

if TYPE_CHECKING:
    import pandas as pd

_PAGE = 10


class Card(NamedTuple):
    """Two texts of an item, what stands above them, and where they are looked at closely."""

    head: str
    both: tuple[Text, Text]
    link: str = ""

    @property
    def same(self) -> bool:
        """Whether no word differs."""
        return not any(chip.marked for text in self.both for chip in text.chips)


def latest(rows: Any, prompts: Sequence[str]) -> None:
    """The text that was finished last, while others are written.

    Args:
        rows: Of a step; nothing is drawn where they are not texts.
        prompts: What the texts go on from, by `place`.
    """
    if isinstance(rows, list) and rows and "baseline_text" in rows[-1]:
        row = rows[-1]
        both = texts.pair([row[f"{side}_text"] for side in BOTH], str(prompts[row["place"]]))
        markup.draw("texts_of_items", cards=[Card(_("Just finished"), both)])


def draw(
    table: pd.DataFrame, names: tuple[str, str], link: Callable[[dict[Hashable, Any]], str]
) -> None:
    """Ten pairs of texts a page, in the order of the rows.

    Args:
        table: Items with both texts.
        names: The columns of the texts.
        link: Where a row is looked at closely; empty for nowhere.
    """
    pages = -(-len(table) // _PAGE)
    page, key = 1, "texts_page"
    if pages > 1:
        label = _("Page of {pages:,}", pages=pages)
        page = int(st.number_input(label, 1, pages, 1, key=key, bind=address.number_bound(key)))
    cards = []
    for row in table.iloc[(page - 1) * _PAGE : page * _PAGE].to_dict("records"):
        group = labels.shown(str(row["group"]))
        head = f"{group} · {row['id']}" if row["group"] != row["prompt"] else str(row["id"])
        cards.append(Card(shortened(head, 80), texts.of_row(row, names), link(row)))
    markup.draw("texts_of_items", cards=cards)
    st.caption(_("Underlined: words that the other text does not have in that place."))
