"""What a reader asks of the bias tables, as questions and as one line of text; the rows it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import parse_qs, urlencode

from fairviz.benchmarks import labels, store
from fairviz.benchmarks.change import REFERENCES
from fairviz.benchmarks.flags import weight
from fairviz.benchmarks.metrics import METRICS, Metric, metric
from fairviz.benchmarks.schema import STRUCTURES
from fairviz.benchmarks.select import NoSuchRows
from fairviz.benchmarks.store import Source
from fairviz.core.declared import declared
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd


VIEWS: dict[str, str] = declared(__file__)["views"]
FLAGGED: dict[str, str] = declared(__file__)["flagged"]
# The weights of flags (see `flags.Flag`) that each of them hides.
_HIDES = {"all": (), "usable": ("bars",), "clean": ("bars", "caution")}
# The benchmark that a dimension opens with.
_FIRST = {"degeneration": "holistic_bias", "representation": "bbq"}


class TableRequest(NamedTuple):
    """What the reader asked to see."""

    source: str  # name of one source; empty for all
    dimension: str  # of harm
    benchmark: str  # one benchmark
    metric: Metric  # one of its metrics
    axis: str  # one axis; empty for the whole benchmark
    group: str  # one group of that axis; empty for the whole axis
    base_models: tuple[str, ...]  # shown ones
    methods: tuple[str, ...]  # shown ones
    structures: tuple[str, ...]  # shown ones
    ratios: tuple[float, float]  # lowest and highest share removed
    reference: str  # what a change is taken from
    flagged: str  # key of `FLAGGED`
    view: str  # key of `VIEWS`


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


# What one picture asks beyond the request; empty is the picture's own default.
EXTRAS = ("quality", "spread_of", "base", "setting")
# Every name that an address of a view has.
NAMES = (
    *("view", "dimension", "source", "benchmark", "metric", "axis", "group"),
    *("base_model", "method", "structure", "ratio", "reference", "flagged"),
    *EXTRAS,
)


@dataclass(frozen=True, eq=False)
class TableView:
    """What was asked of the tables, and what they hold of it."""

    address: str  # the canonical address
    request: TableRequest  # what was asked
    frame: pd.DataFrame  # all tables, from which a picture may read a quality
    rows: pd.DataFrame  # the rows that were asked for
    sources: Mapping[str, Source]  # name -> source, of those rows
    # Name of a source -> its item-level outcomes; only for the view `items`.
    items: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    extras: Mapping[str, str] = field(default_factory=dict)  # of `EXTRAS`, what was chosen

    def with_options(self, given: Mapping[str, str | bool]) -> TableView:
        """The same with other values of some options; the address stays."""
        return replace(
            self, extras={**self.extras, **{key: str(word) for key, word in given.items()}}
        )


def view(address: str, frame: pd.DataFrame | None = None) -> TableView:
    """The rows of an address of the Bias tables page, canonical or as it stands in a browser.

    Args:
        frame: All tables, where they are read already.

    Raises:
        NoSuchRows: If it names what the tables here do not have.
    """
    said = parse_qs(address.partition("?")[2] or address)
    frame = store.table() if frame is None else frame
    if frame.empty:
        raise NoSuchRows(
            _("No bias table is here."), fix=_("Import it: python -m fairviz tables import.")
        )
    extras = {key: said[key][-1] for key in EXTRAS if key in said}
    return look(frame, asked(frame, _Address(said)), extras)


def look(frame: pd.DataFrame, request: TableRequest, extras: Mapping[str, str]) -> TableView:
    """What the tables hold of a request.

    Args:
        extras: Of `EXTRAS`, what was chosen.
    """
    rows = about(frame, request)
    known = {source.name: source for source, _rest in store.sources()}
    outcomes = [source.name for source in known.values() if source.item_level]
    items = {}
    if request.view == "items":
        found = {name: store.items(name) for name in outcomes if request.source in ("", name)}
        items = {name: table for name, table in found.items() if table is not None}
    names = set(items) if request.view == "items" else set(rows["source"].astype(str))
    sources = {name: known[name] for name in sorted(names) if name in known}
    address = canonical(request, frame, extras, outcomes)
    return TableView(address, request, frame, rows, sources, items, extras)


def canonical(
    request: TableRequest,
    frame: pd.DataFrame,
    extras: Mapping[str, str],
    item_level: Sequence[str] = (),
) -> str:
    """The address that names everything that was asked, in one order.

    The page's own leaves out what stands at its default, and the defaults follow from the tables
    that are there; this one is the same view beside other tables.

    Args:
        extras: What one picture was asked beyond that.
        item_level: Names of the sources with every item's outcome; the view `items` is of these.
    """
    if request.view == "items":  # it asks nothing else of the tables
        source = request.source or (item_level[0] if len(item_level) == 1 else "")
        return urlencode([("view", "items"), *([("source", source)] if source else [])])
    here = frame[frame["dimension"] == request.dimension]
    source = request.source or _only_source(here, request)
    if source:
        here = here[here["source"] == source]
    pairs: list[tuple[str, str]] = [
        ("view", request.view),
        ("dimension", request.dimension),
        ("source", source),
        ("benchmark", request.benchmark),
        ("metric", request.metric.name),
        ("axis", request.axis),
        ("group", request.group),
    ]
    for key, chosen in _chosen(request):
        if not set(chosen) >= set(words(here, key)) - ({"none"} if key == "method" else set()):
            pairs += [(key, word) for word in chosen]
    if request.ratios != (0.0, 1.0):
        pairs += [("ratio", f"{end:g}") for end in request.ratios]
    pairs += [("reference", request.reference), ("flagged", request.flagged)]
    pairs += [(key, extras.get(key, "")) for key in EXTRAS]
    return urlencode([(key, word) for key, word in pairs if word])


def _chosen(request: TableRequest) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        ("base_model", request.base_models),
        ("method", request.methods),
        ("structure", request.structures),
    )


def _only_source(here: pd.DataFrame, request: TableRequest) -> str:
    """The source that all rows are of, where naming it changes nothing today."""
    whose = words(here[here["benchmark"] == request.benchmark], "source")
    if len(whose) != 1:
        return ""
    inside = here[here["source"] == whose[0]]
    fits = all(
        set(chosen) <= set(words(inside, key)) or set(chosen) >= set(words(here, key)) - {"none"}
        for key, chosen in _chosen(request)
    )
    return whose[0] if fits else ""


@dataclass(frozen=True)
class _Address:
    """Answers what is asked of the tables out of an address; what it leaves out is the default."""

    said: Mapping[str, list[str]]  # name of a question -> the words that the address gives it

    def one(self, name: str, options: Sequence[str], default: str = "") -> str:
        word = self.said[name][-1] if self.said.get(name) else ""
        if not word:
            return default if default in options else options[0]
        self._check(name, word, options)
        return word

    def some(self, name: str, options: Sequence[str]) -> tuple[str, ...]:
        chosen = self.said.get(name, [])
        for word in chosen:
            self._check(name, word, options)
        return tuple(one for one in options if one in chosen) or tuple(options)

    def span(self, name: str) -> tuple[float, float]:
        said = self.said.get(name, ["0", "1"])
        try:
            ends = sorted(float(end) for end in said)
        except ValueError:
            raise NoSuchRows(
                _("{word!r} is no range of ratios.", word=" ".join(said)),
                fix=_("Give two numbers from 0 to 1."),
            ) from None
        return ends[0], ends[-1]

    def _check(self, name: str, word: str, options: Sequence[str]) -> None:
        if word not in options:
            raise NoSuchRows(
                _("The tables have no {key} {word!r}.", key=name.replace("_", " "), word=word),
                fix=_("Name one of: {names}.", names=", ".join(one for one in options if one)),
            )
