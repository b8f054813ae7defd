"""The items: the flips first, searched, each one click from Compare."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from fairviz.analyses.probe.request import ProbeRequest, ProbeResult
from fairviz.i18n import _, number
from fairviz.probes import labels
from fairviz.probes.cells import cells
from fairviz.probes.record import Probe
from fairviz.ui import visitors
from fairviz.ui.plain import plain, shortened
from fairviz.ui.probes.words import HIDDEN, columns, legible
from fairviz.ui.probes.written import gallery, written

if TYPE_CHECKING:
    import pandas as pd

_LINKS = 8
_ROWS = 1000
_FIRST = ("compare", "text", "group", "baseline", "compressed", "shift", "flip")
# A sample is drawn again in Compare with these.
_DRAWN = ("temperature", "top_k", "top_p", "max_new_tokens")


def allowed(which: Probe) -> bool:
    """Whether single items may be seen: where they repeat stereotypes, the reader asks first."""
    st.header(_("Item by item"), anchor=False)
    if not which.sensitive or st.toggle(
        _("Show the items, which repeat stereotypes"), key="show_items", bind="query-params"
    ):
        return True
    st.caption(_("Flips, single items and further tables stand here once they are asked for."))
    return False


def draw(run: ProbeResult, which: Probe) -> None:
    """The items as links and texts, then all of them as a table."""
    table = _wanted(_ordered(run))
    if not len(table):
        st.info(_("No item has these words. Take some away."))
        return
    if written(table) is not None:
        gallery(table, "texts_page", lambda row: _link(row, run.request, which))
    elif which.models and not visitors.here():
        _links(table, run.request)
    with st.expander(_("All items as a table"), icon=":material/table_rows:", expanded=True):
        _table(table, run.request, which)


def _ordered(run: ProbeResult) -> pd.DataFrame:
    """The flips first, then by size of the change; stored texts the most different first."""
    items = run.outcome.items
    if "different" in items:
        return items
    ranked = items.assign(_flip=~items["flip"].astype(bool), _size=-items["shift"].abs())
    return ranked.sort_values(["_flip", "_size"], kind="stable").drop(columns=["_flip", "_size"])


def _wanted(items: pd.DataFrame) -> pd.DataFrame:
    flips = int(items["flip"].sum())
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        words = st.text_input(
            _("Search the items"),
            key="search",
            bind="query-params",
            placeholder=_("a word or a group"),
        ).strip()
        only = st.toggle(
            _("Only flips ({n:,})", n=flips),
            key="only_flips",
            bind="query-params",
            disabled=not flips,
        )
    if only and flips:
        items = items[items["flip"].astype(bool)]
    if words:
        texts = items[[name for name in items if items[name].dtype.kind in "OU" or name == "id"]]
        said = cells(texts).astype(str).agg(" ".join, axis=1)
        items = items[said.str.contains(words, case=False, regex=False)]
    return items


def _links(table: pd.DataFrame, asked: ProbeRequest) -> None:
    shown = [row for row in table.head(_LINKS * 3).to_dict("records") if str(row["prompt"]).strip()]
    for row in shown[:_LINKS]:
        said = _("“{text}”", text=plain(shortened(str(row["text"]), 90)))
        parts = [
            *([_("flipped")] if row["flip"] else []),
            said,
            plain(labels.shown(str(row["group"]))),
            f"{plain(_number(row['baseline']))} → {plain(_number(row['compressed']))}",
        ]
        st.page_link(
            "pages/1_Compare.py",
            label=" · ".join(parts),
            icon=":material/compare_arrows:",
            query_params=_query(row, asked),
        )
    if shown:
        st.caption(
            _(
                "The flips first, then what changed most. Each opens in Compare, where both "
                "models write on from what the texts of the item share."
            )
        )


def _table(table: pd.DataFrame, asked: ProbeRequest, which: Probe) -> None:
    names = [str(name) for name in table if name not in HIDDEN and not _nested(table[name])]
    shown = table.head(_ROWS)
    part = cells(shown[names])
    found = columns(part)
    if which.models and not visitors.here():
        part["compare"] = [_link(row, asked, which) or None for row in shown.to_dict("records")]
        found["compare"] = st.column_config.LinkColumn(
            _("Compare"),
            display_text=_("Open"),
            help=_("Both models on this item, in a new tab."),
        )
    order = [name for name in _FIRST if name in part]
    st.dataframe(
        legible(part[[*order, *(name for name in part if name not in order)]]),
        key="items_table",
        hide_index=True,
        column_config=found,
    )
    said = [_("A click on a heading sorts.")]
    if len(table) > _ROWS:
        said.append(_("The first {shown:,} of {n:,}.", shown=_ROWS, n=len(table)))
    meaning = plain(_(which.item))
    said.append(_("Baseline and compressed: {meaning}", meaning=meaning))
    st.caption(" ".join(said))


def _nested(column: pd.Series[Any]) -> bool:
    return bool(len(column)) and not isinstance(column.iloc[0], Hashable)


def _link(row: Mapping[Hashable, Any], asked: ProbeRequest, which: Probe) -> str:
    """An item in Compare; empty where no model was run or nothing stands before the answers."""
    if visitors.here() or not which.models or not str(row["prompt"]).strip():
        return ""
    return f"Compare?{urlencode(_query(row, asked))}"


def _query(row: Mapping[Hashable, Any], asked: ProbeRequest) -> dict[str, str]:
    """The address of an item in Compare; a sample is drawn again with its own seed."""
    query = {
        "prompt": str(row["prompt"]),
        "baseline": str(asked.baseline),
        "compressed": str(asked.compressed),
    }
    if "seed" in row:
        query |= {name: str(asked.settings[name]) for name in _DRAWN if name in asked.settings}
        query["seed"] = str(row["seed"])
    return query


def _number(value: Any) -> str:
    return number(value, ".3g").replace("-", "−")
