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
from fairviz.audit.reasons import told
from fairviz.audit.record import Audit
from fairviz.audit.summary import Measured, Summary, summary
from fairviz.language import later, number, tr, trn
from fairviz.stats import adaptive_reliability, binned, reliability
from fairviz.ui import chart, session, takeaway
from fairviz.ui.audit.view import View
from fairviz.ui.audit.words import BY_PART, WORDS, label
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
        said = [trn("{n:,} row, one pair of models.", "{n:,} rows, one pair of models.", rows)]
        if audit.left_out:
            lost = len(audit.left_out)
            said.append(trn("{n:,} was left out.", "{n:,} were left out.", lost))
        said.append(
            tr(
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
    with st.expander(tr("What these numbers mean")):
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
            text = tr("{percent} %", percent=number(100 * value, ".1f"))
        else:
            text = number(value, "#.3g").rstrip(".,")
        return text.replace("-", "−")

    unit = f" {tr(_UNITS[one.unit])}" if one.unit in _UNITS else ""
    words = []
    if math.isfinite(one.low):
        words.append(tr("{low} to {high}", low=spell(one.low), high=spell(one.high)))
    if math.isfinite(one.p_value):
        words.append(tr("p = {p:.2g}", p=one.p_value))
    below = " · ".join(words) or tr("n = {n:,}", n=one.n)
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
    "nats": later("nats"),
    "probability": later("probability"),
    "squared probability": later("squared probability"),
    "BLEU points": later("BLEU points"),
}


def pictures(view: View) -> None:
    """Shift by uncertainty, change by uncertainty, confidence, calibration, and each part."""
    words = WORDS[view.kind]
    labels = [shortened(str(text), 90) for text in view.table[_text(view)]]
    st.header(tr("Where the baseline was unsure"), anchor=False)
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
        alt=tr(words.scatter, n=len(view.table), across=view.titles[0], up=view.titles[1]),
    )
    zeros = int((view.shift == 0).sum())
    said = [tr(words.points_log if view.log else words.points), _floor(view)]
    if view.log and zeros:
        said.append(
            trn(
                "{n} did not move at all and cannot be drawn here.",
                "{n} did not move at all and cannot be drawn here.",
                zeros,
            )
        )
    st.caption(" ".join(said))
    st.header(tr(words.changed), anchor=False)
    chart.draw(
        figures.audit_rate(
            binned(view.uncertainty, view.changed.astype(float)),
            (view.titles[0], tr("Share that changed")),
        ),
        key="audit_rate",
        alt=tr(words.rate),
    )
    st.caption(tr(words.held))
    _confidence(view, labels)
    if view.part:
        _parts(view)


def _text(view: View) -> str:
    return "text" if view.kind == "prompts" else "context"


def _floor(view: View) -> str:
    floor = view.audit.floor
    if view.floor is None or not floor:
        return tr("The noise floor was not measured here.")
    return tr(
        "Grey: the noise floor. The baseline {how} moves 95 % of {n} of them by less than "
        "{floor:.2g} nats; what lies within is not compression.",
        how=plain(tr(str(floor["how"]))),
        n=int(floor["n"]),
        floor=view.floor,
    )


def _confidence(view: View, labels: list[str]) -> None:
    table = view.table
    if view.kind == "answers":
        return
    if view.kind == "prompts":
        st.header(tr("How sure each model was"), anchor=False)
        names = ("same top token", "another top token")
        kinds = [names[int(changed)] for changed in view.changed]
        columns = ("baseline_top_prob", "compressed_top_prob")
        title = tr("Most likely next token")
        alt = tr(
            "Probability of the most likely next token under the baseline across, under the "
            "compressed model up."
        )
    else:
        st.header(tr("Confidence before and after"), anchor=False)
        judged = bool(table["baseline_correct"].notna().any())
        title = tr("Confidence in the right answer") if judged else tr("Confidence in its answer")
        alt = (
            tr(
                "Confidence in the right answer under the baseline across, under the compressed "
                "model up."
            )
            if judged
            else tr(
                "Confidence in its answer under the baseline across, under the compressed model up."
            )
        )
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
        alt=alt,
    )
    st.caption(tr("Below the dashed line the compressed model is less sure, above it surer."))
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
    st.header(tr("Is a model as often right as it is sure?"), anchor=False)
    equal = st.segmented_control(
        tr("Bins"),
        (later("equal counts"), later("equal width")),
        key="bins",
        default="equal counts",
        required=True,
        format_func=tr,
        help=tr(
            "Equal counts: adaptive calibration error (ACE). Equal width: expected calibration "
            "error (ECE)."
        ),
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
        alt=tr("A reliability diagram: confidence across, share of right answers up, both models."),
    )
    st.caption(
        tr(
            "Error: mean distance from the dashed line over the items. Bins with few items make it "
            "too large. Confidence is the share of its own answer among the options."
        )
    )


def _parts(view: View) -> None:
    rows = by(view.table, view.part, view.kind)
    if rows.empty:
        return
    named = rows.head(40).copy()
    named[view.part] = [label(value, view.audit.asked.source) for value in named[view.part]]
    st.header(tr(BY_PART[view.part]), anchor=False)
    shift = (
        tr("Mean Jensen-Shannon divergence (nats)")
        if view.kind == "items"
        else tr("Mean KL (nats)")
    )
    chart.draw(
        figures.audit_parts(named, view.part, (shift, tr("Share that changed (%)"))),
        key="audit_parts",
        alt=tr(_PARTS_ALT[view.part]),
    )
    said = [tr("In brackets: how many. 95 % intervals.")]
    if len(rows) > 40:
        said.append(tr("The 40 with the largest shift of {n}.", n=len(rows)))
    said.append(
        tr(
            "So many comparisons make some differ by chance; the sets differ in more than whom "
            "they mention."
        )
    )
    st.caption(" ".join(said))


_PARTS_ALT = {
    "language": later("Mean shift and share that changed for each language, with intervals."),
    "theme": later("Mean shift and share that changed for each theme, with intervals."),
    "group": later("Mean shift and share that changed for each group, with intervals."),
}


def most_changed(view: View) -> None:
    """The rows that moved most, each one click from Compare; then all of them as a table."""
    audit, table = view.audit, view.table
    st.header(tr("What moved most"), anchor=False)
    order = np.argsort(-np.nan_to_num(view.shift, nan=-1.0), kind="stable")
    runs = not view.audit.provenance.get("baseline", {}).get("made_with")
    for place in order[: _MOST if runs else 0]:
        row = table.iloc[int(place)]
        st.page_link(
            "pages/1_Compare.py",
            label=tr(
                "“{text}” · {shift:.3g} nats · {change}",
                text=plain(shortened(str(row[_text(view)]), 70)),
                shift=float(view.shift[place]),
                change=plain(_said(view, row)),
            ),
            icon=":material/compare_arrows:",
            query_params={
                "prompt": str(row[_text(view)]),
                "baseline": str(audit.asked.baseline),
                "compressed": str(audit.asked.compressed),
            },
        )
    if runs:
        st.caption(tr("Each opens in Compare, where both models go on from it."))
    shown = table.iloc[order[:_ROWS]]
    title = tr("All as a table ({n:,} of {all:,} rows)", n=len(shown), all=len(table))
    with st.expander(title):
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
        return tr("other words") if value("differ") else tr("the same words")
    options = list(value("options"))
    before, after = (
        options[int(value(f"{side}_prediction"))].strip() for side in ("baseline", "compressed")
    )
    if before == after:
        return tr("{answer} in both", answer=shortened(before, 24))
    return f"{shortened(before, 24)} → {shortened(after, 24)}"


def _spelled(token: str) -> str:
    return token.strip() or "␣"


def left_out(audit: Audit) -> None:
    """What was not measured, and why; nothing where nothing was left out."""
    if not audit.left_out:
        return
    import pandas as pd

    reasons = Counter(one.reason for one in audit.left_out)
    with st.expander(tr("Left out: {n:,}", n=len(audit.left_out))):
        lines = (
            tr("- {reason}: {n:,}", reason=plain(told(why)), n=count)
            for why, count in reasons.most_common()
        )
        st.markdown("\n".join(lines))
        rows = [(told(one.which), told(one.reason)) for one in audit.left_out[:_ROWS]]
        st.dataframe(
            pd.DataFrame(rows, columns=[tr("which"), tr("reason")]),
            key="left_out",
            hide_index=True,
        )


def downloads(view: View) -> None:
    """The audit as files, and the address that restores this view."""
    st.header(tr("Take it along"), anchor=False)
    audit = view.audit
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            tr("JSON: rows and summary"),
            lambda: json.dumps(document(audit, view.length), ensure_ascii=False, allow_nan=False),
            "fairviz-audit.json",
            "application/json",
            key="download_json",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            tr("Parquet: one row each"),
            lambda: view.table.to_parquet(index=False),
            "fairviz-audit.parquet",
            "application/vnd.apache.parquet",
            key="download_parquet",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            tr("CSV: one row each"),
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
    st.header(tr("Measured lately"), anchor=False)
    kept = session.audits().recent()
    if not kept:
        st.caption(tr("Nothing yet: what you measure is kept here, on this machine."))
    for one in kept:
        st.page_link(
            "pages/3_Uncertain_prompts.py",
            label=trn(
                "{set}, {n:,} row · {baseline} and {compressed}",
                "{set}, {n:,} rows · {baseline} and {compressed}",
                one.rows,
                set=plain(one.asked.source),
                baseline=plain(str(one.asked.baseline)),
                compressed=plain(str(one.asked.compressed)),
            ),
            icon=":material/history:",
            query_params={"audit": one.key},
        )


def head() -> None:
    """The title and what the page is for."""
    st.title(tr("Uncertain prompts"), anchor=False)
    st.markdown(
        tr(
            "Compression moves a model's confidence, and most where it had little. See on which "
            "prompts or questions the baseline was unsure, what compression did there, and which "
            "answers changed while the accuracy did not."
        )
    )
