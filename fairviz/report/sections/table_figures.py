"""The pictures of a view of the tables, with the rows they show and those that are hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fairviz import figures
from fairviz.analyses.presentation import Picture, Table
from fairviz.benchmarks import labels
from fairviz.benchmarks.change import changes
from fairviz.benchmarks.drift import drift
from fairviz.benchmarks.flags import weight
from fairviz.benchmarks.groups import few, finest, labelled, with_contrasts, with_intervals
from fairviz.benchmarks.overview import QUALITIES, overview
from fairviz.benchmarks.paired import paired
from fairviz.benchmarks.wanted import allowed, on_axis, one_thing
from fairviz.i18n import _, ngettext, number
from fairviz.report.table_view import TableView
from fairviz.stats import spearman

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go


class Drawn(NamedTuple):
    """What a view shows.

    Attributes:
        pictures: Its figures.
        tables: Further numbers.
        shown: The published rows that are shown.
        hidden: Those that are hidden for what is known against them.
        sentences: What the picture allows.
    """

    pictures: tuple[Picture, ...]
    tables: tuple[Table, ...]
    shown: pd.DataFrame
    hidden: pd.DataFrame
    sentences: tuple[str, ...] = ()


def drawn(answer: TableView) -> Drawn:
    """The pictures of a view; a view of rows alone has none."""
    return {
        "overview": _overview, "curves": _curves, "groups": _groups, "spread": _spread,
        "table": _rows, "items": _items,
    }[answer.ask.view](answer)  # fmt: skip


def _overview(answer: TableView) -> Drawn:
    ask = answer.ask
    quality = QUALITIES[answer.extras.get("quality") or "perplexity"]
    points = overview(answer.frame, one_thing(answer.rows, ask), quality, ask.reference)
    shown, hidden = allowed(points.dropna(subset=["change", "quality"]), ask)
    if shown.empty:
        return Drawn((), (), shown, hidden)
    rho = spearman(shown["quality"].to_numpy(), shown["change"].to_numpy()).rho
    said = (
        _(
            "Over these points Spearman's ρ is {rho:+.2f}: a description of this picture, not a "
            "test.",
            rho=rho,
        ),
    )
    picture = Picture(
        figure=figures.table_overview(shown, ask.metric, quality).update_layout(showlegend=True),
        alt=ngettext(
            "A scatter plot of {n} compressed model: {quality} across, change of {what} "
            "up, one sign per method.",
            "A scatter plot of {n} compressed models: {quality} across, change of {what} "
            "up, one sign per method.",
            len(shown),
            quality=_(quality.title),
            what=_(ask.metric.title),
        ),
        caption=_("Harm beside quality: each sign is one compressed model, 13B models larger."),
        table=_numbers(
            shown, {"quality": _(quality.title), "change": _("Change"), "value": _("Value")}
        ),
    )
    return Drawn((picture,), (), shown, hidden, said if rho == rho else ())


def _curves(answer: TableView) -> Drawn:
    ask = answer.ask
    shown, hidden = allowed(one_thing(answer.rows, ask).dropna(subset=["value"]), ask)
    if shown.empty:
        return Drawn((), (), shown, hidden)
    found = figures.table_curves(shown, ask.metric)
    pictures = tuple(
        Picture(
            figure=_with_legend(figure, part),
            alt=_(
                "{model}: the share of bits removed across, {what} up, one line per compression "
                "method, the baseline as a dotted level.",
                model=labels.base_model(base),
                what=_(ask.metric.title),
            ),
            caption=_(
                "{model}: lines are unstructured pruning, single signs quantized models and the "
                "patterns 2:4 and 4:8; the dotted level is the baseline.",
                model=labels.base_model(base),
            ),
            table=_numbers(part, {"ratio": _("Share of bits removed"), "value": _("Value")}),
        )
        for base, figure in found.items()
        for part in (shown[shown["base_model"].astype(str) == base],)
    )
    return Drawn(pictures, (), shown, hidden)


def _with_legend(figure: go.Figure, rows: pd.DataFrame) -> go.Figure:
    """The methods' names beside their lines: the small plots have a legend apart on the pages."""
    from fairviz.figures.methods import look

    for method in sorted(set(rows["method"].astype(str)), key=labels.order):
        how = look(method)
        figure.add_scatter(
            x=[None], y=[None], name=labels.method(method), mode="lines+markers",
            line={"color": how.colour, "dash": how.dash}, showlegend=True,
            marker={"symbol": how.symbol, "color": how.colour, "size": 9},
        )  # fmt: skip
    return figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": -0.3, "yanchor": "top", "x": 0},
        height=420, margin={"b": 120},
    )  # fmt: skip


def _one_base(rows: pd.DataFrame, chosen: str) -> str:
    """The base model of a picture that has room for one; else the one least is known against."""
    names = sorted(rows["base_model"].astype(str).unique(), key=labels.base_order)
    if chosen in names:
        return chosen
    weights = rows["flags"].astype(str).map(lambda flags: weight(flags) in ("bars", "caution"))
    suspect = weights.groupby(rows["base_model"].astype(str)).mean()
    return str(min(names, key=lambda one: (round(float(suspect[one]), 2), names.index(one))))


def _groups(answer: TableView) -> Drawn:
    ask = answer.ask
    here = on_axis(answer.rows, ask)
    if (here["level"] == "rank").any():
        return _rows(answer)
    here = finest(here) if not finest(here).empty else here
    if here.empty:
        return Drawn((), (), here, here)
    base = _one_base(here, answer.extras.get("base", ""))
    here = here[here["base_model"].astype(str) == base]
    moved = labelled(changes(here, ask.reference).dropna(subset=["change"]))
    shown, hidden = allowed(moved, ask)
    if shown.empty:
        return Drawn((), (), shown, hidden)
    what = _(ask.metric.title)
    heat = Picture(
        figure=figures.table_heat(shown, ask.metric),
        alt=labels.heat_map(shown["who"].nunique(), shown["form"].nunique(), what),
        caption=_(
            "{model}: change from the reference; orange (+) rose, blue (−) fell. Colour is full at "
            "the 95 % quantile of all changes shown.",
            model=labels.base_model(base),
        ),
        table=_numbers(
            shown, {"who": _("Group"), "form": _("Compressed form"), "change": _("Change")}
        ),
    )
    # By the English name, which an address holds: a translated one would choose another form.
    settings = list(dict.fromkeys(shown["setting"]))
    half = next((one for one in settings if "50 %" in one), settings[0])
    chosen = answer.extras.get("setting", "")
    setting = chosen if chosen in settings else half
    return Drawn((heat, _closely(shown, setting, answer)), (), shown, hidden)


def _closely(shown: pd.DataFrame, setting: str, answer: TableView) -> Picture:
    ask = answer.ask
    after = with_contrasts(with_intervals(shown[shown["setting"] == setting]))
    form = str(after["form"].iloc[0])
    before = with_intervals(
        after.assign(value=after["reference"], n=after["reference_n"], low=np.nan, high=np.nan)
    )
    pairs = after.assign(reference_low=before["low"], reference_high=before["high"], few=few(after))
    name = {"none": _("Baseline"), "int8": "LLM.int8()"}[ask.reference]
    return Picture(
        figure=figures.table_dumbbell(pairs, ask.metric, name, form),
        alt=labels.dumbbell(len(pairs), _(ask.metric.title), name, form),
        caption=_(
            "{form} closely: bars are Wilson's 95 % intervals where the sizes are known; that of a "
            "change is Newcombe's, as if the two models had answered different questions.",
            form=form,
        ),
        table=_numbers(
            pairs,
            {
                "who": _("Group"), "reference": name, "value": form, "change": _("Change"),
                "change_low": _("Change, low"), "change_high": _("Change, high"),
            },
        ),
    )  # fmt: skip


def _spread(answer: TableView) -> Drawn:
    ask = answer.ask
    here = finest(on_axis(answer.rows, ask)).dropna(subset=["value"])
    of_changes = answer.extras.get("spread_of") == "changes"
    if of_changes:
        here = changes(here, ask.reference).dropna(subset=["change"])
        here = here.assign(value=here["change"])
    here, hidden = allowed(here, ask)
    far = drift(here, "" if of_changes else ask.metric.kind)
    far = far[far["groups"] > 1]
    if far.empty:
        return Drawn((), (), here, hidden)
    pictures = tuple(
        Picture(
            figure=_with_legend(figure, part),
            alt=_(
                "{model}: the share of bits removed across, the standard deviation of {what} over "
                "groups up.",
                model=labels.base_model(base),
                what=_(ask.metric.title),
            ),
            caption=_(
                "{model}: how far the groups lie apart; grey, where it is drawn, is what chance "
                "alone stays below in 95 % of draws.",
                model=labels.base_model(base),
            ),
            table=_numbers(
                part,
                {
                    "method": _("Method"), "ratio": _("Share of bits removed"),
                    "spread": _("Spread"), "lowest": _("Lowest"), "highest": _("Highest"),
                    "groups": _("Groups"),
                    "floor": _("Chance, 95 % of draws below"),
                },
            ),
        )
        for base, figure in figures.table_spread(far, ask.metric).items()
        for part in (far[far["base_model"].astype(str) == base],)
    )  # fmt: skip
    return Drawn(pictures, (), here, hidden)


def _rows(answer: TableView) -> Drawn:
    ask = answer.ask
    here = on_axis(answer.rows, ask)
    if ask.group:
        here = here[here["group"].astype(str) == ask.group]
    shown, hidden = allowed(here, ask)
    return Drawn((), (), shown, hidden)


def _items(answer: TableView) -> Drawn:
    """Flips and paired tests of every source that has its questions' outcomes."""
    headings = {
        "task": _("Task"), "metric": _("Metric"), "group": _("Group"), "n": "n",
        "baseline": _("Baseline"), "compressed": _("Compressed model"), "change": _("Change"),
        "low": _("Change, low"), "high": _("Change, high"), "lost": _("Lost"),
        "gained": _("Gained"), "p": _("p"), "p_holm": _("p (Holm)"),
    }  # fmt: skip
    tables = tuple(
        Table(
            _(
                "{source}: lost and gained count the questions whose answer changed sides",
                source=answer.sources[name].title,
            ),
            paired(table).rename(columns=headings),
            folded=False,
        )
        for name, table in answer.items.items()
    )
    none = answer.rows.iloc[0:0]
    return Drawn((), tables, none, none)


def _numbers(rows: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """The columns that a picture shows, the model and form in front."""
    import pandas as pd

    out = {}
    if "form" not in columns and "method" in rows:
        out[_("Base model")] = [labels.base_model(str(one)) for one in rows["base_model"]]
        if "method" not in columns:
            out[_("Method")] = [labels.method(str(one)) for one in rows["method"]]
    for name, heading in columns.items():
        values = rows[name]
        out[heading] = (
            [number(float(one), ".0%") if one == one else "" for one in values]
            if name == "ratio"
            else list(values)
        )
    return pd.DataFrame(out)
