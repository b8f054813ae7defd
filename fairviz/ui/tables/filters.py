"""What of the tables is looked at: every widget is bound to the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.tables.request import FLAGGED, VIEWS, TableRequest, asked
from fairviz.analyses.tables.view import EXTRAS, TableView, look
from fairviz.benchmarks import labels, store
from fairviz.benchmarks.metrics import metric, told
from fairviz.i18n import N_, _
from fairviz.ui.plain import plain
from fairviz.ui.tables import bound

if TYPE_CHECKING:
    import pandas as pd

_STRUCTURES = {"none": N_("quantized"), "unstructured": N_("unstructured")}


class _Question(NamedTuple):
    """How a question is put.

    Attributes:
        label: Above its widget.
        title: Of an option.
        advice: What it means.
        heading: Begins a part of the sidebar.
    """

    label: str
    title: Callable[[str], str]
    advice: str = ""
    heading: str = ""


_QUESTIONS = {
    "dimension": _Question(
        N_("Dimension of harm"),
        labels.dimension,
        N_(
            "As in the study: what the model writes about groups, whom it assumes, whose dialect "
            "it understands, and how well it models language at all."
        ),
    ),
    "view": _Question(N_("View"), lambda name: _(VIEWS[name])),
    "source": _Question(
        N_("Source"),
        lambda name: _titles().get(name, name) if name else _("All sources"),
        N_("Published results, and tables imported on this machine."),
    ),
    "benchmark": _Question(N_("Benchmark"), labels.benchmark, heading=N_("What is measured")),
    "metric": _Question(N_("Metric"), lambda name: told(metric(name)).title),
    "axis": _Question(
        N_("Axis"),
        lambda name: labels.word(name).capitalize() if name else _("The whole benchmark"),
        N_("The attribute that people are grouped by, or the family of texts."),
    ),
    "group": _Question(
        N_("Group"), lambda name: labels.word(name) if name else _("The whole axis")
    ),
    "base_model": _Question(
        N_("Base models"),
        labels.base_model,
        N_("None pressed shows all."),
        N_("Which models"),
    ),
    "method": _Question(N_("Methods"), labels.method, N_("None pressed shows all.")),
    "structure": _Question(
        N_("Pruning structure"),
        lambda name: _(_STRUCTURES.get(name, name)),
        N_(
            "Unstructured pruning removes any weights; 2:4 and 4:8 keep a fixed pattern that "
            "hardware can use; quantized models keep all weights."
        ),
    ),
    "ratio": _Question(
        N_("Share of bits removed"),
        str,
        N_("8-bit quantization removes half of the bits, 4-bit three quarters."),
    ),
    "reference": _Question(
        N_("Change from"),
        labels.method,
        N_(
            "LLM.int8() changes almost nothing, so it can stand in where the baseline's own line "
            "is not to be trusted."
        ),
        N_("How it is read"),
    ),
    "flagged": _Question(
        N_("Flagged numbers"),
        lambda name: _(FLAGGED[name]),
        N_(
            "A flag says what is known against a published number. Some numbers can carry no "
            "finding at all; they are hidden until you ask for them."
        ),
    ),
}
# Side by side as buttons; what is not in the sidebar stands above the view.
_SEGMENTS, _ABOVE = ("dimension", "view", "reference"), ("dimension", "view")


def request(frame: pd.DataFrame) -> TableRequest:
    """Draw the filters; the page's own state is in the address alone."""
    return asked(frame, _Widgets(st.container(horizontal=True, gap="medium")))


def looked_at(frame: pd.DataFrame, asked_for: TableRequest) -> TableView:
    """The rows of a request, with the options that the address names."""
    extras = {name: st.query_params[name] for name in EXTRAS if name in st.query_params}
    return look(frame, asked_for, extras)


class _Widgets(NamedTuple):
    """Answers each question with a widget; `above` holds those that are not in the sidebar."""

    above: DeltaGenerator

    def one(self, name: str, options: Sequence[str], default: str = "") -> str:
        if name == "view" and not any(source.item_level for source, _rest in store.sources()):
            options = [view for view in options if view != "items"]
        if (name == "source" and len(options) < 3) or (name == "group" and options == [""]):
            return options[0]
        question = _QUESTIONS[name]
        draw = bound.segment if name in _SEGMENTS else bound.one
        with self._place(name):
            chosen = draw(
                _(question.label), name, options, question.title, default, _(question.advice)
            )
            if name == "metric":
                st.caption(plain(told(metric(chosen)).meaning))
        return chosen

    def some(self, name: str, options: Sequence[str]) -> tuple[str, ...]:
        question = _QUESTIONS[name]
        with self._place(name):
            return bound.some(_(question.label), name, options, question.title, _(question.advice))

    def span(self, name: str) -> tuple[float, float]:
        question = _QUESTIONS[name]
        with self._place(name):
            return bound.span(_(question.label), name, _(question.advice))

    def _place(self, name: str) -> DeltaGenerator:
        if name in _ABOVE:
            return self.above
        if _QUESTIONS[name].heading:
            st.sidebar.header(_(_QUESTIONS[name].heading), anchor=False)
        return st.sidebar.container()


def _titles() -> dict[str, str]:
    return {source.name: source.title for source, _rest in store.sources()}
