"""Making one: the method, its setting, the text it reads, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.compression.method import Method
from fairviz.compression.registry import METHODS
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.ui import links, shell
from fairviz.ui.markup import plain
from fairviz.ui.methods import known, texts, work
from fairviz.ui.widgets import one, paragraph, widget

if TYPE_CHECKING:
    from fairviz.analyses.tradeoff.evaluation_text import EvaluationText


def draw(baseline: ModelSpec, text: EvaluationText | None) -> DeltaGenerator:
    """The widgets, the buttons, what came out; returns where progress is told."""
    st.header(_("Make one"), anchor=False)
    with st.container(border=True, key="make_one"):
        method, form = _method()
        reads = texts.calibration(baseline) if method.calibrated else None
        ready = reads is not None or not method.calibrated
        spec = ModelSpec.parse(f"{baseline}+{form}")
        device, measure = _machine(method)
        ready = ready and (text is not None or not measure)
        task = work.Task(spec, method.made, measure, reads, text=text)
        _buttons(task if ready else None, device)
        # Always there, so that what is below keeps its place.
        slot = st.empty()
        _ended()
    return slot


def _method() -> tuple[Method, str]:
    known_methods = {name: method for name, method in METHODS.items() if name != "none"}
    left, right = st.columns([2, 1])
    with left:
        name = one(
            _("Method"),
            "method",
            list(known_methods),
            lambda name: f"{_(known_methods[name].title)} ({_(known_methods[name].family)})",
            "wanda",
            _("Each is explained at the end of this page."),
        )
    method = known_methods[name]
    with right:
        forms = list(known.forms(method))
        form = one(_("Setting"), "setting", forms, str, advice=_(method.takes))
    st.caption(" ".join(plain(_(text)) for text in (method.meaning, method.takes) if text))
    return method, form


def _machine(method: Method) -> tuple[str, bool]:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        device = st.selectbox(**widget("device"), options=("auto", "cuda", "mps", "cpu"), width=160)
        measure = True
        if method.made:
            measure = st.checkbox(**widget("measure_too"), value=True)
    return str(device or "auto"), bool(measure)


def _buttons(task: work.Task | None, device: str) -> None:
    if task is None:
        label, icon = _("Make"), "compress"
    elif task.make:
        label, icon = _("Make {form}", form=task.spec), "compress"
    else:
        label, icon = _("Measure {form}", form=task.spec), "straighten"
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        work.button("make", [task] if task else [], label, device, icon=f":material/{icon}:")
        st.button(**widget("stop_make"), disabled=not work.busy(), on_click=work.stop)
        if task is not None and not task.make:
            links.to_compare(known.baseline_of(task.spec), task.spec)
    if task is not None and not task.make:
        st.caption(_("It is applied while the model loads: there is nothing to make or to keep."))


def _ended() -> None:
    """What came out of this viewer's last work."""
    now = work.current()
    if now is None or now.running:
        return
    for ended in now.ended:
        spec = ended.task.spec
        if ended.failure is not None:
            if len(now.tasks) > 1:
                st.caption(_("{form}:", form=plain(str(spec))))
            shell.advise(ended.failure)
            continue
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            said = _("**{form}**: {result}", form=plain(str(spec)), result=plain(ended.words))
            st.markdown(said, width="content")
            links.to_compare(known.baseline_of(spec), spec)
    if now.stopped:
        left = len(now.tasks) - len(now.ended)
        st.info(paragraph("tasks_stopped", n=left), icon=":material/stop:")
