"""Words of the report's author alone: the heading and the note say everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.analyses.presentation import Presentation

if TYPE_CHECKING:
    from fairviz.report.record import Part


def section(answer: None, part: Part) -> Presentation:
    """An item without a run."""
    return Presentation(kind="text", title=part.title)
