"""Which two models, where they run, and what of a set can be asked; each widget is in the address,
so a link restores it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.forms import MOST, of_names
from fairviz.analyses.null_models import USUAL
from fairviz.analyses.runner import Machine
from fairviz.core import skips
from fairviz.core.declared import declared
from fairviz.core.shortened import middle
from fairviz.core.skips import Skip
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _, number
from fairviz.models import catalog
from fairviz.models.shelf import shelf
from fairviz.ui import address, device_queue, visitors
from fairviz.ui.markup import plain
from fairviz.ui.widgets import one, paragraph, widget

BASELINE, COMPRESSED = "demo", "demo+nf4"
# Letters of a name that the sidebar shows.
_ROOM = 20
# Under which the forms after the first stand in the address.
_ALSO = "also"

_PRESETS: tuple[dict[str, str], ...] = declared(__file__)["presets"]


def _pair() -> tuple[str, str]:
    """The baseline and the first form."""
    with st.sidebar:
        presets = st.container(horizontal=True, gap="xsmall")
        suggestions = _suggestions()
        own = paragraph("model_names")
        name = _("One of the models that visitors may ask.") if visitors.here() else own
        also = f"{name} {_('It needs the vocabulary of the baseline.')}"
        baseline = _model(_("Baseline"), "baseline", BASELINE, suggestions, name)
        compressed = _model(_("Compressed"), "compressed", COMPRESSED, suggestions, also)
    for place, (preset, form) in enumerate(_presets(baseline)):
        presets.button(
            _(preset["label"]),
            key=f"preset_{place}",
            type="tertiary",
            help=_(preset["help"]),
            on_click=st.session_state.update,
            args=({"compressed": form},),
        )
    return baseline, compressed


def _presets(baseline: str) -> list[tuple[dict[str, str], str]]:
    """Those that there are of the reader's baseline, each with the form that it gives."""
    source = baseline.rpartition("+")[0] or baseline
    may = None if visitors.here() is None else {*visitors.models()}
    forms = [(one, f"{source}{one['method']}" if one["method"] else baseline) for one in _PRESETS]
    return [
        (one, form)
        for one, form in forms
        if (may is None or form in may) and (one["method"][:1] != "-" or form in catalog.BUNDLED)
    ]


def settings() -> DeltaGenerator:
    """The sidebar's fold for what is seldom changed."""
    return st.sidebar.expander(_("Settings"), icon=":material/tune:", key="settings")


def models() -> tuple[str, tuple[str, ...]]:
    """The sidebar's first half: the baseline and its compressed forms, one or several."""
    baseline, compressed = _pair()
    also, offered = address.listed(_ALSO)[: MOST - 1], _suggestions()
    with st.sidebar:
        for place, name in enumerate(also):
            key = f"{_ALSO}_{place}"
            st.session_state[key] = name
            options = list(dict.fromkeys([name, *offered]))
            st.selectbox(
                **widget("also", place, n=place + 2),
                options=options,
                format_func=_titles(options),
                accept_new_options=not visitors.here(),
                on_change=_rename,
                args=(place,),
            )
            st.button(**widget("drop_form", place), on_click=_drop, args=(place,))
        another = _another(baseline, (compressed, *also), offered)
        full = not another or len(also) + 1 >= MOST
        st.button(**widget("add_form"), disabled=full, on_click=_add, args=(another,))
    if visitors.here() and not {*also} <= {*visitors.models()}:
        raise visitors.not_shown()
    address.write(_ALSO, also, [])
    return baseline, (compressed, *also)


def _another(baseline: str, named: Sequence[str], offered: Sequence[str]) -> str:
    """A form that is not there yet, of this baseline if one comes without making; else empty."""
    source = baseline.rpartition("+")[0] or baseline
    own = [] if visitors.here() else [f"{source}{form}" for form in visitors.FORMS[1:]]
    return next((one for one in (*own, *offered) if one not in (baseline, *named)), "")


def _add(name: str) -> None:
    st.session_state[_ALSO] = [*st.session_state.get(_ALSO, []), name]


def _drop(place: int) -> None:
    also = st.session_state[_ALSO]
    st.session_state[_ALSO] = [*also[:place], *also[place + 1 :]]


def _rename(place: int) -> None:
    name = st.session_state[f"{_ALSO}_{place}"]
    if name:
        also = st.session_state[_ALSO]
        st.session_state[_ALSO] = [*also[:place], str(name), *also[place + 1 :]]


def specs(baseline: str, named: Sequence[str]) -> list[tuple[ModelSpec, ModelSpec]]:
    """The baseline with each of its forms.

    Raises:
        BadSpec: If a name cannot be read, or one stands there twice.
    """
    one = ModelSpec.parse(baseline)
    return [(one, form) for form in of_names(named)]


def each(pairs: Sequence[tuple[ModelSpec, ModelSpec]]) -> list[ModelSpec]:
    """The baseline and all of its forms."""
    return list(dict.fromkeys(one for two in pairs for one in two))


def _model(label: str, key: str, default: str, suggestions: tuple[str, ...], advice: str) -> str:
    shared = visitors.here()
    if shared and default not in suggestions:
        default = suggestions[0]
    options = list(dict.fromkeys([default, *suggestions]))
    wanted = st.session_state.get(key) or st.query_params.get(key)
    if shared and wanted and wanted not in options:
        raise visitors.not_shown()
    return one(label, key, options, _titles(options), default, advice, free=not shared)


def _titles(names: Sequence[str]) -> Callable[[str], str]:
    """Names as the sidebar has room for them, whole where two would look the same."""
    short = {name: middle(name, _ROOM) for name in names}
    often = Counter(short.values())

    def title(name: str) -> str:
        """Of a typed name too, which is no suggestion."""
        shown = middle(name, _ROOM)
        return shown if often[shown] == (name in short) else name

    return title


def _suggestions() -> tuple[str, ...]:
    if visitors.here():
        return visitors.models()
    bundled = tuple(
        f"{source}{method}"
        for source in catalog.BUNDLED
        for method in (visitors.FORMS if source == "demo" else ("",))
    )
    used = tuple(
        str(spec)
        for run in device_queue.store().recent("comparison")
        for spec in (run.request.baseline, run.request.compressed)
    )
    made = tuple(str(one.model) for one in shelf())
    return tuple(dict.fromkeys((*bundled, *catalog.suggestions(), *made, *used)))


def machine() -> Machine:
    """Where it runs; visitors have no say in it."""
    if visitors.here():
        return Machine()
    device = st.selectbox(**widget("device"), options=("auto", "cuda", "mps", "cpu"))
    unsafe = st.checkbox(**widget("unsafe_pickle"))
    return Machine(str(device), unsafe_pickle=bool(unsafe))


def floor() -> bool:
    """Whether the noise floor is measured too, after the rest."""
    return st.checkbox(**widget("floor"), value=True)


def null() -> int:
    """How many null models are read beside, after the rest."""
    return USUAL * st.checkbox(**widget("null"))


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
