"""A view of the bias tables as one line of text, and the rows that the line stands for.

The page's own address leaves out what stands at its default, and the defaults follow from the
tables that are there. The canonical address names what was looked at, so that it is the same view
beside other tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from fairviz.benchmarks import labels, shelf
from fairviz.benchmarks.change import REFERENCES
from fairviz.benchmarks.metrics import METRICS, metric
from fairviz.benchmarks.select import NoSuchRows
from fairviz.benchmarks.sources import Source
from fairviz.benchmarks.wanted import FLAGGED, VIEWS, Wanted, about
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd

# What the page's first benchmark of a dimension is.
FIRST = {"degeneration": "holistic_bias", "representation": "bbq"}
# What one picture asks beyond the filters; empty is the picture's own default.
EXTRAS = ("quality", "spread_of", "base", "setting")
# Every name that an address of a view has.
NAMES = (
    *("view", "dimension", "source", "benchmark", "metric", "axis", "group"),
    *("base_model", "method", "structure", "ratio", "reference", "flagged"),
    *EXTRAS,
)
_STRUCTURES = ("none", "unstructured", "2:4", "4:8")


@dataclass(frozen=True, eq=False)
class TableView:
    """What was asked of the tables, and what they hold of it.

    Attributes:
        address: The canonical address.
        ask: What was asked.
        frame: All tables, from which a picture may read a quality.
        rows: The rows that were asked for.
        sources: Name -> source, of those rows.
        items: Name of a source -> its item-level outcomes; only for the view `items`.
        extras: Of `EXTRAS`, what was chosen.
    """

    address: str
    ask: Wanted
    frame: pd.DataFrame
    rows: pd.DataFrame
    sources: Mapping[str, Source]
    items: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    extras: Mapping[str, str] = field(default_factory=dict)


def view(address: str) -> TableView:
    """The rows of an address of the Bias tables page, canonical or as it stands in a browser.

    Raises:
        NoSuchRows: If it names what the tables here do not have.
    """
    said = parse_qs(address.partition("?")[2] or address)
    frame = shelf.table()
    if frame.empty:
        raise NoSuchRows(
            _("No bias table is here."), fix=_("Import it: python -m fairviz tables import.")
        )
    ask = asked(said, frame)
    rows = about(frame, ask)
    extras = {key: said[key][-1] for key in EXTRAS if key in said}
    known = {source.name: source for source, _rest in shelf.sources()}
    outcomes = [one.name for one in known.values() if one.item_level]
    items = {}
    if ask.view == "items":
        found = {name: shelf.items(name) for name in outcomes if ask.source in ("", name)}
        items = {name: table for name, table in found.items() if table is not None}
    names = set(items) if ask.view == "items" else set(rows["source"].astype(str))
    sources = {name: known[name] for name in sorted(names) if name in known}
    return TableView(
        canonical(ask, frame, extras, outcomes), ask, frame, rows, sources, items, extras
    )


def asked(said: Mapping[str, list[str]], frame: pd.DataFrame) -> Wanted:
    """The question of an address; what it leaves out stands at the page's default.

    Raises:
        NoSuchRows: If it names what is not there.
    """
    dimensions = _words(frame, "dimension")
    known = [one for one in labels.DIMENSIONS if one in dimensions]
    dimension = _one(said, "dimension", known + [one for one in dimensions if one not in known])
    shown = _one(said, "view", list(VIEWS))
    source = _one(said, "source", ["", *_words(frame, "source")])
    here = frame[frame["dimension"] == dimension]
    if source:
        here = here[here["source"] == source]
    benchmark = _one(said, "benchmark", _words(here, "benchmark") or [""], FIRST.get(dimension, ""))
    rows = here[here["benchmark"] == benchmark]
    ranks = {one.name: rank for rank, one in enumerate(METRICS)}
    metrics = sorted(_words(rows, "metric") or [""], key=lambda name: ranks.get(name, len(ranks)))
    measure = _one(said, "metric", metrics)
    rows = rows[rows["metric"] == measure]
    axes = _words(rows, "axis")
    whole = (rows["axis"] == "").any() or not axes
    axis = _one(said, "axis", [*([""] if whole else []), *axes])
    rows = rows[rows["axis"] == axis]
    ranked = not axis or (rows["level"] == "rank").all()
    groups = [] if ranked else [one for one in _words(rows, "group") if not one.startswith("rank ")]
    above = [""] if not groups or (rows["group"] == "").any() else []
    methods = sorted((one for one in _words(here, "method") if one != "none"), key=labels.order)
    structures = [one for one in _STRUCTURES if one in _words(here, "structure")]
    return Wanted(
        source=source,
        dimension=dimension,
        benchmark=benchmark,
        metric=metric(measure),
        axis=axis,
        group=_one(said, "group", [*above, *groups]),
        base_models=_some(
            said, "base_model", sorted(_words(here, "base_model"), key=labels.base_order)
        ),
        methods=_some(said, "method", methods),
        structures=_some(said, "structure", structures),
        ratios=_ends(said.get("ratio", [])),
        reference=_one(said, "reference", list(REFERENCES)),
        flagged=_one(said, "flagged", list(FLAGGED)),
        view=shown,
    )


def canonical(
    ask: Wanted,
    frame: pd.DataFrame,
    extras: Mapping[str, str],
    item_level: Sequence[str] = (),
) -> str:
    """The address that names everything that was asked, in one order.

    Args:
        ask: What was asked.
        frame: The tables it was asked of.
        extras: What one picture was asked beyond that.
        item_level: Names of the sources with every item's outcome; the view `items` is of these.
    """
    if ask.view == "items":  # it asks nothing else of the tables
        source = ask.source or (item_level[0] if len(item_level) == 1 else "")
        return urlencode([("view", "items"), *([("source", source)] if source else [])])
    here = frame[frame["dimension"] == ask.dimension]
    source = ask.source or _only_source(here, ask)
    if source:
        here = here[here["source"] == source]
    words: list[tuple[str, str]] = [
        ("view", ask.view),
        ("dimension", ask.dimension),
        ("source", source),
        ("benchmark", ask.benchmark),
        ("metric", ask.metric.name),
        ("axis", ask.axis),
        ("group", ask.group),
    ]
    for key, chosen in _chosen(ask):
        if not set(chosen) >= set(_words(here, key)) - ({"none"} if key == "method" else set()):
            words += [(key, one) for one in chosen]
    if ask.ratios != (0.0, 1.0):
        words += [("ratio", f"{end:g}") for end in ask.ratios]
    words += [("reference", ask.reference), ("flagged", ask.flagged)]
    words += [(key, extras.get(key, "")) for key in EXTRAS]
    return urlencode([(key, word) for key, word in words if word])


def _chosen(ask: Wanted) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (
        ("base_model", ask.base_models),
        ("method", ask.methods),
        ("structure", ask.structures),
    )


def _only_source(here: pd.DataFrame, ask: Wanted) -> str:
    """The source that all rows are of, where naming it changes nothing today."""
    whose = _words(here[here["benchmark"] == ask.benchmark], "source")
    if len(whose) != 1:
        return ""
    inside = here[here["source"] == whose[0]]
    fits = all(
        set(chosen) <= set(_words(inside, key)) or set(chosen) >= set(_words(here, key)) - {"none"}
        for key, chosen in _chosen(ask)
    )
    return whose[0] if fits else ""


def _words(frame: pd.DataFrame, column: str) -> list[str]:
    return [str(word) for word in frame[column].unique() if word]


def _one(said: Mapping[str, list[str]], key: str, options: list[str], default: str = "") -> str:
    """The chosen one of `options`; without a choice `default`, else the first."""
    word = said[key][-1] if said.get(key) else ""
    if not word:
        return default if default in options else options[0]
    if word not in options:
        raise NoSuchRows(
            _("The tables have no {key} {word!r}.", key=key.replace("_", " "), word=word),
            fix=_("Name one of: {names}.", names=", ".join(one for one in options if one)),
        )
    return word


def _some(said: Mapping[str, list[str]], key: str, options: list[str]) -> tuple[str, ...]:
    chosen = said.get(key, [])
    for word in chosen:
        _one({key: [word]}, key, options)
    return tuple(one for one in options if one in chosen) or tuple(options)


def _ends(said: list[str]) -> tuple[float, float]:
    if not said:
        return 0.0, 1.0
    try:
        ends = sorted(float(one) for one in said)
    except ValueError:
        raise NoSuchRows(
            _("{word!r} is no range of ratios.", word=" ".join(said)),
            fix=_("Give two numbers from 0 to 1."),
        ) from None
    return ends[0], ends[-1]
