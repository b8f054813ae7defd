"""Groups side by side in one base model: every compressed form, then one of them closely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from fairviz import figures
from fairviz.analyses.presentation import Picture
from fairviz.analyses.tables.options import by_group, moved
from fairviz.analyses.tables.rows import Drawn, numbers, of_pairs
from fairviz.analyses.tables.view import TableView
from fairviz.benchmarks import labels
from fairviz.benchmarks.change import REFERENCES
from fairviz.benchmarks.groups import few, with_contrasts, with_intervals
from fairviz.benchmarks.metrics import told
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd


def groups(view: TableView, chosen: Mapping[str, object]) -> Drawn:
    """The heat map of all groups and forms, or the sorted lists of subjects that nobody knows."""
    request, measure = view.request, told(view.request.metric)
    base, setting = str(chosen.get("base", "")), str(chosen.get("setting", ""))
    if by_group(view).empty:
        return Drawn(view.rows.iloc[:0], view.rows.iloc[:0])
    shown, hidden = moved(view, base)
    if not setting:
        return Drawn(shown, hidden)
    if (shown["level"] == "rank").any():
        return Drawn(shown, hidden, (_ranks(shown, setting, view, base),))
    heat = Picture(
        figure=figures.table_heat(shown, request.metric),
        title=_("{metric} by group, {model}", metric=measure.title, model=labels.base_model(base)),
        name="heat",
        alt=labels.heat_map(shown["who"].nunique(), shown["setting"].nunique(), measure.title),
        caption=_(
            "Change from {reference}, compressed minus reference: orange (+) rose, blue (−) fell.",
            reference=_(REFERENCES[request.reference]),
        ),
        table=numbers(
            shown, {"who": _("Group"), "form": _("Compressed form"), "change": _("Change")}
        ),
    )
    reading = (
        _(
            "Colour is full at the 95 % quantile of all changes shown, so that one collapsed "
            "model does not pale the others."
        ),
        _("Groups of fewer than 50 items stand last with their n and are not to be ranked."),
    )
    return Drawn(
        shown,
        hidden,
        (heat, _closely(shown, setting, view)),
        reading=reading if few(shown).any() else reading[:1],
    )


def _closely(shown: pd.DataFrame, setting: str, view: TableView) -> Picture:
    measure, reference = told(view.request.metric), labels.method(view.request.reference)
    after = with_contrasts(with_intervals(shown[shown["setting"] == setting]))
    form = str(after["form"].iloc[0])
    before = with_intervals(
        after.assign(value=after["reference"], n=after["reference_n"], low=np.nan, high=np.nan)
    )
    pairs = after.assign(reference_low=before["low"], reference_high=before["high"], few=few(after))
    if pairs["low"].isna().all():
        bars = _(
            "No interval is drawn: the study does not say how many items stand behind a number, "
            "and they cannot be recovered for this metric."
        )
    else:
        bars = (
            _("Bars are 95 % binomial (Wilson) intervals of one share.")
            if measure.kind == "share"
            else _(
                "Bars are 95 % binomial (Wilson) intervals; for a mean of probabilities they are "
                "too wide rather than too narrow."
            )
        )
        bars += " " + _(
            "Both models answered the same prompts, so that the bars overlap does not say that "
            "nothing changed; the interval of a difference stands on its sign."
        )
    return Picture(
        figure=figures.table_dumbbell(pairs, view.request.metric, reference, form),
        title=_("One compressed form closely"),
        name="dumbbell",
        alt=labels.dumbbell(len(pairs), measure.title, reference, form),
        caption=f"{form}. {bars}",
        table=of_pairs(pairs, reference, form),
    )


def _ranks(shown: pd.DataFrame, setting: str, view: TableView, base: str) -> Picture:
    """Sorted values of subjects that nobody knows, of the baseline and one compressed form."""
    measure = told(view.request.metric)
    after = shown[shown["setting"] == setting]
    curves = []
    for part in (shown[shown["method"] == "none"], after):
        place = part["group"].astype(str).str.removeprefix("rank ").astype(int)
        ordered = part.assign(place=place).sort_values(["place", "line", "column"], kind="stable")
        curves.append(ordered["value"].to_numpy(dtype=np.float64))
    form = str(after["form"].iloc[0])
    names = (labels.method("none"), form)
    return Picture(
        figure=figures.table_ranks(
            [(names[0], curves[0], True), (names[1], curves[1], False)], view.request.metric
        ),
        title=f"{measure.title}, {labels.base_model(base)}",
        name="ranks",
        alt=_(
            "Sorted values of {n} unnamed subjects, baseline and {form}.",
            n=len(curves[0]),
            form=form,
        ),
        caption=_(
            "Every subject's γ, sorted from the most to the least favoured, as published. The "
            "study's file puts a name above each place, but the values were sorted without their "
            "names, so whose number stands where cannot be known: the same place in two models is "
            "not the same subject. A steeper curve is a stronger preference."
        ),
        table=numbers(
            shown[(shown["setting"] == setting) | (shown["method"] == "none")],
            {"form": _("Compressed form"), "group": _("Group"), "value": _("Value")},
        ),
    )
