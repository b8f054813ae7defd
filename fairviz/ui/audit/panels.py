"""What a reader can do with an audit: open its rows in Compare, keep its files."""

from __future__ import annotations

import json

import streamlit as st

from fairviz.analyses.audit.document import document
from fairviz.analyses.audit.rows import TEXT, by_shift, made
from fairviz.analyses.audit.shown import Shown
from fairviz.analyses.audit.words import may_hurt
from fairviz.core import csv_file
from fairviz.i18n import _
from fairviz.metrics.traces import BOTH
from fairviz.ui import downloads, visitors
from fairviz.ui.plain import plain, shortened

_MOST = 12


def most_changed(seen: Shown, *, rows: bool) -> None:
    """The rows that moved most, each one click from Compare; those that may hurt if `rows`."""
    request, table = seen.audit.request, seen.table
    if visitors.here() or seen.audit.provenance.get("baseline", {}).get("made_with"):
        return
    st.header(_("What moved most"), anchor=False)
    if may_hurt(request.source, table) and not rows:
        st.caption(_("Single rows stand here once they are asked for."))
        return
    before, after = (made(seen, side) for side in BOTH)
    for place in by_shift(seen.shift)[:_MOST]:
        text = str(table[TEXT[request.kind]].iloc[place])
        st.page_link(
            "pages/1_Compare.py",
            label=_(
                "“{text}” · {shift:.3g} nats · {change}",
                text=plain(shortened(text, 70)),
                shift=float(seen.shift[place]),
                change=plain(_change(before[place], after[place])),
            ),
            icon=":material/compare_arrows:",
            query_params={
                "prompt": text,
                "baseline": str(request.baseline),
                "compressed": str(request.compressed),
            },
        )
    st.caption(_("Each opens in Compare, where both models go on from it."))


def _change(before: str, after: str) -> str:
    before, after = (shortened(text, 24) or "␣" for text in (before, after))
    return _("{answer} in both", answer=before) if before == after else f"{before} → {after}"


def files(seen: Shown) -> None:
    """The audit as files, and the address that restores this view."""
    downloads.draw(
        downloads.File(
            _("JSON: rows and summary"),
            "fairviz-audit.json",
            lambda: json.dumps(
                document(seen.audit, seen.length), ensure_ascii=False, allow_nan=False
            ),
        ),
        downloads.File(
            _("Parquet: one row each"),
            "fairviz-audit.parquet",
            lambda: seen.table.to_parquet(index=False),
        ),
        downloads.File(
            _("CSV: one row each"), "fairviz-audit.csv", lambda: csv_file.written(seen.table)
        ),
    )


def head() -> None:
    """The title and what the page is for."""
    st.title(_("Uncertain prompts"), anchor=False)
    st.markdown(
        _(
            "Does compression move a model's confidence most where it had little? See on which "
            "prompts or questions the baseline was unsure, what compression did there, and which "
            "answers changed while the accuracy did not."
        )
    )
