"""The items: the flips first, searched, each one click from Compare."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from fairviz.analyses.probe import texts
from fairviz.analyses.probe.request import ProbeRequest, ProbeResult
from fairviz.i18n import _, number
from fairviz.probes import labels
from fairviz.probes.cells import cells, titled
from fairviz.probes.record import Probe
from fairviz.ui import visitors
from fairviz.ui.numerals import numerals
from fairviz.ui.plain import plain, shortened
from fairviz.ui.probes import gallery

if TYPE_CHECKING:
    import pandas as pd

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
    if not which.sensitive or st.toggle(
        _("Show the items, which repeat stereotypes"), key="show_items", bind="query-params"
    ):
        return True
    st.caption(_("Flips, single items and further tables stand here once they are asked for."))
    return False


def draw(result: ProbeResult, which: Probe) -> None:
    """The items as links and texts, then all of them as a table."""
    table = _wanted(texts.ranked(result.outcome.items))
    if not len(table):
        st.info(_("No item has these words. Take some away."))
        return
    request, names = result.request, texts.columns(table)
    if names is not None:
        gallery.draw(table, names, lambda row: _link(row, request, which))
    elif which.models and not visitors.here():
        _links(table, request)
    with st.expander(_("All items as a table"), icon=":material/table_rows:", expanded=True):
        _table(table, request, which)


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
        searched = items[[name for name in items if items[name].dtype.kind in "OU" or name == "id"]]
        lines = cells(searched).astype(str).agg(" ".join, axis=1)
        items = items[lines.str.contains(words, case=False, regex=False)]
    return items


def _links(table: pd.DataFrame, request: ProbeRequest) -> None:
    shown = [row for row in table.head(_LINKS * 3).to_dict("records") if str(row["prompt"]).strip()]
    for row in shown[:_LINKS]:
        before, after = (
            plain(number(row[side], ".3g").replace("-", "−")) for side in ("baseline", "compressed")
        )
        parts = [
            *([_("flipped")] if row["flip"] else []),
            _("“{text}”", text=plain(shortened(str(row["text"]), 90))),
            plain(labels.shown(str(row["group"]))),
            f"{before} → {after}",
        ]
        st.page_link(
            "pages/1_Compare.py",
            label=" · ".join(parts),
            icon=":material/compare_arrows:",
            query_params=_query(row, request),
        )
    if shown:
        st.caption(
            _(
                "The flips first, then what changed most. Each opens in Compare, where both "
                "models write on from what the texts of the item share."
            )
        )


def _table(table: pd.DataFrame, request: ProbeRequest, which: Probe) -> None:
    shown = table.head(_ROWS)
    first = [name for name in _FIRST if name in table]
    rest = [name for name in table if name not in HIDDEN and name not in first]
    part = titled(shown[[*first, *rest]])
    found: dict[str, Any] = {}
    if which.models and not visitors.here():
        links = [_link(row, request, which) or None for row in shown.to_dict("records")]
        part.insert(0, _("Compare"), links)
        found[_("Compare")] = st.column_config.LinkColumn(
            display_text=_("Open"), help=_("Both models on this item, in a new tab.")
        )
    fractions = [str(name) for name in part if part[name].dtype.kind == "f"]
    st.dataframe(
        numerals(part, dict.fromkeys(fractions, ".4g")),
        key="items_table",
        hide_index=True,
        column_config=found,
    )
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
    if "seed" in row:
        query |= {name: str(request.settings[name]) for name in _DRAWN if name in request.settings}
        query["seed"] = str(row["seed"])
    return query
