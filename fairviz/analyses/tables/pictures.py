"""The pictures of a view of the tables, with the rows they show and those that are hidden."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from fairviz import figures
from fairviz.analyses.presentation import Picture
from fairviz.analyses.tables.options import by_group, moved
from fairviz.analyses.tables.rows import Drawn, numbers, of_items
from fairviz.analyses.tables.view import TableView, about, allowed, on_axis, one_thing
from fairviz.benchmarks import labels
from fairviz.benchmarks.change import QUALITIES, REFERENCES, changes, overview
from fairviz.benchmarks.groups import FEW, drift, few, finest, with_contrasts, with_intervals
from fairviz.benchmarks.metrics import metric, told
from fairviz.core.declared import sentences_of
from fairviz.figures.labels import inside
from fairviz.figures.legend import legend_of
from fairviz.i18n import _
from fairviz.stats import spearman

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

_say = sentences_of(__file__)


# The dialect's two measures, which are to be read together.
_BESIDE = {"dialect_ratio": "dialect_gap", "dialect_gap": "dialect_ratio"}


def drawn(view: TableView, chosen: Mapping[str, object]) -> Drawn:
    """The pictures of a view; a view of rows alone has none."""
    return _VIEWS[view.request.view](view, chosen)


def _overview(view: TableView, chosen: Mapping[str, object]) -> Drawn:
    request, measure = view.request, told(view.request.metric)
    quality = QUALITIES[str(chosen["quality"])]
    points = overview(view.frame, one_thing(view.rows, request), quality, request.reference)
    known, hidden = allowed(points.dropna(subset=["change"]), request)
    shown = known.dropna(subset=["quality"])
    if shown.empty:
        return Drawn(shown, hidden)
    absent = len(known) - len(shown)
    rho = spearman(shown["quality"].to_numpy(), shown["change"].to_numpy()).rho
    picture = Picture(
        figure=figures.table_overview(shown, request.metric, quality),
        title=_("{metric}: harm beside quality", metric=measure.title),
        name="overview",
        legend=legend_of(shown, lines=False),
        alt=_say(
            "overview",
            n=len(shown),
            quality=_(quality.title),
            metric=measure.title,
        ),
        caption=_say(
            "overview_signs",
            n=len(shown),
            reference=_(REFERENCES[request.reference]),
        ),
        table=numbers(
            shown, {"quality": _(quality.title), "change": _("Change"), "value": _("Value")}
        ),
    )
    correlated = _say(
        "correlated",
        rho=rho,
    )
    lost, collapsed = (
        (
            _("Quality is lost to the right."),
            _("A dot that is low and far to the right is a model that says less of anything."),
        )
        if quality.relative
        else (
            _("Quality is lost to the left."),
            _("A dot that is low and far to the left is a model that says less of anything."),
        )
    )
    return Drawn(
        shown,
        hidden,
        (picture,),
        allowed=(correlated,) if rho == rho else (),
        reading=(
            lost,
            *((collapsed,) if measure.worse == "higher" else ()),
            *((_say("no_quality", n=absent, quality=_(quality.title)),) if absent else ()),
        ),
    )


def _curves(view: TableView, chosen: Mapping[str, object]) -> Drawn:
    request = view.request
    shown, hidden = allowed(one_thing(view.rows, request).dropna(subset=["value"]), request)
    if shown.empty:
        return Drawn(shown, hidden)
    pictures = _along(shown, request.metric.name, "curves")
    reading = [
        told(request.metric).meaning,
        _say("signs_along"),
        _("A step along a line can be chance."),
        *_without_a_place(shown),
    ]
    if request.metric.name in _BESIDE:
        other = request._replace(metric=metric(_BESIDE[request.metric.name]))
        more, _rest = allowed(one_thing(about(view.frame, other), other), other)
        pictures += _along(more, other.metric.name, "beside")
        reading.append(_say("beside"))
    return Drawn(shown, hidden, pictures, reading=tuple(one for one in reading if one))


def _along(rows: pd.DataFrame, name: str, key: str) -> tuple[Picture, ...]:
    """A metric along the ratio, one picture per base model."""
    measure = told(metric(name))
    return _small(
        rows,
        figures.table_curves(rows, measure),
        key,
        _("{metric} along the ratio", metric=measure.title),
        measure.title,
        lambda part: numbers(part, {"ratio": _("Share of bits removed"), "value": _("Value")}),
    )


def _small(
    rows: pd.DataFrame,
    by_base: Mapping[str, go.Figure],
    key: str,
    title: str,
    what: str,
    table: Callable[[pd.DataFrame], pd.DataFrame],
) -> tuple[Picture, ...]:
    """One small plot per base model, under one heading and one legend."""
    first = next(iter(by_base), "")
    return tuple(
        Picture(
            figure=figure,
            title=title if base == first else "",
            name=f"{key}_{place}",
            legend=legend_of(rows, lines=True),
            alt=_say(
                "small",
                model=labels.base_model(base),
                what=what,
            ),
            caption=f"{labels.base_model(base)}: {title}",
            table=table(rows[rows["base_model"].astype(str) == base]),
        )
        for place, (base, figure) in enumerate(by_base.items())
    )


def _without_a_place(rows: pd.DataFrame) -> tuple[str, ...]:
    without = int((rows["ratio"].isna() & (rows["method"] != "none")).sum())
    said = _say(
        "without_ratio",
        n=without,
    )
    return (said,) if without else ()


def _spread(view: TableView, chosen: Mapping[str, object]) -> Drawn:
    request, measure = view.request, told(view.request.metric)
    here = finest(on_axis(view.rows, request)).dropna(subset=["value"])
    of_changes = chosen["spread_of"] == "changes"
    if of_changes:
        here = changes(here, request.reference).dropna(subset=["change"])
        here = here.assign(value=here["change"])
    shown, hidden = allowed(here, request)
    far = drift(shown, "" if of_changes else measure.kind)
    far = far[far["groups"] > 1]
    if far.empty:
        return Drawn(shown, hidden)
    what = inside(measure.title)
    what = _("changes of {what}", what=what) if of_changes else what
    columns = {
        "method": _("Method"),
        "ratio": _("Share of bits removed"),
        "spread": _("Spread"),
        "lowest": _("Lowest"),
        "highest": _("Highest"),
        "groups": _("Groups"),
        "floor": _("Chance, 95 % of draws below"),
    }
    pictures = _small(
        far,
        figures.table_spread(far, request.metric),
        "spread",
        _("Spread over groups: {what}", what=what),
        _("standard deviation of {what} over groups", what=what),
        lambda part: numbers(part, columns),
    )
    chance = (
        _say("floor")
        if far["floor"].notna().any()
        else _say("floor_of_changes")
        if of_changes
        else _say("no_floor")
    )
    over = _say("over_groups")
    small = int((shown["n"] < FEW).fillna(False).sum())
    left = _say(
        "few_left_out",
        n=small,
        few=FEW,
    )
    reading = (over, chance, *((left,) if small else ()), *_without_a_place(far))
    return Drawn(shown, hidden, pictures, reading=reading)


def _table(view: TableView, chosen: Mapping[str, object]) -> Drawn:
    here = on_axis(view.rows, view.request)
    if view.request.group:
        here = here[here["group"].astype(str) == view.request.group]
    return Drawn(*allowed(here, view.request))


def _items(view: TableView, chosen: Mapping[str, object]) -> Drawn:
    none = view.rows.iloc[:0]
    reading = _say("items")
    return Drawn(none, none, tables=of_items(view), reading=(reading,) if view.items else ())


def _groups(view: TableView, chosen: Mapping[str, object]) -> Drawn:
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
        caption=_say(
            "change_from",
            reference=_(REFERENCES[request.reference]),
        ),
        table=numbers(
            shown, {"who": _("Group"), "form": _("Compressed form"), "change": _("Change")}
        ),
    )
    reading = (
        _say("full_colour"),
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
        bars = _say("no_interval")
    else:
        bars = (
            _("Bars are 95 % binomial (Wilson) intervals of one share.")
            if measure.kind == "share"
            else _say("bars_of_mean")
        )
        bars += " " + _say("same_prompts")
    columns = {
        "who": _("Group"),
        "reference": reference,
        "value": form,
        "change": _("Change"),
        "change_low": _("Change, low"),
        "change_high": _("Change, high"),
    }
    return Picture(
        figure=figures.table_dumbbell(pairs, view.request.metric, reference, form),
        title=_("One compressed form closely"),
        name="dumbbell",
        alt=labels.dumbbell(len(pairs), measure.title, reference, form),
        caption=f"{form}. {bars}",
        table=numbers(pairs, columns),
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
        alt=_say(
            "ranks",
            n=len(curves[0]),
            form=form,
        ),
        caption=_say("sorted_values"),
        table=numbers(
            shown[(shown["setting"] == setting) | (shown["method"] == "none")],
            {"form": _("Compressed form"), "group": _("Group"), "value": _("Value")},
        ),
    )


_VIEWS = {
    "overview": _overview,
    "curves": _curves,
    "groups": _groups,
    "spread": _spread,
    "table": _table,
    "items": _items,
}
