"""Which two models, where they run, and what of a set can be asked; each widget is in the address,
so a link restores it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from fairviz.analyses.runner import Machine
from fairviz.core import skips
from fairviz.core.declared import declared
from fairviz.core.skips import Skip
from fairviz.i18n import _, number
from fairviz.metrics.traces import BOTH
from fairviz.ui import device_queue, visitors
from fairviz.ui.markup import plain
from fairviz.ui.widgets import paragraph, widget

BASELINE, COMPRESSED = "demo", "demo+nf4"

_PRESETS: tuple[dict[str, str], ...] = declared(__file__)["presets"]  # pairs in one click


def pair() -> tuple[str, str]:
    """The sidebar's first half: which two models."""
    with st.sidebar:
        st.header(_("Models"), anchor=False)
        columns = st.columns(2, gap="small")
        may = None if visitors.here() is None else {*visitors.models()}
        offered = [
            one for one in _PRESETS if may is None or {one["baseline"], one["compressed"]} <= may
        ]
        for number, preset in enumerate(offered):
            models = {name: preset[name] for name in BOTH}
            columns[number % 2].button(
                _(preset["label"]),
                key=f"preset_{number}",
                width="stretch",
                help=_(preset["help"]),
                on_click=st.session_state.update,
                args=(models,),
            )
        suggestions = _suggestions()
        own = paragraph("model_names")
        name = _("One of the models that visitors may ask.") if visitors.here() else own
        also = f"{name} {_('It needs the vocabulary of the baseline.')}"
        baseline = _model(_("Baseline"), "baseline", BASELINE, suggestions, name)
        compressed = _model(_("Compressed"), "compressed", COMPRESSED, suggestions, also)
    return baseline, compressed


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
        return visitors.models()
    bundled = tuple(
        f"{source}{method}"
        for source in catalog.BUNDLED
        for method in (("", "+int8", "+nf4", "+fp4") if source == "demo" else ("",))
    )
    used = tuple(
        str(spec)
        for run in device_queue.store().recent("comparison")
        for spec in (run.request.baseline, run.request.compressed)
    )
    made = tuple(str(one.model) for one in shelf())
    return tuple(dict.fromkeys((*bundled, *catalog.suggestions(), *made, *used)))


def machine() -> Machine:
    """The sidebar's last part: where it runs; visitors have no say in it."""
    if visitors.here():
        return Machine()
    with st.sidebar, st.expander(_("Machine and safety")):
        device = st.selectbox(**widget("device"), options=("auto", "cuda", "mps", "cpu"))
        unsafe = st.checkbox(**widget("unsafe_pickle"))
    return Machine(str(device), unsafe_pickle=bool(unsafe))


def floor() -> bool:
    """Whether the noise floor is measured too, after the rest."""
    return st.checkbox(**widget("floor"), value=True)


def skipped(kept: int, skipped: Sequence[Skip]) -> None:
    """How many can be asked, and why the others cannot; nothing where all can."""
    if not skipped:
        return
    often = Counter(skip.reason for skip in skipped).most_common(4)
    st.warning(
        paragraph(
            "left_out_of_set",
            kept=kept,
            lost=len(skipped),
            reasons=reasons(often),
            which=plain(skips.place(skipped[0].which)),
        ),
        icon=":material/rule:",
    )


def reasons(counted: Sequence[tuple[str, int]]) -> str:
    """Stored reasons, each with how often."""
    parts = [f"{plain(skips.message(reason))} ({number(often, ',')})" for reason, often in counted]
    return _("; ").join(parts)
