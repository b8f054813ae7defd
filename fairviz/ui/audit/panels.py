"""What an audit says: sentences, numbers, pictures, the rows that moved most, files."""

from __future__ import annotations

import html
import json
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from fairviz import figures
from fairviz.audit.document import document
from fairviz.audit.parts import by
from fairviz.audit.record import Audit
from fairviz.audit.summary import Measured, Summary, summary
from fairviz.stats import adaptive_reliability, binned, reliability
from fairviz.ui import chart, session, takeaway
from fairviz.ui.audit.view import View
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
        left = f" {len(audit.left_out):,} were left out." if audit.left_out else ""
        st.caption(
            f"{len(audit.table):,} rows, one pair of models.{left} It holds for this set and these "
            "two models; another seed of the calibration or another set may say otherwise."
        )
    st.html(
        '<div data-testid="fv-measured" style="display:grid;gap:.6rem;'
        'grid-template-columns:repeat(auto-fill,minmax(min(12rem,46%),1fr))">'
        + "".join(_tile(one) for one in found.measured)
        + "</div>"
    )
    with st.expander("What these numbers mean"):
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
            return f"{value:,.0f}"
        text = f"{100 * value:.1f} %" if percent else f"{value:#.3g}".rstrip(".")
        return text.replace("-", "−")

    unit = "" if percent or one.unit in ("items", "rank correlation") else f" {one.unit}"
    ends = f"{spell(one.low)} to {spell(one.high)}" if math.isfinite(one.low) else ""
    tested = f"p = {one.p_value:.2g}" if math.isfinite(one.p_value) else ""
    below = " · ".join(word for word in (ends, tested) if word) or f"n = {one.n:,}"
    return (
        f'<div data-testid="fv-measured-{html.escape(one.name)}" '
        f'title="{html.escape(one.meaning)}" style="border:1px solid rgba(128,136,149,.4);'
        'border-radius:.5rem;padding:.5rem .7rem;font-variant-numeric:tabular-nums">'
        f'<div style="font-size:.82rem;opacity:.85">{html.escape(one.title)}</div>'
        f'<div style="font-size:1.25rem">{spell(one.value)}'
        f'<span style="font-size:.85rem">{html.escape(unit)}</span></div>'
        f'<div style="font-size:.82rem;opacity:.85">{below}</div></div>'
    )


def pictures(view: View) -> None:
    """Shift by uncertainty, change by uncertainty, confidence, calibration, and each part."""
    unit = {"prompts": "prompt", "items": "question", "answers": "question"}[view.kind]
    labels = [shortened(str(text), 90) for text in view.table[_text(view)]]
    st.subheader("Where the baseline was unsure", anchor=False)
    values = np.log(np.where(view.shift > 0, view.shift, np.nan)) if view.log else view.shift
    chart.draw(
        figures.audit_shift(
            view.uncertainty,
            view.shift,
            binned(view.uncertainty, values),
            titles=view.titles,
            labels=labels,
            changed=view.changed,
            log=view.log,
            floor=view.floor,
        ),
        key="audit_shift",
        alt=f"A scatter plot of {len(view.table)} {unit}s: {view.titles[0]} across, "
        f"{view.titles[1]} up, with the mean of each bin.",
    )
    zeros = int((view.shift == 0).sum())
    st.caption(
        f"One point per {unit}; squares: {'geometric ' if view.log else ''}mean of a bin of as "
        f"many {unit}s each, with its 95 % interval. {_floor(view)}"
        + (f" {zeros} did not move at all and cannot be drawn here." if view.log and zeros else "")
    )
    st.subheader(_CHANGED[view.kind], anchor=False)
    chart.draw(
        figures.audit_rate(
            binned(view.uncertainty, view.changed.astype(float)),
            (view.titles[0], "Share that changed"),
        ),
        key="audit_rate",
        alt=f"The share of {unit}s that changed in each bin of the baseline's uncertainty.",
    )
    st.caption(f"Wilson's 95 % interval. Each dot holds about as many {unit}s.")
    _confidence(view, labels)
    if view.part:
        _parts(view)


_CHANGED = {
    "prompts": "How often the most likely next token changed",
    "items": "How often the answer changed",
    "answers": "How often the words changed",
}


def _text(view: View) -> str:
    return "text" if view.kind == "prompts" else "context"


def _floor(view: View) -> str:
    floor = view.audit.floor
    if view.floor is None or not floor:
        return "The noise floor was not measured here."
    return (
        f"Grey: the noise floor. The baseline {plain(str(floor['how']))} moves 95 % of "
        f"{floor['n']} of them by less than {view.floor:.2g} nats; what lies within is not "
        "compression."
    )


def _confidence(view: View, labels: list[str]) -> None:
    table = view.table
    if view.kind == "answers":
        return
    if view.kind == "prompts":
        st.subheader("How sure each model was", anchor=False)
        names = ("same top token", "another top token")
        kinds = [names[int(changed)] for changed in view.changed]
        columns, title = ("baseline_top_prob", "compressed_top_prob"), "Most likely next token"
    else:
        st.subheader("Confidence before and after", anchor=False)
        judged = bool(table["baseline_correct"].notna().any())
        title = "Confidence in the right answer" if judged else "Confidence in its answer"
        which = "true_confidence" if judged else "confidence"
        columns = (f"baseline_{which}", f"compressed_{which}")
        kinds = [
            _outcome(one, other)
            for one, other in zip(
                table["baseline_correct"], table["compressed_correct"], strict=True
            )
        ]
    chart.draw(
        figures.audit_before_after(
            table[columns[0]].to_numpy(), table[columns[1]].to_numpy(), kinds, labels, title
        ),
        key="audit_before_after",
        alt=f"{title} under the baseline across, under the compressed model up.",
    )
    st.caption("Below the dashed line the compressed model is less sure, above it surer.")
    if view.kind == "items" and table["baseline_correct"].notna().any():
        _calibration(view)


def _outcome(before: float, after: float) -> str:
    if math.isnan(before):
        return "no right answer known"
    return {
        (1, 1): "right in both",
        (0, 0): "wrong in both",
        (1, 0): "right, then wrong",
        (0, 1): "wrong, then right",
    }[(int(before), int(after))]


def _calibration(view: View) -> None:
    st.subheader("Is a model as often right as it is sure?", anchor=False)
    equal = st.segmented_control(
        "Bins",
        ("equal counts", "equal width"),
        key="bins",
        default="equal counts",
        required=True,
        help="Equal counts: adaptive calibration error (ACE). Equal width: expected calibration "
        "error (ECE).",
    )
    how = adaptive_reliability if equal == "equal counts" else reliability
    table = view.table[view.table["baseline_correct"].notna()]
    both = [
        how(table[f"{side}_confidence"], table[f"{side}_correct"])
        for side in ("baseline", "compressed")
    ]
    chart.draw(
        figures.audit_reliability(*both),
        key="audit_reliability",
        alt="A reliability diagram: confidence across, share of right answers up, both models.",
    )
    st.caption(
        "Error: mean distance from the dashed line over the items. Bins with few items make it "
        "too large. Confidence is the share of its own answer among the options."
    )


def _parts(view: View) -> None:
    rows = by(view.table, view.part, view.kind)
    if rows.empty:
        return
    st.subheader(f"By {view.part}", anchor=False)
    shift = {"items": "Mean Jensen-Shannon divergence (nats)"}.get(view.kind, "Mean KL (nats)")
    chart.draw(
        figures.audit_parts(rows.head(40), view.part, (shift, "Share that changed (%)")),
        key="audit_parts",
        alt=f"Mean shift and share that changed for each {view.part}, with intervals.",
    )
    more = f" The 40 with the largest shift of {len(rows)}." if len(rows) > 40 else ""
    st.caption(
        f"In brackets: how many. 95 % intervals.{more} So many comparisons make some differ by "
        "chance; the sets differ in more than whom they mention."
    )


def most_changed(view: View) -> None:
    """The rows that moved most, each one click from Compare; then all of them as a table."""
    audit, table = view.audit, view.table
    st.subheader("What moved most", anchor=False)
    order = np.argsort(-np.nan_to_num(view.shift, nan=-1.0), kind="stable")
    runs = not view.audit.provenance.get("baseline", {}).get("made_with")
    for place in order[: _MOST if runs else 0]:
        row = table.iloc[int(place)]
        st.page_link(
            "pages/1_Compare.py",
            label=f"“{plain(shortened(str(row[_text(view)]), 70))}” · "
            f"{view.shift[place]:.3g} nats · {plain(_said(view, row))}",
            icon=":material/compare_arrows:",
            query_params={
                "prompt": str(row[_text(view)]),
                "baseline": str(audit.asked.baseline),
                "compressed": str(audit.asked.compressed),
            },
        )
    if runs:
        st.caption("Each opens in Compare, where both models go on from it.")
    shown = table.iloc[order[:_ROWS]]
    with st.expander(f"All as a table ({min(len(table), _ROWS):,} of {len(table):,} rows)"):
        st.dataframe(
            shown[[name for name in _FIRST[view.kind] if name in shown]],
            key="audit_rows",
            hide_index=True,
        )


_FIRST = {
    "prompts": (
        "text", "language", "theme", "group", "kl", "js", "baseline_entropy", "compressed_entropy",
        "baseline_margin", "compressed_margin", "baseline_top", "compressed_top", "top_changed",
    ),
    "items": (
        "id", "context", "options", "right", "baseline_prediction", "compressed_prediction", "flip",
        "baseline_confidence", "compressed_confidence", "baseline_true_confidence",
        "compressed_true_confidence", "baseline_entropy", "compressed_entropy", "js", "group",
    ),
    "answers": (
        "context", "baseline_answer", "compressed_answer", "baseline_bleu_difference",
        "compressed_bleu_difference", "kl", "baseline_entropy", "group",
    ),
}  # fmt: skip


def _said(view: View, row: pd.Series[Any]) -> str:
    value = row.__getitem__
    if view.kind == "prompts":
        before, after = (str(value(f"{side}_top")) for side in ("baseline", "compressed"))
        return f"{_spelled(before)} → {_spelled(after)}"
    if view.kind == "answers":
        return "other words" if value("differ") else "the same words"
    options = list(value("options"))
    before, after = (
        options[int(value(f"{side}_prediction"))].strip() for side in ("baseline", "compressed")
    )
    if before == after:
        return f"{shortened(before, 24)} in both"
    return f"{shortened(before, 24)} → {shortened(after, 24)}"


def _spelled(token: str) -> str:
    return token.strip() or "␣"


def left_out(audit: Audit) -> None:
    """What was not measured, and why; nothing where nothing was left out."""
    if not audit.left_out:
        return
    import pandas as pd

    reasons = Counter(one.reason for one in audit.left_out)
    with st.expander(f"Left out: {len(audit.left_out):,}"):
        st.markdown("\n".join(f"- {plain(why)}: {count:,}" for why, count in reasons.most_common()))
        st.dataframe(pd.DataFrame(audit.left_out[:_ROWS]), key="left_out", hide_index=True)


def downloads(view: View) -> None:
    """The audit as files, and the address that restores this view."""
    st.subheader("Take it along", anchor=False)
    audit = view.audit
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "JSON: rows and summary",
            lambda: json.dumps(document(audit, view.length), ensure_ascii=False, allow_nan=False),
            "fairviz-audit.json",
            "application/json",
            key="download_json",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "Parquet: one row each",
            lambda: view.table.to_parquet(index=False),
            "fairviz-audit.parquet",
            "application/vnd.apache.parquet",
            key="download_parquet",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            "CSV: one row each",
            lambda: view.table.to_csv(index=False),
            "fairviz-audit.csv",
            "text/csv",
            key="download_csv",
            on_click="ignore",
            icon=":material/download:",
        )
    takeaway.link()


def recent() -> None:
    """Audits in the store; each opens from there without a model."""
    st.subheader("Measured lately", anchor=False)
    kept = session.audits().recent()
    if not kept:
        st.caption("Nothing yet: what you measure is kept here, on this machine.")
    for one in kept:
        st.page_link(
            "pages/3_Uncertain_prompts.py",
            label=f"{plain(one.asked.source)}, {one.rows:,} rows · "
            f"{plain(str(one.asked.baseline))} and {plain(str(one.asked.compressed))}",
            icon=":material/history:",
            query_params={"audit": one.key},
        )


def head() -> None:
    """The title and what the page is for."""
    st.title("Uncertain prompts", anchor=False)
    st.markdown(
        "Compression moves a model's confidence, and most where it had little. See on which "
        "prompts or questions the baseline was unsure, what compression did there, and which "
        "answers changed while the accuracy did not."
    )
