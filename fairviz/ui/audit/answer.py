"""The button of an audit, and how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses import runner
from fairviz.analyses.audit.request import audit_request
from fairviz.analyses.runner import Machine
from fairviz.core.specs import ModelSpec
from fairviz.i18n import N_, _, ngettext
from fairviz.ui import controls, job, measuring, session
from fairviz.ui.audit.sets import Chosen
from fairviz.ui.measuring import Shown, Wanted

if TYPE_CHECKING:
    from fairviz.analyses.audit.run import Progress

_STOPPED = N_("Stopped. What is measured is kept: press Run to go on from there.")


def button(baseline: str, compressed: str, chosen: Chosen, machine: Machine) -> Wanted | None:
    """Run and Stop; what the button would ask for as the page stands."""
    wanted, label = None, _("Run")
    floor = controls.floor()
    if chosen.units:
        specs = ModelSpec.parse(baseline), ModelSpec.parse(compressed)
        request = audit_request(
            *specs, chosen.source, chosen.units, chosen.max_new_tokens, floor=floor
        )

        def measure(pair: Any, parts: Any, told: Any) -> Iterator[Any]:
            from fairviz.analyses.audit.run import run

            return run(pair, request, chosen.units, parts, left_out=chosen.left_out)

        wanted = Wanted("audit", request, measure, machine)
        n = len(chosen.units)
        label = (
            ngettext("Run on {n:,} prompt", "Run on {n:,} prompts", n)
            if request.kind == "prompts"
            else ngettext("Run on {n:,} question", "Run on {n:,} questions", n)
        )
    stop = _("Stops after this batch; what is measured is kept.")
    measuring.buttons("audit", wanted, label, stop=stop, stopped=_STOPPED)
    return wanted


def answer(chosen: Chosen, wanted: Wanted | None) -> Shown | None:
    """What the page shows; None before anything was measured."""
    if chosen.ready is not None and job.of_page("audit").wanted is None:
        st.caption(_("Read from the two runs of lm-evaluation-harness. No model was run."))
        return Shown(chosen.ready, runner.keep("audit", chosen.ready, session.store()).key)
    return measuring.shown("audit", wanted, _draw)


def _draw(step: Progress, status: DeltaGenerator) -> None:
    status.progress(step.done / max(step.total, 1), _pace(step))


def _pace(step: Progress) -> str:
    if step.floor:
        return _("All is measured and kept; now the noise floor…")
    words = [_("{done:,} of {total:,}", done=step.done, total=step.total)]
    if step.resumed:
        words[0] += " " + _("({n:,} from an earlier start)", n=step.resumed)
    if step.left_out:
        words.append(ngettext("{n:,} left out", "{n:,} left out", step.left_out))
    if step.seconds_left is not None:
        words.append(measuring.time_left(step.seconds_left))
    return ", ".join(words)
