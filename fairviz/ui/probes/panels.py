"""What an outcome says: sentences, the groups in pictures and numbers, further tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from fairviz import figures
from fairviz.analyses.probe.request import ProbeResult
from fairviz.figures.probe_groups import FEW
from fairviz.i18n import _, ngettext, said
from fairviz.probes import labels, reasons, text_measures
from fairviz.probes.cells import cells
from fairviz.probes.record import Outcome, Probe
from fairviz.probes.rows import LEVEL
from fairviz.ui import chart
from fairviz.ui.plain import plain
from fairviz.ui.probes.words import columns, legible

if TYPE_CHECKING:
    import pandas as pd

_MOST_GROUPS = 30
_ROWS = 2000
# The samples' own values: drawn, not listed.
_VALUES = "values"


def sentences(run: ProbeResult) -> None:
    """What the statistics allow to say, before any picture."""
    with st.container(border=True, key="said"):
        for sentence in run.outcome.sentences:
            st.markdown(plain(said.shown(sentence)))
        st.caption(
            ngettext(
                "{n:,} item, one pair of models. It holds for these items and these two models; "
                "other items, or another calibration of the same method, may say otherwise.",
                "{n:,} items, one pair of models. It holds for these items and these two models; "
                "other items, or another calibration of the same method, may say otherwise.",
                run.request.n,
            )
        )


def groups(outcome: Outcome) -> None:
    """Values and differences of the groups, as pictures and as a table."""
    table = outcome.groups
    shown = _largest(table)
    changed = _changed(shown)
    st.header(_("Group by group"), anchor=False)
    measure, rest = _measure(outcome)
    left, right = st.columns(2, gap="medium")
    with left:
        chart.draw(
            figures.probe_groups(shown, changed, measure, outcome.neutral),
            key="probe_groups",
            alt=ngettext(
                "{measure}: baseline and compressed value of {n} group with intervals.",
                "{measure}: baseline and compressed value of {n} groups with intervals.",
                len(shown),
                measure=measure,
            ),
        )
    with right:
        chart.draw(
            figures.probe_difference(shown, changed, measure),
            key="probe_difference",
            alt=ngettext(
                "Change of {n} group from baseline to compressed, with its interval.",
                "Change of {n} groups from baseline to compressed, with intervals.",
                len(shown),
            ),
        )
    less = _("The {shown} that changed most of {n} groups.", shown=len(shown) - 1, n=len(table) - 1)
    parts = [
        # The end of a measure's name, told as a sentence.
        plain(f"{rest[:1].upper()}{rest[1:].rstrip('.')}.") if rest else "",
        less if len(shown) < len(table) else "",
        _("In brackets: how many items. Lines: 95 % intervals."),
        _("Dashed on the left: no preference.") if outcome.neutral == outcome.neutral else "",
        _(
            "A star before the name and a filled square: the change is more than chance, after "
            "Holm's correction over all groups (the row all: its own test)."
        ),
        "" if any(changed) else _("Here none is."),
        _("Pale: fewer than {n} items, which say little.", n=FEW)
        if shown["n"].lt(FEW).any()
        else "",
    ]
    st.caption(" ".join(part for part in parts if part))
    with st.expander(_("The groups as a table"), icon=":material/table_rows:"):
        _listed(table, "groups_table")


def _measure(outcome: Outcome) -> tuple[str, str]:
    """The measure as the title of an axis, and what of it is too long for one."""
    whole = said.shown(outcome.measure)
    short, *rest = re.split(r"\u00a0?: ", whole, maxsplit=1)
    return (short, "".join(rest)) if "(" in short or len(whole) > 120 else (whole, "")


def _largest(table: pd.DataFrame) -> pd.DataFrame:
    """The row of all, and the groups that changed most where there are too many to draw."""
    if len(table) <= _MOST_GROUPS + 1:
        return table
    size = table["difference"].iloc[1:].abs()
    kept = size.sort_values(ascending=False).index[:_MOST_GROUPS]
    return table.loc[[table.index[0], *sorted(kept)]]


def _changed(table: pd.DataFrame) -> list[bool]:
    p_values = table["p_holm"].where(table["group"] != "all", table["p"])
    return [bool(one) for one in p_values < LEVEL]


def spread(outcome: Outcome) -> None:
    """Distribution beside distribution, for a probe that draws many samples."""
    if _VALUES not in outcome.details:
        return
    values = outcome.details[_VALUES]
    listed = outcome.details["measures"].set_index("measure")
    st.header(_("Sample by sample"), anchor=False)
    names = [name for name in listed.index if name in set(values["measure"])]
    chosen = st.selectbox(
        _("Measure shown"),
        names,
        key="spread_of",
        format_func=lambda name: text_measures.shown(str(listed["title"][name])),
    )
    part = values[values["measure"] == chosen]
    one = listed.loc[chosen]
    title = text_measures.shown(str(one["title"]))
    unit = labels.shown(str(one["unit"]))
    named = f"{title} ({unit})" if part["baseline"].dropna().gt(1).any() else title
    chart.draw(
        figures.probe_spread(
            part["baseline"].to_numpy(dtype=float),
            part["compressed"].to_numpy(dtype=float),
            named,
        ),
        key="probe_spread",
        alt=_(
            "{measure}: how many percent of the samples of each model have which value.",
            measure=title,
        ),
    )
    st.caption(
        plain(
            _(
                "{meaning} Defined for {n_baseline:.0f} samples of the baseline and "
                "{n_compressed:.0f} of the compressed model; the mean is {baseline:.3g} and "
                "{compressed:.3g}.",
                meaning=text_measures.shown(str(one["meaning"])),
                n_baseline=one["n_baseline"],
                n_compressed=one["n_compressed"],
                baseline=one["baseline"],
                compressed=one["compressed"],
            )
        )
    )


def details(outcome: Outcome, which: Probe) -> None:
    """The further tables, each folded."""
    for name, table in outcome.details.items():
        if name == _VALUES or not len(table):
            continue
        counted = _("{title} ({n:,})", title=which.table(name), n=len(table))
        with st.expander(counted, icon=":material/table_rows:"):
            _listed(table, f"detail_{name}")


def _listed(table: pd.DataFrame, key: str) -> None:
    shown = legible(cells(table.head(_ROWS)))
    st.dataframe(shown, key=key, hide_index=True, column_config=columns(table, wide=()))
    if len(table) > _ROWS:
        st.caption(
            _(
                "The first {shown:,} of {n:,} rows; the JSON file has all.",
                shown=_ROWS,
                n=len(table),
            )
        )


def left_out(run: ProbeResult) -> None:
    """What was not measured, and what was odd; nothing where all was well."""
    if not run.left_out and not run.warts:
        return
    import pandas as pd

    counted = _("Left out: {lost:,}, odd: {odd:,}", lost=len(run.left_out), odd=len(run.warts))
    with st.expander(counted):
        for what, often in run.warts.items():
            st.markdown(_("- {what}: {n:,}", what=plain(reasons.told(what)), n=often))
        if run.left_out:
            table = pd.DataFrame(run.left_out[:_ROWS])
            config = columns(table, wide=())
            st.dataframe(cells(table), key="left_out", hide_index=True, column_config=config)
