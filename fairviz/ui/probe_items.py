"""The items: the flips first, searched, each one click from Compare; texts side by side, with the
words that differ marked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from fairviz.analyses.presentation import Text
from fairviz.analyses.probe import present
from fairviz.analyses.probe.request import ProbeRequest, ProbeResult
from fairviz.core.shortened import shortened
from fairviz.i18n import _, number
from fairviz.metrics.traces import BOTH
from fairviz.probes import labels
from fairviz.probes.cells import cells, titled
from fairviz.probes.record import Probe
from fairviz.ui import address, chat, links, markup, visitors
from fairviz.ui.markup import numerals, plain
from fairviz.ui.widgets import paragraph, widget

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
    """The text that was finished last, of a step's `rows`, where they are texts."""
    if isinstance(rows, list) and rows and "baseline_text" in rows[-1]:
        row = rows[-1]
        both = present.both_texts(
            [row[f"{side}_text"] for side in BOTH], str(prompts[row["place"]])
        )
        markup.draw("texts_of_items", cards=[Card(_("Just finished"), both)])


def gallery(
    table: pd.DataFrame, names: tuple[str, str], link: Callable[[dict[Hashable, Any]], str]
) -> None:
    """Ten pairs of texts a page, in the order of the rows, each with a `link` or an empty one."""
    pages = -(-len(table) // _PAGE)
    page, key = 1, "texts_page"
    if pages > 1:
        label = _("Page of {pages:,}", pages=pages)
        page = int(st.number_input(label, 1, pages, 1, key=key, bind=address.number_bound(key)))
    cards = []
    for row in table.iloc[(page - 1) * _PAGE : page * _PAGE].to_dict("records"):
        group = labels.shown(str(row["group"]))
        head = f"{group} · {row['id']}" if row["group"] != row["prompt"] else str(row["id"])
        cards.append(Card(shortened(head, 80), present.texts_of(row, names), link(row)))
    markup.draw("texts_of_items", cards=cards)
    st.caption(_("Underlined: words that the other text does not have in that place."))


_LINKS, _ROWS = 8, 1000
_FIRST = ("text", "group", "baseline", "compressed", "shift", "flip")
# What an items table does not say twice.
HIDDEN = {
    "prompt", "place", "seed", "baseline_marks", "compressed_marks", "prompt_first",
    "prompt_second", "contexts", "answers", "options", "key",
}  # fmt: skip
# A sample is drawn again in Compare with these.
_DRAWN = ("temperature", "top_k", "top_p", "max_new_tokens")


def allowed(which: Probe) -> bool:
    """Whether single items may be seen: where they repeat stereotypes, the reader asks first."""
    st.header(_("Item by item"), anchor=False)
    if not which.sensitive:
        return True
    st.warning(paragraph("content_note"), icon=":material/visibility_off:")
    return bool(st.toggle(**widget("show_items")))


def draw(result: ProbeResult, which: Probe) -> None:
    """The items as links and texts, then all of them as a table."""
    table = _wanted(present.ranked(result.outcome.items))
    if not len(table):
        st.info(_("No item has these words. Take some away."))
        return
    request, names = result.request, present.text_columns(table)
    # What is the same under both models stands in the table alone.
    changed = present.changed(table)
    if not len(changed):
        st.caption(_("None of these items changed."))
    elif names is not None:
        gallery(changed, names, lambda row: _link(row, request, which))
    elif which.models and not visitors.here():
        _links(changed, request)
    with st.expander(_("All items as a table"), icon=":material/table_rows:", expanded=True):
        _table(table, request, which)


def _wanted(items: pd.DataFrame) -> pd.DataFrame:
    flips = int(items["flip"].sum())
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        words = st.text_input(**widget("search")).strip()
        only = st.toggle(**widget("only_flips", n=flips), disabled=not flips)
    if only and flips:
        items = items[items["flip"].astype(bool)]
    if words:
        searched = items[[name for name in items if items[name].dtype.kind in "OU" or name == "id"]]
        lines = cells(searched).astype(str).agg(" ".join, axis=1)
        items = items[lines.str.contains(words, case=False, regex=False)]
    return items


def _links(table: pd.DataFrame, request: ProbeRequest) -> None:
    shown = [row for row in table.head(_LINKS * 3).to_dict("records") if str(row["prompt"]).strip()]
    for row in shown[:_LINKS]:
        before, after = (plain(number(row[side], ".3g")) for side in ("baseline", "compressed"))
        parts = [
            *([_("flipped")] if row["flip"] else []),
            _("“{text}”", text=plain(shortened(str(row["text"]), 90))),
            plain(labels.shown(str(row["group"]))),
            f"{before} → {after}",
        ]
        links.link("Compare", " · ".join(parts), **_query(row, request))
    if shown:
        st.caption(paragraph("flips_first"))


def _table(table: pd.DataFrame, request: ProbeRequest, which: Probe) -> None:
    shown = table.head(_ROWS)
    first = [name for name in _FIRST if name in table]
    rest = [name for name in table if name not in HIDDEN and name not in first]
    part = titled(shown[[*first, *rest]])
    found: dict[str, Any] = {}
    if which.models and not visitors.here():
        each = [_link(row, request, which) or None for row in shown.to_dict("records")]
        part.insert(0, _("Compare"), each)
        found[_("Compare")] = st.column_config.LinkColumn(
            display_text=_("Open"), help=_("Both models on this item, in a new tab.")
        )
    st.dataframe(numerals(part, ".4g"), key="items_table", hide_index=True, column_config=found)
    told = [_("A click on a heading sorts.")]
    if len(table) > _ROWS:
        told.append(_("The first {shown:,} of {n:,}.", shown=_ROWS, n=len(table)))
    told.append(_("Baseline and compressed: {meaning}", meaning=plain(_(which.item))))
    st.caption(" ".join(told))


def _link(row: Mapping[Hashable, Any], request: ProbeRequest, which: Probe) -> str:
    """An item in Compare; empty where no model was run or nothing stands before the answers."""
    if visitors.here() or not which.models or not str(row["prompt"]).strip():
        return ""
    return f"Compare?{urlencode(_query(row, request))}"


def _query(row: Mapping[Hashable, Any], request: ProbeRequest) -> dict[str, str]:
    """The address of an item in Compare; a sample is drawn again with its own seed."""
    query = {
        "prompt": str(row["prompt"]),
        "baseline": str(request.baseline),
        "compressed": str(request.compressed),
    }
    query |= chat.query(request.chat)
    if "seed" in row:
        query |= {name: str(request.settings[name]) for name in _DRAWN if name in request.settings}
        query["seed"] = str(row["seed"])
    return query
