"""What of the tables is looked at: every widget is bound to the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.benchmarks import labels
from fairviz.benchmarks.change import REFERENCES
from fairviz.benchmarks.metrics import METRICS, Metric, metric, told
from fairviz.benchmarks.wanted import FLAGGED, VIEWS, Wanted
from fairviz.i18n import N_, _
from fairviz.ui.tables import shelf
from fairviz.ui.tables.bound import one, segment, some, span

if TYPE_CHECKING:
    import pandas as pd

_STRUCTURES = {"none": N_("quantized"), "unstructured": N_("unstructured")}
_FIRST = {"degeneration": "holistic_bias", "representation": "bbq"}


def _words(frame: pd.DataFrame, column: str) -> list[str]:
    return [str(word) for word in frame[column].unique() if word]


def wanted(frame: pd.DataFrame) -> Wanted:
    """Draw the filters; the page's own state is in the address alone."""
    present = _words(frame, "dimension")
    dimensions = [one for one in labels.DIMENSIONS if one in present]
    dimensions += [one for one in present if one not in dimensions]
    top = st.container(horizontal=True, gap="medium")
    with top:
        dimension = segment(
            _("Dimension of harm"),
            "dimension",
            dimensions,
            labels.dimension,
            advice=_(
                "As in the study: what the model writes about groups, whom it assumes, whose "
                "dialect it understands, and how well it models language at all."
            ),
        )
        view = _view()
    with st.sidebar:
        source = _source(frame)
        here = frame[frame["dimension"] == dimension]
        if source:
            here = here[here["source"] == source]
        benchmark, measure, axis, group = _what(here, dimension)
        bases, methods, structures, ratios, reference, flagged = _which(here)
    return Wanted(
        source=source,
        dimension=dimension,
        benchmark=benchmark,
        metric=measure,
        axis=axis,
        group=group,
        base_models=bases,
        methods=methods,
        structures=structures,
        ratios=ratios,
        reference=reference,
        flagged=flagged,
        view=view,
    )


def _view() -> str:
    options = [
        name
        for name in VIEWS
        if name != "items" or any(one.item_level for one in shelf.sources().values())
    ]
    return segment(_("View"), "view", options, lambda name: _(VIEWS[name]))


def _source(frame: pd.DataFrame) -> str:
    known = shelf.sources()
    names = _words(frame, "source")
    if len(names) < 2:
        return ""
    return one(
        _("Source"),
        "source",
        ["", *names],
        lambda name: known[name].title if name in known else _("All sources"),
        advice=_("Published results, and tables imported on this machine."),
    )


def _what(here: pd.DataFrame, dimension: str) -> tuple[str, Metric, str, str]:
    st.header(_("What is measured"), anchor=False)
    benchmark = one(
        _("Benchmark"),
        "benchmark",
        _words(here, "benchmark") or [""],
        labels.benchmark,
        _FIRST.get(dimension, ""),
    )
    here = here[here["benchmark"] == benchmark]
    known = [one.name for one in METRICS]
    metrics = sorted(_words(here, "metric") or [""], key=lambda m: (m not in known, _rank(m)))
    name = one(_("Metric"), "metric", metrics, lambda one: told(metric(one)).title)
    measure = told(metric(name))
    st.caption(measure.meaning)
    here = here[here["metric"] == name]
    axes = _words(here, "axis")
    whole = (here["axis"] == "").any() or not axes
    axis = one(
        _("Axis"),
        "axis",
        [*([""] if whole else []), *axes],
        lambda one: labels.word(one).capitalize() if one else _("The whole benchmark"),
        advice=_("The attribute that people are grouped by, or the family of texts."),
    )
    here = here[here["axis"] == axis]
    groups = [] if not axis or (here["level"] == "rank").all() else _words(here, "group")
    groups = [one for one in groups if not one.startswith("rank ")]
    group = ""
    if groups:
        above = (here["group"] == "").any()
        group = one(
            _("Group"),
            "group",
            [*([""] if above else []), *groups],
            lambda one: labels.word(one) if one else _("The whole axis"),
        )
    return benchmark, measure, axis, group


def _rank(name: str) -> int:
    names = [one.name for one in METRICS]
    return names.index(name) if name in names else len(names)


def _which(
    here: pd.DataFrame,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[float, float], str, str]:
    st.header(_("Which models"), anchor=False)
    bases = some(
        _("Base models"),
        "base_model",
        sorted(_words(here, "base_model"), key=labels.base_order),
        labels.base_model,
        _("None pressed shows all."),
    )
    names = sorted((one for one in _words(here, "method") if one != "none"), key=labels.order)
    methods = some(_("Methods"), "method", names, labels.method, _("None pressed shows all."))
    structures = some(
        _("Pruning structure"),
        "structure",
        [one for one in ("none", "unstructured", "2:4", "4:8") if one in _words(here, "structure")],
        lambda one: _(_STRUCTURES.get(one, one)),
        _(
            "Unstructured pruning removes any weights; 2:4 and 4:8 keep a fixed pattern that "
            "hardware can use; quantized models keep all weights."
        ),
    )
    ratios = span(
        _("Share of bits removed"),
        "ratio",
        _("8-bit quantization removes half of the bits, 4-bit three quarters."),
    )
    st.header(_("How it is read"), anchor=False)
    reference = segment(
        _("Change from"),
        "reference",
        list(REFERENCES),
        labels.method,
        advice=_(
            "LLM.int8() changes almost nothing, so it can stand in where the baseline's own "
            "line is not to be trusted."
        ),
    )
    flagged = one(
        _("Flagged numbers"),
        "flagged",
        list(FLAGGED),
        lambda name: _(FLAGGED[name]),
        advice=_(
            "A flag says what is known against a published number. Some numbers can carry no "
            "finding at all; they are hidden until you ask for them."
        ),
    )
    return bases, methods, structures, ratios, reference, flagged
