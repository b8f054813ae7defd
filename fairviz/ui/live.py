"""An answer while it is written: the queue, the stream, and what remains of a stopped one."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.runner import Machine
from fairviz.core.specs import Question
from fairviz.figures.palette import scale
from fairviz.i18n import _
from fairviz.metrics.quantities import Quantity
from fairviz.metrics.traces import BOTH, Comparison
from fairviz.ui import bounds, panes, session
from fairviz.ui.chips import feed
from fairviz.ui.desk import seated

if TYPE_CHECKING:
    from collections.abc import Generator

    from fairviz.analyses.comparison.write import Writing
    from fairviz.models.pair import Pair

_REDRAW_SECONDS = 1 / 15


def write(
    question: Question, machine: Machine, device: str, colour: Quantity, status: DeltaGenerator
) -> Comparison:
    """Compute an answer and draw it as it comes.

    Whatever ends this early (the Stop button, a closed tab, a failure) leaves the queue
    and keeps what was written in `session.asking().partial`.

    Args:
        question: What is asked.
        machine: Whether unsafe files may be read.
        device: `cpu`, `cuda` or `mps`; each has its own queue.
        colour: Colours the tokens.
        status: Where progress is told.
    """
    asking = session.asking()
    asking.partial = asking.unsaved = None
    slots = {side: st.empty() for side in BOTH}
    with (
        bounds.asks(question),
        seated(question.baseline, question.compressed, machine, device, status) as pair,
    ):
        writing = _stream(pair, question, asking, colour, status, slots)
    return writing.snapshot()


def _stream(
    pair: Pair,
    question: Question,
    asking: session.Asking,
    colour: Quantity,
    status: DeltaGenerator,
    slots: dict[str, DeltaGenerator],
) -> Writing:
    from fairviz.analyses.comparison import run as compare

    writing, drawn = None, 0.0
    asking.writing.acquire()
    try:
        with closing(cast("Generator[Writing]", compare.stream(pair, question))) as steps:
            for writing in steps:
                session.breathe()
                now = time.monotonic()
                if now - drawn >= _REDRAW_SECONDS or writing.done:
                    drawn = now
                    draw(writing.snapshot(), colour, slots)
                    status.progress(min(writing.step / writing.total, 1.0), _pace(writing))
    finally:
        if writing is not None and not writing.done:
            asking.partial = writing.snapshot()
        asking.writing.release()
    if writing is None:
        raise RuntimeError("the stream ended before its first step")
    return writing


def draw(
    comparison: Comparison,
    colour: Quantity,
    slots: dict[str, DeltaGenerator],
) -> None:
    """Show both panes as far as they are written."""
    both = scale(colour, comparison.on_baseline, comparison.on_compressed)
    for side, slot in slots.items():
        feed(slot, side, panes.frame(comparison, side, both))


def _pace(writing: Writing) -> str:
    pace = writing.step / writing.seconds if writing.seconds > 0 else 0.0
    return _(
        "Token {step} of at most {total} · {pace:.0f} tokens per second each",
        step=writing.step,
        total=writing.total,
        pace=pace,
    )
