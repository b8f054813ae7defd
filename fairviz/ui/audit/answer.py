"""The button of an audit, how far it is, and what a reader can do with its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses import runner
from fairviz.analyses.audit.request import audit_request
from fairviz.analyses.audit.shown import Shown as Seen
from fairviz.analyses.audit.tables import TEXT, by_shift, document, made, may_hurt
from fairviz.analyses.runner import Machine
from fairviz.core import csv_file
from fairviz.core.specs import ModelSpec
from fairviz.i18n import N_, _, ngettext
from fairviz.metrics.traces import BOTH
from fairviz.ui import below, controls, device_queue, links, measuring, visitors
from fairviz.ui.audit.sets import Chosen
from fairviz.ui.below import File
from fairviz.ui.markup import plain, shortened
from fairviz.ui.measuring import Shown, Wanted

if TYPE_CHECKING:
    from fairviz.analyses.audit.run import Progress


_MOST = 12
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
    if chosen.ready is not None and measuring.of_page("audit").wanted is None:
        st.caption(_("Read from the two runs of lm-evaluation-harness. No model was run."))
        return Shown(chosen.ready, runner.keep("audit", chosen.ready, device_queue.store()).key)

    def draw(step: Progress, status: DeltaGenerator) -> None:
        status.progress(step.done / max(step.total, 1), _pace(step))

    return measuring.shown("audit", wanted, draw)


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


def most_changed(seen: Seen, *, rows: bool) -> None:
    """The rows that moved most, each one click from Compare; those that may hurt if `rows`."""
    request, table = seen.audit.request, seen.table
    if visitors.here() or seen.audit.provenance.get("baseline", {}).get("made_with"):
        return
    st.header(_("What moved most"), anchor=False)
    if may_hurt(request.source, table) and not rows:
        st.caption(_("Single rows stand here once they are asked for."))
        return
    before, after = (made(seen, side) for side in BOTH)
    for place in by_shift(seen.shift)[:_MOST]:
        text = str(table[TEXT[request.kind]].iloc[place])
        label = _(
            "“{text}” · {shift:.3g} nats · {change}",
            text=plain(shortened(text, 70)),
            shift=float(seen.shift[place]),
            change=plain(_change(before[place], after[place])),
        )
        links.to_compare(request.baseline, request.compressed, label, prompt=text)
    st.caption(_("Each opens in Compare, where both models go on from it."))


def _change(before: str, after: str) -> str:
    before, after = (shortened(text, 24) or "␣" for text in (before, after))
    return _("{answer} in both", answer=before) if before == after else f"{before} → {after}"


def files(seen: Seen) -> None:
    """The audit as files, and the address that restores this view."""
    stem, table = "fairviz-audit", seen.table
    below.downloads(
        File(
            _("JSON: rows and summary"),
            f"{stem}.json",
            lambda: below.as_json(document(seen.audit, seen.length)),
        ),
        File(_("Parquet: one row each"), f"{stem}.parquet", lambda: table.to_parquet(index=False)),
        File(_("CSV: one row each"), f"{stem}.csv", lambda: csv_file.written(table)),
    )
