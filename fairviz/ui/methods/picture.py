"""The trade-off picture: what each compressed form of a baseline weighs and what it does to it."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.store import example, is_example
from fairviz.analyses.tradeoff import present
from fairviz.analyses.tradeoff.axes import HARMS
from fairviz.analyses.tradeoff.evaluation_text import EvaluationText, ours
from fairviz.analyses.tradeoff.measure import Point, measured
from fairviz.analyses.tradeoff.request import Tradeoff, TradeoffRequest
from fairviz.compression.registry import METHODS
from fairviz.core import csv_file
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.ui import below, device_queue, render, widgets
from fairviz.ui.markup import plain
from fairviz.ui.methods import work
from fairviz.ui.present import deck
from fairviz.ui.widgets import one, paragraph, widget

# Holds the key of a kept run.
KEY = "tradeoff"


def draw(baseline: ModelSpec, text: EvaluationText | None, null: int) -> tuple[DeltaGenerator, ...]:
    """A kept run, or what is measured by now, or the example, with the two choices and the way to
    fill it; returns where progress is told of what was pressed here."""
    key, store = st.query_params.get(KEY, ""), device_queue.store()
    found = store.load("tradeoff", key) if key else None
    if found is None:
        key, found = "", _by_now(baseline, text)
    if found is None:
        key = example("tradeoff")
        shipped = store.load("tradeoff", key)
        found = shipped if shipped and shipped.request.baseline == baseline else None
    if found is not None:
        _shown(found, key)
    slots = (_empty(baseline, text, null),) if found is None or is_example(key) else ()
    below.recent("tradeoff")
    return slots


def _by_now(baseline: ModelSpec, text: EvaluationText | None) -> Tradeoff | None:
    """What lies in the cache of a baseline's forms on one text; None for nothing."""
    from fairviz.analyses.tradeoff.sweep import whole

    points = _of_one_text(measured(baseline), text)
    forms = tuple(point for point in points if point.name != str(baseline))
    if not forms:
        return None
    named = tuple(point.name for point in forms)
    request = TradeoffRequest(baseline, named, forms[0].text, forms[0].text_hash)
    return Tradeoff(request, forms, whole(baseline, points))


def _shown(found: Tradeoff, key: str) -> None:
    choices, above = present.options(found), st.container()
    with st.expander(_("How it is drawn"), icon=":material/palette:"):
        chosen = widgets.options(choices)
    shown = present.present(found, chosen, "page")
    if is_example(key) and not deck.on():
        above.markdown(paragraph("example_forms", model=plain(str(found.request.baseline))))
    elif key and not deck.on():
        date, of = str(found.provenance.get("date", ""))[:10], plain(str(found.request.baseline))
        st.caption(_("A kept run of {baseline}, {date}.", baseline=of, date=date))
        st.button(_("Show what is measured by now"), on_click=_close, icon=":material/undo:")
    with above:
        render.finding(shown)
    for picture in shown.figures:
        render.chart(picture.figure, key=picture.name, alt=picture.alt)
        deck.alone()
        st.caption(plain(" ".join((*shown.allowed, picture.caption, *shown.not_allowed))))
    if not shown.figures:
        measure = _(HARMS[str(chosen["harm"])].short)
        said = _(
            "{measure} of these was not measured. Choose another of “What it does”.",
            measure=measure,
        )
        st.info(said, icon=":material/straighten:")
    render.tables(shown.tables)
    below.download(
        below.File(_("CSV: one row per form"), "fairviz-tradeoff.csv", lambda: _csv(found.points))
    )
    if key:
        below.add_to_report("tradeoff", key, options=chosen)
    else:
        st.button(**widget("keep_tradeoff"), on_click=_keep, args=(found,))


def _keep(found: Tradeoff) -> None:
    from fairviz.analyses.tradeoff.sweep import kept_now

    st.query_params[KEY] = kept_now(found, device_queue.store())


def _close() -> None:
    st.query_params.pop(KEY, None)


def _csv(points: tuple[Point, ...]) -> str:
    """The measured rows under their own names; empty cells were not measured."""
    return csv_file.written(pd.DataFrame([asdict(point) for point in points]))


def _of_one_text(points: list[Point], text: EvaluationText | None) -> list[Point]:
    """The points on one text, which the reader chooses where there are several."""
    names = {point.text_hash: _(point.text) for point in points}
    if not names:
        return []
    twice = len(set(names.values())) < len(names)
    chosen = one(
        _("Show what was measured on"),
        "shown_text",
        sorted(names, key=lambda key: (names[key], key)),
        lambda key: f"{names[key]} ({key[:6]})" if twice else names[key],
        text.hash if text is not None else "",
        _("Forms are compared on one and the same text."),
    )
    return [point for point in points if point.text_hash == chosen]


def _empty(baseline: ModelSpec, text: EvaluationText | None, null: int) -> DeltaGenerator:
    """What to press and what to type."""
    quick = [one for one in METHODS.values() if one.name != "none" and not one.made]
    with st.container(key="tradeoff_empty"), st.expander(_("Measure them here"), expanded=True):
        st.markdown(paragraph("nothing_measured", baseline=plain(str(baseline))))
        texts = "" if ours(baseline) else " --calibration FILE --text FILE"
        command = f"python -m fairviz compress {baseline} --sweep{texts}"
        st.code(command, language=None, wrap_lines=True)
        tasks = [
            work.Task(ModelSpec.parse(f"{baseline}+{form}"), False, True, text=text, null=null)
            for method in quick
            for form in method.forms or (method.name,)
        ]
        form = ", ".join(str(task.spec.compression) for task in tasks)
        work.button("measure_quick", tasks if text else [], _("Measure {form}", form=form))
        return st.empty()
