"""A reading on the page: how far it is, and its files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.reading.request import Reading
from fairviz.core import csv_file
from fairviz.i18n import _, ngettext
from fairviz.metrics import trace_tables
from fairviz.ui import downloads, measuring
from fairviz.ui.measuring import Shown, Wanted

if TYPE_CHECKING:
    from fairviz.analyses.reading.run import Progress


def answer(wanted: Wanted) -> Shown | None:
    """What the page shows; None before anything was read."""
    began = 0.0

    def draw(step: Progress, status: DeltaGenerator) -> None:
        nonlocal began
        if step.floor:
            status.progress(1.0, _("All is read and kept; now the noise floor…"))
            return
        began = began or time.monotonic()
        left = (time.monotonic() - began) / step.done * (step.of - step.done)
        status.progress(step.done / step.of, _pace(step, left))

    return measuring.shown("reading", wanted, draw, button=_("Read"), again=True)


def _pace(step: Progress, left: float) -> str:
    read = ngettext(
        "{done:,} of {n:,} token read", "{done:,} of {n:,} tokens read", step.of, done=step.done
    )
    return f"{read}, {measuring.time_left(left)}" if left > 2 else read


def files(reading: Reading) -> tuple[downloads.File, ...]:
    """The whole reading, and its tokens as a table."""
    texts = {str(number): trace for number, trace in enumerate(reading.traces, 1)}
    return (
        downloads.File(
            _("JSON: everything measured"),
            "fairviz-reading.json",
            lambda: downloads.as_json(reading.document()),
        ),
        downloads.File(
            _("CSV: one row per token"),
            "fairviz-tokens.csv",
            lambda: csv_file.written(trace_tables.rows(texts)),
        ),
    )
