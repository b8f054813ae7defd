"""One panel per view: the rows that were asked for, their picture, its sentence, its flags."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

from fairviz import figures
from fairviz.benchmarks import labels
from fairviz.benchmarks.change import changes
from fairviz.benchmarks.drift import drift
from fairviz.benchmarks.groups import FEW, few, finest, labelled, with_contrasts, with_intervals
from fairviz.benchmarks.metrics import metric, told
from fairviz.benchmarks.overview import QUALITIES, overview
from fairviz.benchmarks.wanted import Wanted, about, allowed, on_axis, one_thing
from fairviz.i18n import _, ngettext
from fairviz.stats import spearman
from fairviz.ui import chart
from fairviz.ui.plain import plain
from fairviz.ui.tables import choices, items, notes, rows_table, said, words

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


# Thirty-five columns cannot be read on a phone's width: there the picture scrolls sideways.
_WIDE = (
    "<style>@media (max-width: 640px) {.st-key-heat_box {overflow-x: auto;}"
    ".st-key-heat_box > * {min-width: 46rem;}}</style>"
)


def draw(frame: pd.DataFrame, ask: Wanted) -> None:
    """The chosen view of the chosen rows."""
    rows = about(frame, ask)
    _PANELS[ask.view](frame, rows, ask)
    if ask.view != "items":
        notes.cited(rows)


def _chart(figure: go.Figure, key: str, alt: str) -> None:
    chart.draw(figure, key=key, alt=alt)


def _small(figures_by_base: dict[str, go.Figure], rows: pd.DataFrame, key: str, what: str) -> None:
    """Small plots two by two, one below the other on a phone, under one legend."""
    structures = set(rows["structure"].astype(str))
    st.html(
        figures.legend(
            rows["method"].astype(str),
            lines=True,
            floor="floor" in rows and bool(rows["floor"].notna().any()),
            patterns=bool(structures & {"2:4", "4:8"}),
        )
    )
    columns = st.columns(min(2, len(figures_by_base)), gap="small")
    for number, (base, figure) in enumerate(figures_by_base.items()):
        alt = _(
            "{model}: the share of bits removed across, {what} up, one line per compression "
            "method, the baseline as a dotted level.",
            model=labels.base_model(base),
            what=what,
        )
        with columns[number % len(columns)]:
            _chart(figure, f"{key}_{number}", alt)
    without = int((rows["ratio"].isna() & (rows["method"] != "none")).sum())
    if without:
        st.caption(
            _(
                "Without a ratio in their table, and so without a place here: {n:,}. The view "
                "“Table” has them.",
                n=without,
            )
        )


def _empty(hidden: int = 0) -> None:
    why = (
        ngettext(
            "The {n:,} number of this choice is hidden for its flags; “Flagged numbers” in the "
            "sidebar shows it, and the reasons stand below.",
            "All {n:,} numbers of this choice are hidden for their flags; “Flagged numbers” in the "
            "sidebar shows them, and the reasons stand below.",
            hidden,
        )
        if hidden
        else _(
            "No number has all of these at once. Press fewer filters in the sidebar, or choose "
            "another metric or axis."
        )
    )
    st.info(why, icon=":material/filter_alt_off:")


def _overview(frame: pd.DataFrame, rows: pd.DataFrame, ask: Wanted) -> None:
    # Filled last: recomputing the statements imports what the picture does without.
    above = st.container()
    quality = QUALITIES[choices.quality()]
    points = overview(frame, one_thing(rows, ask), quality, ask.reference)
    points = points.dropna(subset=["change", "quality"])
    shown, hidden = allowed(points, ask)
    st.header(_("{metric}: harm beside quality", metric=plain(ask.metric.title)), anchor=False)
    st.caption(words.thing(ask))
    if shown.empty:
        _empty(len(hidden))
    else:
        alt = ngettext(
            "A scatter plot of {n} compressed model: {quality} across, change of {metric} up, one "
            "sign per method.",
            "A scatter plot of {n} compressed models: {quality} across, change of {metric} up, one "
            "sign per method.",
            len(shown),
            quality=_(quality.title),
            metric=ask.metric.title,
        )
        st.html(figures.legend(shown["method"].astype(str), lines=False))
        _chart(figures.table_overview(shown, ask.metric, quality), "overview", alt)
        rho = spearman(shown["quality"].to_numpy(), shown["change"].to_numpy()).rho
        st.caption(words.overview(ask, len(shown), rho, quality))
    with above:
        said.draw(frame)
    notes.suggest_int8(shown, hidden, ask.reference)
    notes.flagged(shown, hidden)


def _curves(frame: pd.DataFrame, rows: pd.DataFrame, ask: Wanted) -> None:
    shown, hidden = allowed(one_thing(rows, ask).dropna(subset=["value"]), ask)
    st.header(_("{metric} along the ratio", metric=plain(ask.metric.title)), anchor=False)
    st.caption(words.thing(ask))
    if shown.empty:
        _empty(len(hidden))
    else:
        _small(figures.table_curves(shown, ask.metric), shown, "curves", ask.metric.title)
        st.caption(words.curves(ask))
    other = {"dialect_ratio": "dialect_gap", "dialect_gap": "dialect_ratio"}.get(ask.metric.name)
    if other and not shown.empty:
        st.markdown(words.dialect())
        beside = ask._replace(metric=told(metric(other)))
        more, _rest = allowed(one_thing(about(frame, beside), beside), beside)
        st.header(plain(beside.metric.title), anchor=False)
        _small(figures.table_curves(more, beside.metric), more, "beside", beside.metric.title)
        st.caption(words.curves(beside))
    notes.flagged(shown, hidden)


def _groups(frame: pd.DataFrame, rows: pd.DataFrame, ask: Wanted) -> None:
    here = on_axis(rows, ask)
    if (here["level"] == "rank").any():
        _ranks(here, ask)
        return
    # An axis of which only the whole is known has nothing to lay side by side.
    here = finest(here) if not finest(here).empty else here
    if here.empty:
        st.header(_("{metric} by group", metric=plain(ask.metric.title)), anchor=False)
        _empty()
        return
    base = choices.one_base(here)
    here = here[here["base_model"].astype(str) == base]
    moved = labelled(changes(here, ask.reference).dropna(subset=["change"]))
    shown, hidden = allowed(moved, ask)
    st.header(
        _(
            "{metric} by group, {model}",
            metric=plain(ask.metric.title),
            model=plain(labels.base_model(base)),
        ),
        anchor=False,
    )
    st.caption(words.thing(ask._replace(group="")))
    if shown.empty:
        _empty(len(hidden))
    else:
        alt = labels.heat_map(shown["who"].nunique(), shown["setting"].nunique(), ask.metric.title)
        st.html(_WIDE)
        with st.container(key="heat_box"):
            _chart(figures.table_heat(shown, ask.metric), "heat", alt)
        st.caption(words.heat(ask, int(few(shown).sum())))
        _closely(here, shown, ask)
    notes.suggest_int8(shown, hidden, ask.reference)
    notes.flagged(shown, hidden)


def _closely(here: pd.DataFrame, shown: pd.DataFrame, ask: Wanted) -> None:
    forms = dict(zip(shown["setting"], shown["form"], strict=True))
    st.header(_("One compressed form closely"), anchor=False)
    setting = choices.one_setting(forms, next((one for one in forms if "50 %" in one), [*forms][0]))
    form = forms[setting]
    after = with_contrasts(with_intervals(shown[shown["setting"] == setting]))
    before = with_intervals(
        after.assign(value=after["reference"], n=after["reference_n"], low=np.nan, high=np.nan)
    )
    pairs = after.assign(reference_low=before["low"], reference_high=before["high"], few=few(after))
    name = labels.method(ask.reference)
    alt = labels.dumbbell(len(pairs), ask.metric.title, name, form)
    _chart(figures.table_dumbbell(pairs, ask.metric, name, form), "dumbbell", alt)
    st.caption(words.dumbbell(ask, bool(pairs["low"].notna().any())))


def _ranks(here: pd.DataFrame, ask: Wanted) -> None:
    base = choices.one_base(here)
    here = labelled(here[here["base_model"].astype(str) == base])
    shown, hidden = allowed(here, ask)
    st.header(f"{plain(ask.metric.title)}, {plain(labels.base_model(base))}", anchor=False)
    st.caption(words.thing(ask))
    compressed = shown[shown["method"] != "none"]
    if compressed.empty:
        _empty(len(hidden))
    else:
        forms = dict(zip(compressed["setting"], compressed["form"], strict=True))
        chosen = choices.one_setting(forms, [*forms][0])
        curves: list[tuple[str, npt.NDArray[np.float64], bool]] = []
        for form, part in (
            (labels.method("none"), shown[shown["method"] == "none"]),
            (forms[chosen], compressed[compressed["setting"] == chosen]),
        ):
            part = part.sort_values(["line", "column"], kind="stable")
            place = part["group"].astype(str).str.removeprefix("rank ").astype(int)
            values = part.assign(place=place).sort_values("place")["value"].to_numpy()
            curves.append((form, values, not curves))
        alt = _(
            "Sorted values of {n} unnamed subjects, baseline and {form}.",
            n=len(curves[0][1]),
            form=forms[chosen],
        )
        _chart(figures.table_ranks(curves, ask.metric), "ranks", alt)
        st.caption(words.ranks(ask))
    notes.flagged(shown, hidden)


def _spread(frame: pd.DataFrame, rows: pd.DataFrame, ask: Wanted) -> None:
    here = finest(on_axis(rows, ask)).dropna(subset=["value"])
    of_changes = choices.spread_of() == "changes"
    if of_changes:
        here = changes(here, ask.reference).dropna(subset=["change"])
        here = here.assign(value=here["change"])
    here, hidden = allowed(here, ask)
    what = labels.inside(ask.metric.title)
    what = _("changes of {what}", what=what) if of_changes else what
    st.header(_("Spread over groups: {what}", what=plain(what)), anchor=False)
    st.caption(words.thing(ask._replace(group="")))
    far = drift(here, "" if of_changes else ask.metric.kind)
    far = far[far["groups"] > 1]
    if far.empty:
        _empty(len(hidden))
    else:
        title = _("standard deviation of {what} over groups", what=what)
        _small(figures.table_spread(far, ask.metric), far, "spread", title)
        st.caption(words.spread(ask, bool(far["floor"].notna().any()), of_changes))
        left = int((here["n"] < FEW).fillna(False).sum())
        if left:
            st.caption(
                ngettext(
                    "{n:,} number of a group with fewer than {few} items is left out.",
                    "{n:,} numbers of groups with fewer than {few} items are left out.",
                    left,
                    few=FEW,
                )
            )
    if of_changes:
        notes.suggest_int8(here, hidden, ask.reference)
    notes.flagged(here, hidden)


def _table(frame: pd.DataFrame, rows: pd.DataFrame, ask: Wanted) -> None:
    here = on_axis(rows, ask)
    if ask.group:
        here = here[here["group"].astype(str) == ask.group]
    shown, hidden = allowed(here, ask)
    st.header(_("The rows behind the pictures"), anchor=False)
    st.caption(words.thing(ask))
    if shown.empty:
        _empty(len(hidden))
    else:
        rows_table.draw(shown)
    notes.flagged(shown, hidden)


def _items(frame: pd.DataFrame, rows: pd.DataFrame, ask: Wanted) -> None:
    items.draw(ask.source)


_PANELS = {
    "overview": _overview,
    "curves": _curves,
    "groups": _groups,
    "spread": _spread,
    "table": _table,
    "items": _items,
}
