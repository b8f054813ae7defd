"""Words of the report's author alone: the heading and the note say everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.report.section import Section

if TYPE_CHECKING:
    from fairviz.report.record import Part


def section(answer: None, part: Part) -> Section:
    """An item without a run."""
    return Section(kind="text", title=part.title)
