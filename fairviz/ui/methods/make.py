"""Making one: the method, its setting, the text it reads, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.compression.method import Method
from fairviz.compression.registry import METHODS
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _, ngettext
from fairviz.ui import shell
from fairviz.ui.methods import calibration, known, work
from fairviz.ui.plain import plain
from fairviz.ui.tables.bound import one

if TYPE_CHECKING:
    from fairviz.analyses.tradeoff.evaluation_text import EvaluationText


def draw(baseline: ModelSpec, text: EvaluationText | None) -> DeltaGenerator:
    """The widgets, the buttons, what came out; returns where progress is told."""
    st.header(_("Make one"), anchor=False)
    with st.container(border=True, key="make_one"):
        method, form = _method()
        reads = calibration.choose(baseline) if method.calibrated else None
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
        form = one(
            _("Setting"),
            "setting",
            list(known.forms(method)),
            str,
            advice=_(method.takes),
        )
    st.caption(" ".join(plain(_(text)) for text in (method.meaning, method.takes) if text))
    return method, form


def _machine(method: Method) -> tuple[str, bool]:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        device = st.selectbox(
            _("Device"),
            ("auto", "cuda", "mps", "cpu"),
            key="device",
            bind="query-params",
            width=160,
            help=_("auto takes a GPU where there is one, else the CPU."),
        )
        measure = True
        if method.made:
            measure = st.checkbox(
                _("Measure it afterwards"),
                True,
                key="measure_too",
                bind="query-params",
                help=_("Its mean KL to the baseline and its perplexity on the text chosen above."),
            )
    return str(device or "auto"), bool(measure)


def _buttons(task: work.Task | None, device: str) -> None:
    busy = work.busy()
    only_measured = task is not None and not task.make
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            _verb(task),
            type="primary",
            key="make",
            icon=":material/straighten:" if only_measured else ":material/compress:",
            disabled=busy or task is None,
            on_click=work.start,
            args=([task], device),
        )
        st.button(
            _("Stop"),
            key="stop_make",
            icon=":material/stop:",
            disabled=not busy,
            on_click=work.stop,
            help=_("Stops at the next step; nothing half-made stays."),
        )
        if task is not None and not task.make:
            st.page_link(
                "pages/1_Compare.py",
                label=_("Open in Compare"),
                icon=":material/compare_arrows:",
                query_params=known.in_compare(known.baseline_of(task.spec), task.spec),
            )
    if only_measured:
        st.caption(_("It is applied while the model loads: there is nothing to make or to keep."))


def _verb(task: work.Task | None) -> str:
    """What the main button does."""
    if task is None:
        return _("Make")
    if task.make:
        return _("Make {form}", form=task.spec)
    return _("Measure {form}", form=task.spec)


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
            st.markdown(
                _("**{form}**: {result}", form=plain(str(spec)), result=plain(ended.words)),
                width="content",
            )
            st.page_link(
                "pages/1_Compare.py",
                label=_("Open in Compare"),
                icon=":material/compare_arrows:",
                query_params=known.in_compare(known.baseline_of(spec), spec),
            )
    if now.stopped:
        left = len(now.tasks) - len(now.ended)
        st.info(
            ngettext(
                "Stopped. {n} not done; what was finished is kept, nothing half-made is left.",
                "Stopped. {n} not done; what was finished is kept, nothing half-made is left.",
                left,
            ),
            icon=":material/stop:",
        )
