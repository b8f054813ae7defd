"""The widgets of the Compare page; each is bound to the address, so a link restores it."""

from __future__ import annotations

from typing import Any, NamedTuple

import streamlit as st

from fairviz.analyses.runner import Machine
from fairviz.core.specs import Decoding, ModelSpec, Question
from fairviz.i18n import N_, _, ngettext
from fairviz.metrics.quantities import BY_NAME, DISTANCES, Quantity
from fairviz.prompts.examples import bundled_examples
from fairviz.ui import address, bounds, session, visitors

PROMPT = "Il était une fois"
BASELINE, COMPRESSED = "demo", "demo+nf4"
SIDES = {
    "baseline": N_("on the baseline's text"),
    "compressed": N_("on the compressed text"),
}
QUESTION_KEYS = (
    "baseline",
    "compressed",
    "prompt",
    "max_new_tokens",
    "temperature",
    "top_k",
    "top_p",
    "repetition_penalty",
    "seed",
)


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


class View(NamedTuple):
    """How an answer is looked at.

    Attributes:
        quantity: Colours the tokens.
        side: Whose text the plots and the summary are about.
        token: Index of the chosen token of that text.
    """

    quantity: Quantity
    side: str
    token: int | None


def restore() -> None:
    """Fill the widgets from the run in the address, where the address says no more."""
    key = st.query_params.get("run")
    if not key or st.session_state.get("_restored") == key:
        return
    st.session_state["_restored"] = key
    if any(name in st.query_params for name in QUESTION_KEYS):
        return
    stored = session.store().load("comparison", key)
    if stored is None:
        return
    question = stored.question.document()
    decoding = question.pop("decoding")
    if isinstance(decoding, dict):
        for name, value in {**question, **decoding}.items():
            st.session_state[name] = value


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
                "A bundled model, a Hugging Face id, or a local folder; add @REVISION to pin a "
                "version and +METHOD to compress it: +int8, +nf4, +gptq:4, +wanda:0.5 (see "
                "Methods). What is not made yet is made once, first."
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


def decoding() -> Decoding:
    """The sidebar's second half: how the next token is chosen."""
    shared = visitors.here()
    most = max(1, min(1024, shared.tokens)) if shared else 1024
    with st.sidebar:
        st.header(_("Decoding"), anchor=False)
        length = _number(
            _("New tokens"),
            "max_new_tokens",
            min(60, most),
            1,
            most,
            1,
            _("The most tokens each model writes; it may stop earlier."),
        )
        if shared:
            st.caption(
                ngettext(
                    "You may have {n:,} token more written in this hour.",
                    "You may have {n:,} tokens more written in this hour.",
                    bounds.left(),
                )
            )
        temperature = _number(
            _("Temperature"),
            "temperature",
            0.0,
            0.0,
            5.0,
            0.1,
            _(
                "0 always takes the most likely token (greedy). Above 0 both models draw with the "
                "same random numbers, so that a difference is owed to compression, not to luck."
            ),
        )
        with st.expander(_("Sampling filters and seed")):
            top_k = _number(
                _("Top-k"), "top_k", 0, 0, 1000, 1, _("Only the k likeliest; 0 is off.")
            )
            top_p = _number(
                _("Top-p"), "top_p", 1.0, 0.01, 1.0, 0.05, _("Only this much mass; 1 is off.")
            )
            penalty = _number(
                _("Repetition penalty"),
                "repetition_penalty",
                1.0,
                0.1,
                5.0,
                0.1,
                _("Makes tokens already in the text less likely; 1 is off."),
            )
            seed = _number(
                _("Seed"),
                "seed",
                0,
                0,
                2**31 - 1,
                1,
                _("Of the random numbers both models share."),
            )
    return Decoding(
        max_new_tokens=int(length),
        temperature=float(temperature),
        top_k=int(top_k),
        top_p=float(top_p),
        repetition_penalty=float(penalty),
        seed=int(seed),
    )


def _number(
    label: str, key: str, default: Any, low: Any, high: Any, step: Any, advice: str
) -> int | float:
    value: int | float = st.number_input(
        label, low, high, default, step, key=key, bind=address.number_bound(key), help=advice
    )
    return value


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


def ask(baseline: str, compressed: str, how: Decoding, where: Machine) -> Question:
    """The prompt box with its two buttons; the question as it stands."""
    asking = session.asking()
    with st.form("ask", border=False, enter_to_submit=True):
        prompt = st.text_area(
            _("Prompt"),
            PROMPT,
            key="prompt",
            height=68,
            bind="query-params",
            help=_("Both models go on from this text. Ctrl+Enter compares."),
        )
        question = Question(ModelSpec.parse(baseline), ModelSpec.parse(compressed), prompt, how)
        with st.container(horizontal=True, gap="small"):
            if st.form_submit_button(
                _("Compare"), type="primary", key="compare", icon=":material/play_arrow:"
            ):
                asking.wanted, asking.again = (question, where), False
            st.form_submit_button(
                _("Stop"),
                key="stop",
                icon=":material/stop:",
                disabled=asking.wanted is None,
                on_click=_stop,
                help=_("Stops both models before their next token; what they wrote stays."),
            )
    return question


def _stop() -> None:
    session.asking().wanted = None


def examples() -> None:
    """Prompts in French and English that fill the box in one click."""
    st.selectbox(
        _("Examples"),
        range(len(bundled_examples())),
        index=None,
        key="example",
        format_func=lambda n: f"{bundled_examples()[n].language} · {bundled_examples()[n].title}",
        placeholder=_("Examples, in French and English"),
        label_visibility="collapsed",
        on_change=_fill_in,
    )


def _fill_in() -> None:
    chosen = st.session_state["example"]
    if chosen is not None:
        st.session_state["prompt"] = bundled_examples()[chosen].text
        st.session_state["example"] = None


def view() -> View:
    """What colours the tokens, whose text is looked at, and which token."""
    first = next(iter(BY_NAME))
    address.follow("quantity", list(BY_NAME), lambda name: BY_NAME[name].title, first)
    address.follow("context", list(SIDES), SIDES.__getitem__, "baseline")
    st.session_state.setdefault("context", "baseline")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        quantity = st.selectbox(
            _("Colour of the tokens"),
            list(BY_NAME),
            key="quantity",
            format_func=lambda name: _(BY_NAME[name].title),
            width=280,
            help=_("Every token is coloured by this number, read under both models."),
        )
        side = st.segmented_control(
            _("Plots and summary: both models read"),
            list(SIDES),
            key="context",
            required=True,
            format_func=lambda name: _(SIDES[name]),
            help=_(
                "The texts part at the first difference. From there on, numbers are compared on "
                "one text at a time: only on the same context do they mean the same."
            ),
        )
    address.write("quantity", quantity, first)
    address.write("context", side, "baseline")
    chosen = st.session_state.pop("_token", None)
    if chosen:
        st.query_params["token"] = chosen
    elif chosen == "":
        st.query_params.pop("token", None)
    token = st.query_params.get("token", "")
    return View(
        BY_NAME[str(quantity)],
        str(side or "baseline"),
        int(token) if token.isdecimal() else None,
    )


def distance() -> Quantity:
    """Which distance of the two distributions the plot shows."""
    address.follow("distance", list(DISTANCES), DISTANCES.__getitem__, "kl")
    st.session_state.setdefault("distance", "kl")
    chosen = st.segmented_control(
        _("Distance of the two distributions"),
        list(DISTANCES),
        key="distance",
        required=True,
        format_func=lambda name: _(DISTANCES[name]),
        help=_("How far apart the models' whole next-token distributions are at each token."),
    )
    address.write("distance", chosen, "kl")
    return BY_NAME[str(chosen or "kl")]
