"""A note as the file shows it: its Markdown can stress and link, and loads or runs nothing."""

from __future__ import annotations

from fairviz.report.html.notes import note
from fairviz.ui import markup


def draw(text: str) -> None:
    """The note, if there is one."""
    shown = note(text)
    if shown:
        # The browser's side cleans it once more; HTML in the note is text by now.
        markup.draw("note", note=shown)
