"""Making one: of which model, by which method, on which texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.tradeoff import evaluation_text
from fairviz.analyses.tradeoff.evaluation_text import EvaluationText, ours
from fairviz.compression.calibration import (
    LENGTH,
    SAMPLES,
    Calibration,
    bundled,
    from_bytes,
    from_hub,
)
from fairviz.compression.method import Method
from fairviz.compression.pairs import Pairs
from fairviz.compression.registry import METHODS
from fairviz.core.errors import BadSpec, FairvizError
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.models import catalog
from fairviz.models.shelf import shelf
from fairviz.ui import address, links, shell
from fairviz.ui.markup import plain
from fairviz.ui.methods import work
from fairviz.ui.widgets import choice, number, one, paragraph, widget

_BASELINE = "demo"


def baseline() -> ModelSpec:
    """The model that everything above the methods is about.

    Raises:
        BadSpec: If the name cannot be read, or is that of a compressed form.
    """
    # What can be compressed here without a network, and what was.
    used = (str(one.spec.uncompressed) for one in shelf())
    # A model from a link is an option too, or it would be thrown out.
    wanted = st.session_state.get("baseline") or st.query_params.get("baseline") or _BASELINE
    options = list(dict.fromkeys((_BASELINE, *catalog.suggestions(), *used, str(wanted))))
    name = st.selectbox(**widget("baseline"), options=options, index=0)
    spec = ModelSpec.parse(str(name or _BASELINE))
    if spec.compression.method != "none":
        raise BadSpec(
            _("{spec} is a compressed form, not a baseline.", spec=spec),
            fix=_(
                "Choose {baseline} as the baseline and the method further below.",
                baseline=spec.uncompressed,
            ),
        )
    return spec


def calibration(baseline: ModelSpec) -> Callable[[], Calibration] | None:
    """The widgets of a method's text; None while there is none.

    What is returned reads the text when it is called: from the network where it has to.
    """
    source = _source("calibration", baseline)
    with st.container(horizontal=True, gap="medium"):
        count, tokens = int(number("samples", SAMPLES)), int(number("length", LENGTH))
    if source == "file":
        file = st.file_uploader(**widget("calibration_file"))
        if file is None:
            st.info(_("Choose a file of text like that which the model is for."))
            return None
        content, name = file.getvalue(), file.name
        return lambda: from_bytes(content, name, count, tokens)
    if source == "hub":
        with st.container(horizontal=True, gap="medium"):
            name = st.text_input(**widget("calibration_hub"), placeholder="allenai/c4").strip()
            subset = st.text_input(**widget("calibration_subset"), placeholder="en").strip()
        if not name:
            st.info(_("Give the id of a data set with a column of text."))
            return None
        return lambda: from_hub(name, subset, samples=count, length=tokens)
    if not ours(baseline):
        st.warning(paragraph("toy_calibration"), icon=":material/warning:")
    return lambda: bundled(count, tokens)


def pairs(key: str) -> Pairs | None:
    """The widget of a file of pairs of sentences; None for fairviz's own, or a file without any."""
    from fairviz.analyses.tradeoff.sweep import pairs_of

    file = st.file_uploader(**widget(key))
    try:
        return None if file is None else pairs_of(file.getvalue(), file.name)
    except FairvizError as error:
        shell.advise(error)
        return None


def measured_on(baseline: ModelSpec) -> EvaluationText | None:
    """The widgets of the text that is measured on; None while there is none."""
    from fairviz.analyses.tradeoff.measure import DOCUMENTS

    if _source("measured_on", baseline) == "bundled":
        if not ours(baseline):
            st.warning(paragraph("toy_text"), icon=":material/warning:")
        return evaluation_text.bundled(DOCUMENTS)
    file = st.file_uploader(**widget("measured_on_file"))
    if file is None:
        st.info(_("Choose a file of text to measure on; nothing is measured without one."))
        return None
    try:
        return evaluation_text.of_file(from_bytes(file.getvalue(), file.name))
    except FairvizError as error:
        shell.advise(error)
        return None


def _source(key: str, baseline: ModelSpec) -> str:
    """Where a text is from; the choice is forgotten when the baseline becomes another's."""
    own, whose = ours(baseline), f"_{key}_ours"
    if st.session_state.setdefault(whose, own) != own:
        address.forget(key)
        st.session_state[whose] = own
    return choice(key, "bundled" if own else "file", segments=True)


def draw(baseline: ModelSpec, text: EvaluationText | None, null: int) -> DeltaGenerator:
    """The widgets, the buttons, what came out; returns where progress is told."""
    st.header(_("Make one"), anchor=False)
    with st.container(border=True, key="make_one"):
        method, form = _method()
        reads = calibration(baseline) if method.calibrated else None
        if method.paired and reads is not None:
            reads = partial(_with_pairs, reads, pairs("make_pairs"))
        ready = reads is not None or not method.calibrated
        spec = ModelSpec.parse(f"{baseline}+{form}")
        device, measure = _machine(method)
        ready = ready and (text is not None or not measure)
        task = work.Task(spec, method.made, measure, reads, text=text, null=null)
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
        forms = method.forms or (method.name,)
        form = one(_("Setting"), "setting", forms, str, advice=_(method.takes))
    st.caption(" ".join(plain(_(text)) for text in (method.meaning, method.takes) if text))
    return method, form


def _with_pairs(reads: Callable[[], Calibration], pairs: Pairs | None) -> Calibration:
    return replace(reads(), pairs=pairs)


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
            links.to_compare(task.spec.uncompressed, task.spec)
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
            if ended.task.do is None:
                links.to_compare(ended.task.baseline, spec)
    if now.stopped:
        left = len(now.tasks) - len(now.ended)
        st.info(paragraph("tasks_stopped", n=left), icon=":material/stop:")


def others(baseline: ModelSpec, text: EvaluationText | None, null: int) -> None:
    """Where other forms are named, such as GGUF files, and the button that measures them."""
    with st.expander(_("Measure GGUF files and other forms")):
        named = st.text_area(**widget("other_forms"))
        models = [ModelSpec.parse(line) for line in named.splitlines() if line.strip()]
        tasks = [
            work.Task(one, False, True, text=text, null=null, other=baseline) for one in models
        ]
        work.button("measure_others", tasks if text is not None else [], _("Measure them"))
