"""What a reader asked to see of the tables, and the rows that this is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fairviz.benchmarks.flags import weight
from fairviz.benchmarks.metrics import Metric
from fairviz.i18n import N_

if TYPE_CHECKING:
    import pandas as pd

VIEWS = {
    "overview": N_("Overview"),
    "curves": N_("Curves"),
    "groups": N_("Groups"),
    "spread": N_("Spread"),
    "table": N_("Table"),
    "items": N_("Item by item"),
}
FLAGGED = {
    "usable": N_("Hide what can carry no finding"),
    "all": N_("Show everything"),
    "clean": N_("Hide every flagged number"),
}


class Wanted(NamedTuple):
    """What the reader asked to see.

    Attributes:
        source: Name of one source; empty for all.
        dimension: Of harm.
        benchmark: One benchmark.
        metric: One of its metrics.
        axis: One axis; empty for the whole benchmark.
        group: One group of that axis; empty for the whole axis.
        base_models: Shown ones.
        methods: Shown ones.
        structures: Shown ones.
        ratios: Lowest and highest share removed.
        reference: What a change is taken from.
        flagged: Key of `FLAGGED`.
        view: Key of `VIEWS`.
    """

    source: str
    dimension: str
    benchmark: str
    metric: Metric
    axis: str
    group: str
    base_models: tuple[str, ...]
    methods: tuple[str, ...]
    structures: tuple[str, ...]
    ratios: tuple[float, float]
    reference: str
    flagged: str
    view: str


def about(frame: pd.DataFrame, ask: Wanted) -> pd.DataFrame:
    """The rows of the chosen benchmark and metric on the chosen models, baselines kept."""
    low, high = ask.ratios
    kept = (
        (frame["dimension"] == ask.dimension)
        & (frame["benchmark"] == ask.benchmark)
        & (frame["metric"] == ask.metric.name)
    )
    if ask.source:
        kept &= frame["source"] == ask.source
    rows = frame[kept]
    method = rows["method"]
    chosen = method.isin(ask.methods) & rows["structure"].isin([*ask.structures, ""])
    chosen &= rows["ratio"].fillna(low).between(low - 1e-9, high + 1e-9)
    return rows[
        rows["base_model"].isin(ask.base_models) & (chosen | (method.isin(["none", ask.reference])))
    ]


def on_axis(rows: pd.DataFrame, ask: Wanted) -> pd.DataFrame:
    """All levels of the chosen axis; everything where no axis is chosen."""
    return rows[rows["axis"] == ask.axis] if ask.axis else rows


def one_thing(rows: pd.DataFrame, ask: Wanted) -> pd.DataFrame:
    """One number per model: of the benchmark, of the axis, or of the group."""
    here = rows[(rows["axis"] == ask.axis) & (rows["group"] == ask.group)]
    if ask.axis and not ask.group:
        return here[here["level"].isin(["axis", "aggregate"])]
    return here if ask.group else here[here["level"] == "aggregate"]


def allowed(rows: pd.DataFrame, ask: Wanted) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows to show, and those that are hidden for their flags."""
    hides = {"all": (), "usable": ("bars",), "clean": ("bars", "caution")}[ask.flagged]
    hidden = [one for one in rows["flags"].unique() if weight(str(one)) in hides]
    hide = rows["flags"].isin(hidden)
    return rows[~hide], rows[hide]
