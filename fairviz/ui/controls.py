"""Which two models, and where they run; each widget is in the address, so a link restores it."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from fairviz.analyses.runner import Machine
from fairviz.i18n import N_, _
from fairviz.ui import bounds, session, visitors

BASELINE, COMPRESSED = "demo", "demo+nf4"


class Preset(NamedTuple):
    """A pair in one click; `label` and `help` are translated where they are shown."""

    label: str
    baseline: str
    compressed: str
    help: str


PRESETS = (
    Preset(N_("8-bit"), "demo", "demo+int8", N_("LLM.int8(), as in the paper's example.")),
    Preset(N_("4-bit"), "demo", "demo+nf4", N_("NF4: every weight in 4 bits.")),
    Preset(N_("Distilled"), "demo", "demo-student", N_("A smaller student of the same model.")),
    Preset(N_("Itself"), "demo", "demo", N_("A model against itself: every shift must be 0.")),
)


def pair() -> tuple[str, str]:
    """The sidebar's first half: which two models."""
    with st.sidebar:
        st.header(_("Models"), anchor=False)
        columns = st.columns(2, gap="small")
        offered = [one for one in PRESETS if _may_ask(one)]
        for number, preset in enumerate(offered):
            columns[number % 2].button(
                _(preset.label),
                key=f"preset_{number}",
                width="stretch",
                help=_(preset.help),
                on_click=_choose,
                args=(preset,),
            )
        suggestions = _suggestions()
        name = (
            _("One of the models that visitors may ask.")
            if visitors.here()
            else _(
                "A bundled model, a Hugging Face id, a local folder or a GGUF file; add @REVISION "
                "to pin a version and +METHOD to compress it: +int8, +nf4, +gptq:4, +wanda:0.5 "
                "(see Methods). What is not made yet is made once, first."
            )
        )
        baseline = _model(_("Baseline"), "baseline", BASELINE, suggestions, name)
        compressed = _model(
            _("Compressed"),
            "compressed",
            COMPRESSED,
            suggestions,
            f"{name} {_('It needs the vocabulary of the baseline.')}",
        )
    return baseline, compressed


def _may_ask(preset: Preset) -> bool:
    return not visitors.here() or {preset.baseline, preset.compressed} <= {*bounds.models()}


def _choose(preset: Preset) -> None:
    st.session_state["baseline"] = preset.baseline
    st.session_state["compressed"] = preset.compressed


def _model(label: str, key: str, default: str, suggestions: tuple[str, ...], advice: str) -> str:
    shared = visitors.here()
    if shared and default not in suggestions:
        default = suggestions[0]
    options = list(dict.fromkeys([default, *suggestions]))
    # A model from a link or a preset is an option too, or it would be thrown out.
    wanted = st.session_state.get(key) or st.query_params.get(key)
    if wanted and wanted not in options:
        if shared:
            raise visitors.not_shown()
        options.append(wanted)
    chosen = st.selectbox(
        label,
        options,
        index=options.index(default),
        key=key,
        accept_new_options=not shared,
        bind="query-params",
        help=advice,
    )
    return str(chosen or default)


def _suggestions() -> tuple[str, ...]:
    from fairviz.models import catalog
    from fairviz.models.shelf import shelf

    if visitors.here():
        return bounds.models()
    bundled = tuple(
        f"{source}{method}"
        for source in catalog.BUNDLED
        for method in (("", "+int8", "+nf4", "+fp4") if source == "demo" else ("",))
    )
    used = tuple(
        str(spec)
        for run in session.store().recent("comparison")
        for spec in (run.request.baseline, run.request.compressed)
    )
    made = tuple(str(one.model) for one in shelf())
    return tuple(dict.fromkeys((*bundled, *catalog.suggestions(), *made, *used)))


def machine() -> Machine:
    """The sidebar's last part: where it runs; visitors have no say in it."""
    if visitors.here():
        return Machine()
    with st.sidebar, st.expander(_("Machine and safety")):
        device = st.selectbox(
            _("Device"),
            ("auto", "cuda", "mps", "cpu"),
            key="device",
            bind="query-params",
            help=_("auto takes a GPU where there is one, else the CPU."),
        )
        unsafe = st.checkbox(
            _("Also read pickled weights (they can run code)"),
            key="unsafe_pickle",  # consent is given here, and by no link
            help=_(
                "Weights that are not safetensors are Python pickles: opening one can run any "
                "program its author put in. Tick this only for files whose author you trust. Code "
                "shipped with a model (trust_remote_code) is never run, with or without this."
            ),
        )
    return Machine(str(device), unsafe_pickle=bool(unsafe))


def floor() -> bool:
    """Whether the noise floor is measured too, after the rest."""
    return st.checkbox(
        _("Also measure the noise floor"),
        value=True,
        key="floor",
        bind="query-params",
        help=_(
            "The baseline is read against itself in another number type, as small a shift as no "
            "compression is owed. It takes about as long again as the baseline did, and no second "
            "copy of it."
        ),
    )
