"""The page Parts: what is taken apart, how far it is, one token's own, and a mix of the best."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.attribution.call import mixed
from fairviz.analyses.attribution.found import judged, kept
from fairviz.analyses.attribution.request import Attribution, AttributionRequest
from fairviz.analyses.attribution.run import Progress, measure
from fairviz.analyses.probe.request import probe_request
from fairviz.analyses.runner import Machine
from fairviz.core.errors import FairvizError
from fairviz.i18n import _
from fairviz.inference.mixed import FINENESS
from fairviz.probes.registry import PROBES, probe_of
from fairviz.prompts.bank import text_of_tales
from fairviz.ui import address, controls, measuring, probes, shell
from fairviz.ui.measuring import Wanted
from fairviz.ui.visitors import Shown
from fairviz.ui.widgets import choice, one, paragraph, widget


def wanted() -> tuple[Wanted | None, probes.Chosen]:
    """The widgets of a question, and its buttons; what is asked, and the probe's items."""
    _restore()
    baseline, named = controls.models()
    with controls.settings():
        machine = controls.machine()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        fineness = choice("fineness", "part", FINENESS, segments=True)
        which = _probe()
        run = st.container(width="content")
    with st.expander(_("Text and items"), icon=":material/tune:"):
        if said := st.query_params.pop("parts_text", ""):  # once: it is typed over later
            st.session_state["parts_text"] = said
        st.session_state.setdefault("parts_text", text_of_tales())
        text = st.text_area(**widget("parts_text"))
        chosen = probes.chosen_items(probe_of(which)) if which else probes.Chosen(None, {})
    asked = None
    if chosen.items is not None or not which:
        try:
            requests = tuple(
                AttributionRequest(
                    *two,
                    text,
                    fineness,
                    None
                    if chosen.items is None
                    else probe_request(which, *two, chosen.items, chosen.settings),
                )
                for two in controls.specs(baseline, named)
            )
            asked = Wanted(
                "attribution",
                requests,
                partial(measure, items=chosen.items, settings=chosen.settings),
                machine,
            )
        except FairvizError as error:
            shell.advise(error)
    with run:
        stop = _("Stops the models before their next mixture.")
        measuring.buttons("attribution", asked, _("Run"), stop=stop)
    return asked, chosen


def _probe() -> str:
    titles = {name: _(one.title) for name, one in PROBES.items() if one.models and not one.writes}
    options = [probes.FIRST, *(name for name in titles if name != probes.FIRST), ""]
    return one(
        _("Change of a rate"),
        "parts_probe",
        options,
        lambda name: titles.get(name, _("none, the KL alone")),
        probes.FIRST,
        paragraph("parts_probe"),
    )


def _restore() -> None:
    """Fill the widgets from the run in the address, once."""
    stored = measuring.restored("attribution")
    if stored is None:
        return
    request = stored.request
    st.session_state["parts_text"] = request.text
    if request.probe:
        probes.put_back(request.probe)
    values = {
        "baseline": str(request.baseline),
        "compressed": str(request.compressed),
        "fineness": request.fineness,
        "parts_probe": request.probe.probe if request.probe else "",
    }
    for name, value in values.items():
        if name not in st.query_params:
            st.session_state[name] = value


def answer(wanted: Wanted | None) -> tuple[Shown, ...]:
    """What the page shows, one a form."""

    def draw(step: Progress, status: DeltaGenerator) -> None:
        words = _("{done} of {of} mixtures read", done=step.done, of=step.of)
        status.progress(step.done / max(step.of, 1), f"{words} {_(step.words)}".strip())

    return measuring.shown("attribution", wanted, draw)


def place(run: Attribution) -> int | None:
    """The token of the text that is looked at: a link may ask for its last."""
    if st.query_params.get("place") == "last":
        return len(run.tokens) - 1
    return address.index("place")


def token(run: Attribution) -> None:
    """One token of the text, whose own change is then shown beside."""
    chosen, places = place(run), range(len(run.tokens))
    st.session_state["parts_token"] = chosen if chosen in places else None
    st.selectbox(
        **widget("parts_token"),
        options=list(places),
        format_func=lambda at: f"{at}: {run.tokens[at]}",
        on_change=_choose_token,
    )


def _choose_token() -> None:
    chosen = st.session_state["parts_token"]
    address.later(place=None if chosen is None else str(chosen))


def mix(run: Attribution, key: str, chosen: probes.Chosen) -> None:
    """A button that makes a mix of the best parts and measures it on what was held out.

    Args:
        key: Of the run, each of which has a number of parts of its own.
    """
    request, items = run.request, chosen.items
    if request.mix or not run.orders:
        return
    what = judged(run)
    own = request.probe is None or (items is not None and items.content == request.probe.content)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        most = len(run.orders[what])
        number = widget("mix_parts", key)
        count = st.number_input(**number, min_value=1, max_value=most, value=kept(run, what))
        ask = widget("make_mix")
        st.button(**ask, disabled=not own, on_click=_mix, args=(run, str(count), chosen))


def _mix(run: Attribution, count: str, chosen: probes.Chosen) -> None:
    now = measuring.of_page("attribution")
    try:
        request = replace(run.request, mix=mixed(run, count))
    except FairvizError as error:
        now.failure = error
        return
    measuring_ = partial(measure, items=chosen.items, settings=chosen.settings, known=run)
    now.ask(Wanted("attribution", (request,), measuring_, Machine(run.provenance["device"])))
