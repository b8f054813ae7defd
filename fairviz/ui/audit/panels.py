"""What an audit says: sentences, numbers, the rows that moved most, files."""

from __future__ import annotations

import html
import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from fairviz.analyses.audit.document import document
from fairviz.analyses.audit.measured import Measured
from fairviz.analyses.audit.request import Audit
from fairviz.analyses.audit.summary import Summary, summary
from fairviz.analyses.audit.words import called, may_hurt
from fairviz.core import csv_file
from fairviz.i18n import N_, _, ngettext, number
from fairviz.inference.reasons import told
from fairviz.ui import session, takeaway, visitors
from fairviz.ui.audit import columns
from fairviz.ui.audit.view import SHOW, View, text_column
from fairviz.ui.plain import plain, shortened

if TYPE_CHECKING:
    import pandas as pd

_MOST = 12
_ROWS = 500


def sentences(audit: Audit, length: str) -> Summary:
    """What the numbers allow to say, first; then the numbers."""
    found = summary(audit, length)
    with st.container(border=True, key="said"):
        for sentence in found.sentences:
            st.markdown(plain(sentence))
        rows = len(audit.table)
        said = [ngettext("{n:,} row, one pair of models.", "{n:,} rows, one pair of models.", rows)]
        if audit.left_out:
            lost = len(audit.left_out)
            said.append(ngettext("{n:,} was left out.", "{n:,} were left out.", lost))
        said.append(
            _(
                "It holds for this set and these two models; another seed of the calibration or "
                "another set may say otherwise."
            )
        )
        st.caption(" ".join(said))
    st.html(
        '<div data-testid="fv-measured" style="display:grid;gap:.6rem;'
        'grid-template-columns:repeat(auto-fill,minmax(min(12rem,46%),1fr))">'
        + "".join(_tile(one) for one in found.measured)
        + "</div>"
    )
    with st.expander(_("What these numbers mean")):
        st.markdown(
            "\n".join(f"- **{plain(one.title)}**: {plain(one.meaning)}" for one in found.measured)
        )
    return found


def _tile(one: Measured) -> str:
    percent = one.unit == "share"

    def spell(value: float) -> str:
        if not math.isfinite(value):
            return "–"
        if one.unit == "items":
            return number(value, ",.0f")
        if percent:
            text = _("{percent} %", percent=number(100 * value, ".1f"))
        else:
            text = number(value, "#.3g").rstrip(".,")
        return text.replace("-", "−")

    unit = f" {_(_UNITS[one.unit])}" if one.unit in _UNITS else ""
    words = []
    if math.isfinite(one.low):
        words.append(_("{low} to {high}", low=spell(one.low), high=spell(one.high)))
    if math.isfinite(one.p_value):
        words.append(_("p = {p:.2g}", p=one.p_value))
    below = " · ".join(words) or _("n = {n:,}", n=one.n)
    return (
        f'<div data-testid="fv-measured-{html.escape(one.name)}" '
        f'title="{html.escape(one.meaning)}" style="border:1px solid rgba(128,136,149,.4);'
        'border-radius:.5rem;padding:.5rem .7rem;font-variant-numeric:tabular-nums">'
        f'<div style="font-size:.82rem;opacity:.85">{html.escape(one.title)}</div>'
        f'<div style="font-size:1.25rem">{spell(one.value)}'
        f'<span style="font-size:.85rem">{html.escape(unit)}</span></div>'
        f'<div style="font-size:.82rem;opacity:.85">{below}</div></div>'
    )


# Units that stand behind a number; the others say themselves or are in its title.
_UNITS = {
    "nats": N_("nats"),
    "probability": N_("probability"),
    "squared probability": N_("squared probability"),
    "BLEU points": N_("BLEU points"),
}


def most_changed(view: View) -> None:
    """The rows that moved most, each one click from Compare; then all of them as a table."""
    audit, table = view.shown.audit, view.shown.table
    st.header(_("What moved most"), anchor=False)
    if may_hurt(audit.request.source, table) and not st.toggle(
        _("Show the rows, which are about people and may hurt"),
        key=SHOW,
        bind="query-params",
    ):
        st.caption(_("Single rows stand here once they are asked for."))
        return
    order = np.argsort(-np.nan_to_num(view.shown.shift, nan=-1.0), kind="stable")
    made = view.shown.audit.provenance.get("baseline", {}).get("made_with")
    runs = not made and not visitors.here()
    for place in order[: _MOST if runs else 0]:
        row = table.iloc[int(place)]
        st.page_link(
            "pages/1_Compare.py",
            label=_(
                "“{text}” · {shift:.3g} nats · {change}",
                text=plain(shortened(str(row[text_column(view)]), 70)),
                shift=float(view.shown.shift[place]),
                change=plain(_said(view, row)),
            ),
            icon=":material/compare_arrows:",
            query_params={
                "prompt": str(row[text_column(view)]),
                "baseline": str(audit.request.baseline),
                "compressed": str(audit.request.compressed),
            },
        )
    if runs:
        st.caption(_("Each opens in Compare, where both models go on from it."))
    shown = table.iloc[order[:_ROWS]]
    title = ngettext(
        "All as a table ({shown:,} of {n:,} row)",
        "All as a table ({shown:,} of {n:,} rows)",
        len(table),
        shown=len(shown),
    )
    with st.expander(title):
        columns.draw(shown, view.kind, audit.request.source)


def _said(view: View, row: pd.Series[Any]) -> str:
    value = row.__getitem__
    if view.kind == "prompts":
        before, after = (str(value(f"{side}_top")) for side in ("baseline", "compressed"))
        return f"{_spelled(before)} → {_spelled(after)}"
    if view.kind == "answers":
        return _("other words") if value("differ") else _("the same words")
    options = list(value("options"))
    before, after = (
        options[int(value(f"{side}_prediction"))].strip() for side in ("baseline", "compressed")
    )
    if before == after:
        return _("{answer} in both", answer=shortened(before, 24))
    return f"{shortened(before, 24)} → {shortened(after, 24)}"


def _spelled(token: str) -> str:
    return token.strip() or "␣"


def left_out(audit: Audit) -> None:
    """What was not measured, and why; nothing where nothing was left out."""
    if not audit.left_out:
        return
    import pandas as pd

    reasons = Counter(one.reason for one in audit.left_out)
    with st.expander(_("Left out: {n:,}", n=len(audit.left_out))):
        lines = (
            _("- {reason}: {n:,}", reason=plain(told(why)), n=count)
            for why, count in reasons.most_common()
        )
        st.markdown("\n".join(lines))
        rows = [(told(one.which), told(one.reason)) for one in audit.left_out[:_ROWS]]
        st.dataframe(
            pd.DataFrame(rows, columns=[_("which"), _("reason")]),
            key="left_out",
            hide_index=True,
        )


def downloads(view: View) -> None:
    """The audit as files, and the address that restores this view."""
    st.header(_("Take it along"), anchor=False)
    audit = view.shown.audit
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            _("JSON: rows and summary"),
            lambda: json.dumps(
                document(audit, view.shown.length), ensure_ascii=False, allow_nan=False
            ),
            "fairviz-audit.json",
            "application/json",
            key="download_json",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            _("Parquet: one row each"),
            lambda: view.shown.table.to_parquet(index=False),
            "fairviz-audit.parquet",
            "application/vnd.apache.parquet",
            key="download_parquet",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            _("CSV: one row each"),
            lambda: csv_file.written(view.shown.table),
            "fairviz-audit.csv",
            "text/csv",
            key="download_csv",
            on_click="ignore",
            icon=":material/download:",
        )
    takeaway.link()


def recent() -> None:
    """Audits in the store; each opens from there without a model."""
    if visitors.here():  # what others asked is theirs
        return
    st.header(_("Measured lately"), anchor=False)
    kept = session.store().recent("audit")
    if not kept:
        st.caption(_("Nothing yet: what you measure is kept here, on this machine."))
    for one in kept:
        st.page_link(
            "pages/3_Uncertain_prompts.py",
            label=ngettext(
                "{set}, {n:,} row · {baseline} and {compressed}",
                "{set}, {n:,} rows · {baseline} and {compressed}",
                one.facts["rows"],
                set=plain(called(one.request.source)),
                baseline=plain(str(one.request.baseline)),
                compressed=plain(str(one.request.compressed)),
            ),
            icon=":material/history:",
            query_params={"audit": one.key},
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
