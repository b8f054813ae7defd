"""What of the tables is looked at: every widget is bound to the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.tables.view import (
    EXTRAS,
    FLAGGED,
    VIEWS,
    TableRequest,
    TableView,
    asked,
    look,
)
from fairviz.benchmarks import labels, store
from fairviz.benchmarks.metrics import metric, told
from fairviz.core.declared import declared
from fairviz.i18n import N_, _
from fairviz.ui import address, widgets
from fairviz.ui.widgets import paragraph

if TYPE_CHECKING:
    import pandas as pd


def fetch_early() -> None:
    """Let the browser fetch what draws figures while the tables are read.

    The plotting code is the largest thing a browser loads here, and it is asked for when the
    first figure arrives; this one is empty and not shown.
    """
    with st.container(key="fetch_early"):
        st.plotly_chart({"data": [{"x": [], "y": []}]}, key="fetch_early_figure", height=40)


def guard(frame: pd.DataFrame) -> None:
    """Stop with the way to a table where there is none."""
    if frame.empty:
        st.info(paragraph("no_table"), icon=":material/table_view:")
        st.stop()


def table() -> pd.DataFrame:
    """All sources as one table; shared by all viewers, so never changed in place."""
    stamp = tuple(
        (str(path), path.stat().st_mtime_ns)
        for place in store.folders()
        for path in sorted(place.glob("[!.]*/*.parquet"))
    )
    with st.spinner(_("Reading the tables …")):
        return _table(stamp)


@st.cache_resource(show_spinner=False, max_entries=1)
def _table(stamp: tuple[tuple[str, int], ...]) -> pd.DataFrame:
    """The same; `stamp` changes when a source is imported, replaced or removed."""
    return store.table()


_STRUCTURES = {"none": N_("quantized"), "unstructured": N_("unstructured")}

_QUESTIONS: dict[str, dict[str, str]] = declared(__file__)
# The title of an option of each.
_TITLES: dict[str, Callable[[str], str]] = {
    "dimension": labels.dimension,
    "view": lambda name: _(VIEWS[name]),
    "source": lambda name: _sources().get(name, name) if name else _("All sources"),
    "benchmark": labels.benchmark,
    "metric": lambda name: told(metric(name)).title,
    "axis": lambda name: labels.word(name).capitalize() if name else _("Whole benchmark"),
    "group": lambda name: labels.word(name) if name else _("The whole axis"),
    "base_model": labels.base_model,
    "method": labels.method,
    "structure": lambda name: _(_STRUCTURES.get(name, name)),
    "reference": labels.method,
    "flagged": lambda name: _(FLAGGED[name]),
}
# Side by side as buttons; what is not in the sidebar stands above the view.
_SEGMENTS, _ABOVE = ("dimension", "view", "reference"), ("dimension", "view")


def request(frame: pd.DataFrame) -> TableRequest:
    """Draw the filters; the page's own state is in the address alone."""
    return asked(frame, _Widgets(st.container(horizontal=True), []))


def looked_at(frame: pd.DataFrame, asked_for: TableRequest) -> TableView:
    """The rows of a request, with the options that the address names."""
    return look(frame, asked_for, address.kept(*EXTRAS))


class _Widgets(NamedTuple):
    """Answers each question with a widget; `above` holds those that are not in the sidebar, whose
    parts are folded but for the first."""

    above: DeltaGenerator
    parts: list[DeltaGenerator]

    def one(self, name: str, options: Sequence[str], default: str = "") -> str:
        if name == "view" and not any(source.item_level for source, _rest in store.sources()):
            options = [view for view in options if view != "items"]
        if (name == "source" and len(options) < 3) or (name == "group" and options == [""]):
            return options[0]
        segments = name in _SEGMENTS
        label, advice = _words(name)
        with self._place(name):
            return widgets.one(
                label, name, options, _TITLES[name], default, advice, segments=segments
            )

    def some(self, name: str, options: Sequence[str]) -> tuple[str, ...]:
        label, advice = _words(name)
        with self._place(name):
            return widgets.some(label, name, options, _TITLES[name], advice)

    def span(self, name: str) -> tuple[float, float]:
        label, advice = _words(name)
        with self._place(name):
            return widgets.span(label, name, advice)

    def _place(self, name: str) -> DeltaGenerator:
        if name in _ABOVE:
            return self.above
        if heading := _QUESTIONS[name].get("heading"):
            self.parts.append(st.sidebar.expander(_(heading), expanded=not self.parts))
        return self.parts[-1] if self.parts else st.sidebar.container()


def _words(name: str) -> tuple[str, str]:
    return _(_QUESTIONS[name]["label"]), _(_QUESTIONS[name].get("help", ""))


def _sources() -> dict[str, str]:
    return {source.name: source.title for source, _rest in store.sources()}
