"""What an outcome says: sentences, the groups in pictures and numbers, further tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz import figures
from fairviz.benchmarks import labels
from fairviz.figures.probe_groups import FEW
from fairviz.probes.published import published
from fairviz.probes.record import Outcome, Probe
from fairviz.probes.rows import LEVEL
from fairviz.probes.shelf import Run
from fairviz.ui import chart
from fairviz.ui.plain import plain
from fairviz.ui.probes.words import DETAILS, columns, counted, heading
from fairviz.ui.tables import shelf

if TYPE_CHECKING:
    import pandas as pd

_MOST_GROUPS = 30
_ROWS = 2000
# The samples' own values: drawn, not listed.
_VALUES = "values"


def sentences(run: Run) -> None:
    """What the statistics allow to say, before any picture."""
    with st.container(border=True, key="said"):
        for sentence in run.outcome.sentences:
            st.markdown(plain(sentence))
        st.caption(
            f"{counted(run.asked.n)}, one pair of models. It holds for these items and these two "
            "models; other items, or another calibration of the same method, may say otherwise."
        )


def groups(outcome: Outcome) -> None:
    """Values and differences of the groups, as pictures and as a table."""
    table = outcome.groups
    shown = _largest(table)
    changed = _changed(shown)
    st.subheader("Group by group", anchor=False)
    short, _, rest = outcome.measure.partition(": ")
    measure = short if "(" in short or len(outcome.measure) > 120 else outcome.measure
    left, right = st.columns(2, gap="medium")
    with left:
        chart.draw(
            figures.probe_groups(shown, changed, measure, outcome.neutral),
            key="probe_groups",
            alt=f"{measure}: baseline and compressed value of {len(shown)} groups with intervals.",
        )
    with right:
        chart.draw(
            figures.probe_difference(shown, changed, measure),
            key="probe_difference",
            alt=f"Change of {len(shown)} groups from baseline to compressed, with intervals.",
        )
    neutral = "Dashed on the left: no preference. " if outcome.neutral == outcome.neutral else ""
    less = f"The {len(shown) - 1} that changed most of {len(table) - 1} groups. "
    st.caption(
        (plain(rest) + " " if measure == short and rest else "")
        + (less if len(shown) < len(table) else "")
        + f"In brackets: how many items. Lines: 95 % intervals. {neutral}A star before the name "
        "and a filled square: the change is more than chance, after Holm's correction over all "
        "groups (the row all: its own test). "
        + ("" if any(changed) else "Here none is. ")
        + (f"Pale: fewer than {FEW} items, which say little." if shown["n"].lt(FEW).any() else "")
    )
    with st.expander("The groups as a table", icon=":material/table_rows:"):
        _listed(table, "groups_table")


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
    st.subheader("Sample by sample", anchor=False)
    names = [name for name in listed.index if name in set(values["measure"])]
    chosen = st.selectbox(
        "Measure", names, key="spread_of", format_func=lambda name: str(listed["title"][name])
    )
    part = values[values["measure"] == chosen]
    one = listed.loc[chosen]
    unit = f" ({one['unit']})" if part["baseline"].dropna().gt(1).any() else ""
    chart.draw(
        figures.probe_spread(
            part["baseline"].to_numpy(dtype=float),
            part["compressed"].to_numpy(dtype=float),
            f"{one['title']}{unit}",
        ),
        key="probe_spread",
        alt=f"{one['title']}: how many percent of the samples of each model have which value.",
    )
    st.caption(
        plain(
            f"{one['meaning']} Defined for {one['n_baseline']:.0f} samples of the baseline and "
            f"{one['n_compressed']:.0f} of the compressed model; the mean is "
            f"{one['baseline']:.3g} and {one['compressed']:.3g}."
        )
    )


def details(outcome: Outcome) -> None:
    """The further tables, each folded."""
    for name, table in outcome.details.items():
        if name == _VALUES or not len(table):
            continue
        title = DETAILS.get(name, heading(name))
        with st.expander(f"{title} ({len(table):,})", icon=":material/table_rows:"):
            _listed(table, f"detail_{name}")


def _listed(table: pd.DataFrame, key: str) -> None:
    st.dataframe(table.head(_ROWS), key=key, hide_index=True, column_config=columns(table, wide=()))
    if len(table) > _ROWS:
        st.caption(f"The first {_ROWS:,} of {len(table):,} rows; the JSON file has all.")


def beside(outcome: Outcome, which: Probe) -> None:
    """Published values of the same benchmark, and the way to their page."""
    if not which.benchmark:
        return
    found = published(outcome, which, shelf.table())
    name = labels.benchmark(which.benchmark)
    st.subheader(f"What studies have published of {plain(name)}", anchor=False)
    if len(found):
        st.dataframe(found, key="published", hide_index=True, column_config=columns(found, wide=()))
        st.caption(
            "These two models first, then the published ones: the value before compression, and "
            "the lowest and highest over their compressed forms. Other models, other numbers of "
            "items and another way of asking: compare directions, not digits. Some published "
            "cells carry a warning; the page of the tables says which."
        )
    else:
        st.caption(
            "The tables have this benchmark under other measures than those taken here, so there "
            "is no published number to stand beside these."
        )
    st.page_link(
        "pages/4_Bias_tables.py",
        label=f"{name} in the bias tables",
        icon=":material/table_view:",
        query_params={"dimension": which.dimension, "benchmark": which.benchmark},
    )


def left_out(run: Run) -> None:
    """What was not measured, and what was odd; nothing where all was well."""
    if not run.left_out and not run.warts:
        return
    import pandas as pd

    with st.expander(f"Left out: {len(run.left_out):,}, odd: {len(run.warts):,}"):
        for what, often in run.warts.items():
            st.markdown(f"- {plain(what)}: {often:,}")
        if run.left_out:
            st.dataframe(pd.DataFrame(run.left_out[:_ROWS]), key="left_out", hide_index=True)
