"""What a reader asks of the tables, question by question, and the rows that this is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from fairviz.benchmarks import labels
from fairviz.benchmarks.change import REFERENCES
from fairviz.benchmarks.flags import weight
from fairviz.benchmarks.metrics import METRICS, Metric, metric
from fairviz.benchmarks.schema import STRUCTURES
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
# The weights of flags (see `flags.Flag`) that each of them hides.
_HIDES = {"all": (), "usable": ("bars",), "clean": ("bars", "caution")}
# The benchmark that a dimension opens with.
_FIRST = {"degeneration": "holistic_bias", "representation": "bbq"}


class TableRequest(NamedTuple):
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


class Chooser(Protocol):
    """Who answers the questions: an address, or a page with a widget for each."""

    def one(self, name: str, options: Sequence[str], default: str = "") -> str:
        """One of `options`, the first where neither a choice nor `default` is among them."""

    def some(self, name: str, options: Sequence[str]) -> tuple[str, ...]:
        """Some of `options`; all where none was chosen."""

    def span(self, name: str) -> tuple[float, float]:
        """The lowest and the highest share."""


def asked(frame: pd.DataFrame, choose: Chooser) -> TableRequest:
    """The request that the answers make, each question asked of what the answers before leave.

    Raises:
        NoSuchRows: If `choose` refuses an answer.
    """
    known = list(labels.DIMENSIONS)
    dimensions = sorted(
        words(frame, "dimension"), key=lambda name: known.index(name) if name in known else 99
    )
    dimension = choose.one("dimension", dimensions)
    view = choose.one("view", list(VIEWS))
    source = choose.one("source", ["", *words(frame, "source")])
    here = frame[frame["dimension"] == dimension]
    if source:
        here = here[here["source"] == source]
    benchmark = choose.one("benchmark", words(here, "benchmark") or [""], _FIRST.get(dimension, ""))
    rows = here[here["benchmark"] == benchmark]
    ranks = {one.name: rank for rank, one in enumerate(METRICS)}
    metrics = sorted(words(rows, "metric") or [""], key=lambda name: ranks.get(name, len(ranks)))
    name = choose.one("metric", metrics)
    rows = rows[rows["metric"] == name]
    axes = words(rows, "axis")
    whole = (rows["axis"] == "").any() or not axes
    axis = choose.one("axis", [*([""] if whole else []), *axes])
    rows = rows[rows["axis"] == axis]
    ranked = not axis or (rows["level"] == "rank").all()
    groups = [] if ranked else [one for one in words(rows, "group") if not one.startswith("rank ")]
    above = [""] if not groups or (rows["group"] == "").any() else []
    present = words(here, "structure")
    return TableRequest(
        source=source,
        dimension=dimension,
        benchmark=benchmark,
        metric=metric(name),
        axis=axis,
        group=choose.one("group", [*above, *groups]),
        base_models=choose.some(
            "base_model", sorted(words(here, "base_model"), key=labels.base_order)
        ),
        methods=choose.some(
            "method",
            sorted((one for one in words(here, "method") if one != "none"), key=labels.order),
        ),
        structures=choose.some("structure", [one for one in STRUCTURES if one in present]),
        ratios=choose.span("ratio"),
        reference=choose.one("reference", list(REFERENCES)),
        flagged=choose.one("flagged", list(FLAGGED)),
        view=view,
    )


def words(frame: pd.DataFrame, column: str) -> list[str]:
    """What stands in a column, in the table's order; without what is empty."""
    return [str(word) for word in frame[column].unique() if word]


def about(frame: pd.DataFrame, request: TableRequest) -> pd.DataFrame:
    """The rows of the chosen benchmark and metric on the chosen models, baselines kept."""
    low, high = request.ratios
    kept = (
        (frame["dimension"] == request.dimension)
        & (frame["benchmark"] == request.benchmark)
        & (frame["metric"] == request.metric.name)
    )
    if request.source:
        kept &= frame["source"] == request.source
    rows = frame[kept]
    method = rows["method"]
    chosen = method.isin(request.methods) & rows["structure"].isin([*request.structures, ""])
    chosen &= rows["ratio"].fillna(low).between(low - 1e-9, high + 1e-9)
    baselines = method.isin(["none", request.reference])
    return rows[rows["base_model"].isin(request.base_models) & (chosen | baselines)]


def on_axis(rows: pd.DataFrame, request: TableRequest) -> pd.DataFrame:
    """All levels of the chosen axis; everything where no axis is chosen."""
    return rows[rows["axis"] == request.axis] if request.axis else rows


def one_thing(rows: pd.DataFrame, request: TableRequest) -> pd.DataFrame:
    """One number per model: of the benchmark, of the axis, or of the group."""
    here = rows[(rows["axis"] == request.axis) & (rows["group"] == request.group)]
    if request.axis and not request.group:
        return here[here["level"].isin(["axis", "aggregate"])]
    return here if request.group else here[here["level"] == "aggregate"]


def allowed(rows: pd.DataFrame, request: TableRequest) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows to show, and those that are hidden for their flags."""
    hides = _HIDES[request.flagged]
    hide = rows["flags"].isin([one for one in rows["flags"].unique() if weight(str(one)) in hides])
    return rows[~hide], rows[hide]
