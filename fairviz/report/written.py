"""A report as one file, in its own language and with today's date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from fairviz.analyses.presentation import Presentation
from fairviz.i18n import speaking
from fairviz.report.html.page import page
from fairviz.report.record import Report


def html(report: Report, sections: Sequence[Presentation]) -> str:
    """The HTML file of a report whose parts show these sections."""
    with speaking(report.language):
        return page(report, sections, made=datetime.now(UTC))
