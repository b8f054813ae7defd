"""From the button to an answer on the page: out of the store, or written live."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.runner import Machine
from fairviz.core.errors import FairvizError
from fairviz.core.specs import Question
from fairviz.core.stored import CannotKeep
from fairviz.figures.palette import Scale, scale
from fairviz.i18n import _, moment, ngettext
from fairviz.metrics.quantities import Quantity
from fairviz.metrics.traces import BOTH, Comparison
from fairviz.ui import controls, live, panes, session, shell, visitors, words
from fairviz.ui.chips import chips, legend
from fairviz.ui.plain import plain, shortened
from fairviz.ui.present import mode
from fairviz.ui.present.replay import replay

_log = logging.getLogger(__name__)


class Answer(NamedTuple):
    """A comparison on the page, and where it comes from.

    Attributes:
        comparison: The answer.
        key: Its key in the store; empty when it is not there.
        origin: `stored`, `written` (just now), `stopped` or `unsaved`.
    """

    comparison: Comparison
    key: str
    origin: str


def asked() -> tuple[Question, Machine]:
    """The widgets of a question: the pair, how it writes, where, and the prompt."""
    controls.restore()
    baseline, compressed = controls.pair()
    decoding, machine = controls.decoding(), controls.machine()
    words.compare(baseline, compressed)
    session.warm(baseline, compressed)
    return controls.ask(baseline, compressed, decoding, machine), machine


def answer(question: Question, machine: Machine, colour: Quantity) -> Answer | None:
    """What the page shows; None before anything was asked."""
    asking = session.asking()
    status = st.empty()  # always there, so that the panes below it keep their place
    if asking.wanted is not None and asking.wanted != (question, machine):
        asking.wanted = None  # another question by now: what was written is kept as stopped
    if asking.wanted is not None:
        _compute(question, machine, colour, status)
    if asking.failure is not None:
        shell.advise(asking.failure)
    shown = _known(status)
    if shown is not None:
        _say_origin(shown, question, machine, status)
    return shown


def _known(status: DeltaGenerator) -> Answer | None:
    asking = session.asking()
    with asking.writing:
        pass  # a run that was just stopped hands over what it wrote, within one step
    if asking.unsaved is not None:
        return Answer(asking.unsaved, "", "unsaved")
    if asking.partial is not None:
        st.query_params.pop("run", None)
        return Answer(asking.partial, "", "stopped")
    key = st.query_params.get("run")
    if not key:
        return None
    stored = session.store().load("comparison", key)
    if stored is None:
        status.warning(
            _(
                "The run of this link is not in this machine's store. Press Compare to compute it "
                "here; the settings are those of the link."
            ),
            icon=":material/inventory_2:",
        )
        return None
    return Answer(stored, key, "written" if st.session_state.get("_written") == key else "stored")


def _say_origin(
    shown: Answer, question: Question, machine: Machine, status: DeltaGenerator
) -> None:
    """One line over the panes: where the answer comes from."""
    known = shown.comparison
    with status.container(horizontal=True, vertical_alignment="center"):
        st.caption(_origin(shown))
        if shown.origin == "stored":
            st.button(
                _("Run again"),
                key="again",
                type="tertiary",
                on_click=_again,
                args=(question, machine),
            )
        if known.question != question:
            st.info(
                _(
                    "The settings have changed since this answer, which is for “{prompt}” with "
                    "{baseline} and {compressed}. Press Compare to ask anew.",
                    prompt=plain(shortened(known.question.prompt, 60)),
                    baseline=plain(str(known.question.baseline)),
                    compressed=plain(str(known.question.compressed)),
                )
            )


def _origin(shown: Answer) -> str:
    known = shown.comparison
    if shown.origin == "stored":
        return _(
            "Answered from the store, computed on {date} UTC. No model was run.",
            date=stored_on(known.provenance),
        )
    if shown.origin == "written":
        return _("Computed just now in {seconds} s.", seconds=known.provenance.get("seconds", "?"))
    if shown.origin == "stopped":
        return ngettext(
            "Stopped after {n} token. This part is shown here only, not stored.",
            "Stopped after {n} tokens. This part is shown here only, not stored.",
            max(len(known.on_baseline), len(known.on_compressed)),
        )
    if visitors.here():
        return _("Computed just now. It is shown to you alone, and not stored.")
    return _("Computed just now, but the store could not be written: download it below.")


def stored_on(provenance: Mapping[str, Any]) -> str:
    """Day and time of a stored answer, in UTC."""
    date = provenance.get("date")
    return moment(datetime.fromisoformat(str(date))) if date else _("an unknown date")


def _again(question: Question, machine: Machine) -> None:
    asking = session.asking()
    asking.wanted, asking.again = (question, machine), True


def _compute(
    question: Question, machine: Machine, colour: Quantity, status: DeltaGenerator
) -> None:
    """Fetch or write the answer, put its key into the address, and run the page again."""
    asking = session.asking()
    try:
        key = _find(question, machine) if not asking.again else ""
        if not key:
            key = _write(question, machine, colour, status)
    except FairvizError as error:
        asking.wanted, asking.again, asking.failure = None, False, error
        st.rerun()
    except Exception:
        asking.wanted = None  # a failed question is not asked again by the next rerun
        raise
    asking.wanted, asking.again = None, False
    asking.failure = None
    if key:
        asking.partial = asking.unsaved = None
        st.query_params["run"] = st.session_state["_restored"] = key
    st.query_params.pop("token", None)
    st.rerun()


def _key(question: Question, machine: Machine) -> tuple[str, str]:
    """The question's key in the store, and the device that is meant."""
    from fairviz.models import catalog, devices

    device = devices.choose(machine.device)
    prints = (catalog.fingerprint(question.baseline), catalog.fingerprint(question.compressed))
    dtype = devices.default_dtype(device)
    return session.store().key("comparison", question, prints, device, str(dtype)), device


def _find(question: Question, machine: Machine) -> str:
    key, _rest = _key(question, machine)
    if visitors.here():  # how fast it comes would tell what others asked
        return ""
    if session.store().load("comparison", key) is None:
        return ""
    st.session_state["_written"] = None
    return key


def _write(question: Question, machine: Machine, colour: Quantity, status: DeltaGenerator) -> str:
    key, device = _key(question, machine)
    session.asking().failure = None
    blank = scale(colour)
    _both(
        {
            side: panes.empty(side, str(getattr(question, side)), question.prompt, blank)
            for side in BOTH
        },
        blank,
    )
    comparison = live.write(question, machine, device, colour, status)
    if visitors.here():
        session.asking().unsaved = comparison
        return ""
    try:
        session.store().save("comparison", key, comparison)
    except CannotKeep as error:
        _log.warning("run %s was not stored: %s", key, error)
        session.asking().unsaved = comparison
        return ""
    st.session_state["_written"] = key
    return key


def draw(shown: Answer, colour: Quantity, side: str, token: int | None) -> None:
    """Both panes of a finished answer."""
    comparison = shown.comparison
    both = scale(colour, comparison.on_baseline, comparison.on_compressed)
    again = {"replay": replay(comparison)} if mode.on() else {}
    _both(
        {
            who: panes.pane(comparison, who, both, selected=token if who == side else None) | again
            for who in BOTH
        },
        both,
    )


def _both(views: dict[str, dict[str, object]], colours: Scale) -> None:
    legend(colours)
    for column, side in zip(st.columns(2), BOTH, strict=True):
        with column:
            chips(views[side], key=f"pane_{side}", on_select=_select)


def _select(key: str) -> None:
    chosen = st.session_state[key].get("selected")
    if chosen is None:
        return
    # Addresses set in a callback do not reach the browser; `controls.view` sets this one.
    st.session_state["_token"] = str(int(chosen))
    st.session_state["context"] = key.removeprefix("pane_")
