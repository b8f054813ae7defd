"""What of the tables is looked at: every widget is bound to the address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from fairviz.benchmarks import labels
from fairviz.benchmarks.change import REFERENCES
from fairviz.benchmarks.flags import weight
from fairviz.benchmarks.metrics import METRICS, Metric, metric
from fairviz.benchmarks.overview import QUALITIES
from fairviz.benchmarks.wanted import FLAGGED, VIEWS, Wanted
from fairviz.ui.tables import shelf

if TYPE_CHECKING:
    import pandas as pd

_FIRST = {"degeneration": "holistic_bias", "representation": "bbq"}


def _named(key: str, options: Iterable[str]) -> None:
    """Let a link name an option by its key (`benchmark=bbq`), not by its title alone."""
    named = st.query_params.get_all(key)
    known = set(options)
    if key not in st.session_state and named and set(named) <= known:
        st.session_state[key] = named if key in _MANY else named[0]


_MANY = {"base_model", "method", "structure"}


def _one(
    label: str,
    key: str,
    options: Sequence[str],
    title: Callable[[str], str],
    default: str = "",
    advice: str = "",
) -> str:
    """A select box over `options`; what the address names and is not there falls back."""
    _named(key, options)
    if st.session_state.get(key) not in (None, *options):
        del st.session_state[key]
    chosen = st.selectbox(
        label,
        options,
        index=options.index(default) if default in options else 0,
        key=key,
        format_func=title,
        bind="query-params",
        help=advice or None,
    )
    return str(chosen if chosen is not None else options[0])


def _some(
    label: str, key: str, options: Sequence[str], title: Callable[[str], str], advice: str
) -> tuple[str, ...]:
    """Pills over `options`; none pressed means all."""
    _named(key, options)
    kept = [one for one in st.session_state.get(key) or [] if one in options]
    if key in st.session_state and kept != st.session_state[key]:
        st.session_state[key] = kept
    chosen = st.pills(
        label,
        options,
        selection_mode="multi",
        key=key,
        format_func=title,
        bind="query-params",
        help=advice,
    )
    return tuple(chosen) or tuple(options)


def _words(frame: pd.DataFrame, column: str) -> list[str]:
    return [str(word) for word in frame[column].unique() if word]


def wanted(frame: pd.DataFrame) -> Wanted:
    """Draw the filters; the page's own state is in the address alone."""
    present = _words(frame, "dimension")
    dimensions = [one for one in labels.DIMENSIONS if one in present]
    dimensions += [one for one in present if one not in dimensions]
    _named("dimension", dimensions)
    top = st.container(horizontal=True, gap="medium")
    dimension = str(
        top.segmented_control(
            "Dimension of harm",
            dimensions,
            default=dimensions[0],
            required=True,
            key="dimension",
            format_func=lambda name: labels.DIMENSIONS.get(name, name),
            bind="query-params",
            help="As in the study: what the model writes about groups, whom it assumes, whose "
            "dialect it understands, and how well it models language at all.",
        )
        or dimensions[0]
    )
    with top:
        view = _view(frame)
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


def _view(frame: pd.DataFrame) -> str:
    options = [
        name
        for name in VIEWS
        if name != "items" or any(one.item_level for one in shelf.sources().values())
    ]
    _named("view", options)
    return str(
        st.segmented_control(
            "View",
            options,
            default="overview",
            required=True,
            key="view",
            format_func=VIEWS.__getitem__,
            bind="query-params",
        )
        or "overview"
    )


def _source(frame: pd.DataFrame) -> str:
    known = shelf.sources()
    names = _words(frame, "source")
    if len(names) < 2:
        return ""
    return _one(
        "Source",
        "source",
        ["", *names],
        lambda name: known[name].title if name in known else "All sources",
        advice="Published results, and tables imported on this machine.",
    )


def _what(here: pd.DataFrame, dimension: str) -> tuple[str, Metric, str, str]:
    st.subheader("What is measured", anchor=False)
    benchmark = _one(
        "Benchmark",
        "benchmark",
        _words(here, "benchmark") or [""],
        labels.benchmark,
        _FIRST.get(dimension, ""),
    )
    here = here[here["benchmark"] == benchmark]
    known = [one.name for one in METRICS]
    metrics = sorted(_words(here, "metric") or [""], key=lambda m: (m not in known, _rank(m)))
    name = _one("Metric", "metric", metrics, lambda one: metric(one).title)
    st.caption(metric(name).meaning)
    here = here[here["metric"] == name]
    axes = _words(here, "axis")
    whole = (here["axis"] == "").any() or not axes
    axis = _one(
        "Axis",
        "axis",
        [*([""] if whole else []), *axes],
        lambda one: labels.word(one).capitalize() if one else "The whole benchmark",
        advice="The attribute that people are grouped by, or the family of texts.",
    )
    here = here[here["axis"] == axis]
    groups = [] if not axis or (here["level"] == "rank").all() else _words(here, "group")
    groups = [one for one in groups if not one.startswith("rank ")]
    group = ""
    if groups:
        above = (here["group"] == "").any()
        group = _one(
            "Group",
            "group",
            [*([""] if above else []), *groups],
            lambda one: labels.word(one) if one else "The whole axis",
        )
    return benchmark, metric(name), axis, group


def _rank(name: str) -> int:
    names = [one.name for one in METRICS]
    return names.index(name) if name in names else len(names)


def _which(
    here: pd.DataFrame,
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[float, float], str, str]:
    st.subheader("Which models", anchor=False)
    bases = _some(
        "Base models",
        "base_model",
        sorted(_words(here, "base_model"), key=labels.base_order),
        labels.base_model,
        "None pressed shows all.",
    )
    names = sorted((one for one in _words(here, "method") if one != "none"), key=labels.order)
    methods = _some("Methods", "method", names, labels.method, "None pressed shows all.")
    structures = _some(
        "Pruning structure",
        "structure",
        [one for one in ("none", "unstructured", "2:4", "4:8") if one in _words(here, "structure")],
        lambda one: "quantized" if one == "none" else one,
        "Unstructured pruning removes any weights; 2:4 and 4:8 keep a fixed pattern that "
        "hardware can use; quantized models keep all weights.",
    )
    low, high = st.slider(
        "Share of bits removed",
        0.0,
        1.0,
        (0.0, 1.0),
        0.05,
        key="ratio",
        bind="query-params",
        help="8-bit quantization removes half of the bits, 4-bit three quarters.",
    )
    st.subheader("How it is read", anchor=False)
    _named("reference", REFERENCES)
    reference = st.segmented_control(
        "Change from",
        list(REFERENCES),
        default="none",
        required=True,
        key="reference",
        format_func=lambda name: {"none": "Baseline", "int8": "LLM.int8()"}[name],
        bind="query-params",
        help="LLM.int8() changes almost nothing, so it can stand in where the baseline's own "
        "line is not to be trusted.",
    )
    flagged = _one(
        "Flagged numbers",
        "flagged",
        list(FLAGGED),
        FLAGGED.__getitem__,
        advice="A flag says what is known against a published number. Some numbers can carry no "
        "finding at all; they are hidden until you ask for them.",
    )
    return bases, methods, structures, (low, high), str(reference or "none"), flagged


def quality() -> str:
    """What the overview reads the models' quality from."""
    _named("quality", QUALITIES)
    return str(
        st.segmented_control(
            "Quality, across",
            list(QUALITIES),
            default="perplexity",
            required=True,
            key="quality",
            format_func={"perplexity": "Perplexity", "bbq": "BBQ accuracy"}.__getitem__,
            bind="query-params",
            help="A model that has collapsed says nothing toxic either: read harm and quality "
            "together.",
        )
        or "perplexity"
    )


SPREAD_OF = {"values": "The numbers themselves", "changes": "Their changes"}


def spread_of() -> str:
    """Whether the spread is of the groups' numbers or of what compression did to them."""
    _named("spread_of", SPREAD_OF)
    return str(
        st.segmented_control(
            "Spread of",
            list(SPREAD_OF),
            default="values",
            required=True,
            key="spread_of",
            format_func=SPREAD_OF.__getitem__,
            bind="query-params",
            help="A model that collapses is equally bad for all: its numbers draw together while "
            "the changes that brought them there drift apart.",
        )
        or "values"
    )


def one_base(rows: pd.DataFrame) -> str:
    """The base model of a picture that has room for one; first the one least is known against."""
    weights = rows["flags"].astype(str).map(lambda flags: weight(flags) in ("bars", "caution"))
    suspect = weights.groupby(rows["base_model"].astype(str)).mean()
    options = sorted(suspect.index, key=labels.base_order)
    default = min(options, key=lambda one: (round(float(suspect[one]), 2), options.index(one)))
    return _one("Base model in this picture", "base", options, labels.base_model, default)


def one_setting(options: Sequence[str], default: str) -> str:
    """The compressed form that is looked at closely."""
    return _one("Closely: reference and", "setting", options, str, default)
