"""An audit drawn: shift and change by uncertainty, confidence, calibration, each part."""

from __future__ import annotations

import numpy as np
import streamlit as st

from fairviz import figures
from fairviz.analyses.audit.calibration import calibration_told
from fairviz.analyses.audit.parts import by
from fairviz.analyses.audit.shown import band_told
from fairviz.analyses.audit.units import clusters
from fairviz.analyses.audit.words import label, may_hurt
from fairviz.figures.audit_confidence import right_or_wrong
from fairviz.i18n import N_, _, ngettext
from fairviz.stats import adaptive_reliability, binned, reliability
from fairviz.ui import chart
from fairviz.ui.audit.view import SHOW, View, text_column
from fairviz.ui.audit.words import BY_PART, WORDS
from fairviz.ui.plain import plain, shortened


def pictures(view: View) -> None:
    """Shift by uncertainty, change by uncertainty, confidence, calibration, and each part."""
    words, seen = WORDS[view.kind], view.shown
    hidden = may_hurt(seen.audit.request.source, seen.table) and not st.session_state.get(SHOW)
    named = seen.table["id" if hidden else text_column(view)]
    labels = [shortened(str(text), 90) for text in named]
    st.header(_("Where the baseline was unsure"), anchor=False)
    values = np.log(np.where(seen.shift > 0, seen.shift, np.nan)) if view.log else seen.shift
    chart.draw(
        figures.audit_shift(
            seen.uncertainty,
            seen.shift,
            binned(seen.uncertainty, values, clusters=clusters(seen.table)),
            titles=seen.titles,
            labels=labels,
            changed=seen.changed,
            log=view.log,
            floor=None if seen.floor is None else seen.floor.size,
        ),
        key="audit_shift",
        alt=ngettext(
            "A scatter plot of {n:,} point: {across} across, {up} up, with the mean of each bin.",
            "A scatter plot of {n:,} points: {across} across, {up} up, with the mean of each bin.",
            len(seen.table),
            across=seen.titles[0],
            up=seen.titles[1],
        ),
    )
    zeros = int((seen.shift == 0).sum())
    said = [
        _(words.points_log if view.log else words.points),
        plain(band_told(seen.audit, seen.floor)),
    ]
    if view.log and zeros:
        said.append(
            ngettext(
                "{n} did not move at all and cannot be drawn here.",
                "{n} did not move at all and cannot be drawn here.",
                zeros,
            )
        )
    st.caption(" ".join(said))
    st.header(_(words.changed), anchor=False)
    chart.draw(
        figures.audit_rate(
            binned(seen.uncertainty, seen.changed.astype(float), clusters=clusters(seen.table)),
            (seen.titles[0], _("Share that changed")),
        ),
        key="audit_rate",
        alt=_(words.rate),
    )
    st.caption(_(words.held))
    _confidence(view, labels)
    if view.part:
        _parts(view)


def _confidence(view: View, labels: list[str]) -> None:
    table = view.shown.table
    if view.kind == "answers":
        return
    if view.kind == "prompts":
        st.header(_("How sure each model was"), anchor=False)
        names = ("same top token", "another top token")
        kinds = [names[int(changed)] for changed in view.shown.changed]
        columns = ("baseline_top_prob", "compressed_top_prob")
        title = _("Most likely next token")
        alt = _(
            "Probability of the most likely next token under the baseline across, under the "
            "compressed model up."
        )
    else:
        st.header(_("Confidence before and after"), anchor=False)
        judged = bool(table["baseline_correct"].notna().any())
        title = _("Confidence in the right answer") if judged else _("Confidence in its answer")
        alt = (
            _(
                "Confidence in the right answer under the baseline across, under the compressed "
                "model up."
            )
            if judged
            else _(
                "Confidence in its answer under the baseline across, under the compressed model up."
            )
        )
        which = "true_confidence" if judged else "confidence"
        columns = (f"baseline_{which}", f"compressed_{which}")
        kinds = [
            right_or_wrong(one, other)
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
    st.caption(_("Below the dashed line the compressed model is less sure, above it surer."))
    if view.kind == "items" and table["baseline_correct"].notna().any():
        _calibration(view)


def _calibration(view: View) -> None:
    st.header(_("Is a model as often right as it is sure?"), anchor=False)
    equal = st.segmented_control(
        _("Bins"),
        (N_("equal counts"), N_("equal width")),
        key="bins",
        default="equal counts",
        required=True,
        format_func=_,
        help=_(
            "Equal counts: adaptive calibration error (ACE). Equal width: expected calibration "
            "error (ECE)."
        ),
    )
    how = adaptive_reliability if equal == "equal counts" else reliability
    table = view.shown.table[view.shown.table["baseline_correct"].notna()]
    both = [
        how(table[f"{side}_confidence"], table[f"{side}_correct"])
        for side in ("baseline", "compressed")
    ]
    chart.draw(
        figures.audit_reliability(*both),
        key="audit_reliability",
        alt=_("A reliability diagram: confidence across, share of right answers up, both models."),
    )
    said = _(
        "Error: mean distance from the dashed line over the items. Confidence is the share of its "
        "own answer among the options."
    )
    bins = "counts" if equal == "equal counts" else "width"
    st.caption(f"{said} {calibration_told(table, bins, clusters(table))}")


def _parts(view: View) -> None:
    rows = by(view.shown.table, view.part, view.kind)
    if rows.empty:
        return
    named = rows.head(40).copy()
    named[view.part] = [label(value, view.shown.audit.request.source) for value in named[view.part]]
    st.header(_(BY_PART[view.part]), anchor=False)
    shift = (
        _("Mean Jensen-Shannon divergence (nats)") if view.kind == "items" else _("Mean KL (nats)")
    )
    chart.draw(
        figures.audit_parts(named, view.part, (shift, _("Share that changed (%)"))),
        key="audit_parts",
        alt=_(_PARTS_ALT[view.part]),
    )
    said = [_("In brackets: how many. 95 % intervals.")]
    if len(rows) > 40:
        said.append(_("The 40 with the largest shift of {n}.", n=len(rows)))
    said.append(
        _(
            "So many comparisons make some differ by chance; the sets differ in more than whom "
            "they mention."
        )
    )
    st.caption(" ".join(said))


_PARTS_ALT = {
    "language": N_("Mean shift and share that changed for each language, with intervals."),
    "theme": N_("Mean shift and share that changed for each theme, with intervals."),
    "group": N_("Mean shift and share that changed for each group, with intervals."),
}
