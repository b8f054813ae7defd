"""A text in the colours of its tokens, where nothing of it can be chosen: on slides, of servers."""

from __future__ import annotations

from fairviz.analyses.presentation import Chip, Text
from fairviz.figures.palette import BASELINE, COMPRESSED
from fairviz.ui import markup

# Stronger colours than this get a stroke as well, as in the report's file.
_STROKED = 0.15


def draw(text: Text, *, most: int, large: int = 0, blurred: bool = False) -> None:
    """A text, of which `most` tokens are shown; written larger where it has at most `large`."""
    shown = text.chips[:most]
    markup.draw(
        "slide_text",
        text=text,
        chips=[(chip, _look(text, chip)) for chip in shown],
        left=len(text.chips) > len(shown),
        large=len(shown) <= large,
        blurred=blurred,
    )


def _look(text: Text, chip: Chip) -> dict[str, str]:
    """Colour, and for its sign a stroke: solid for a rise, dotted for a fall."""
    size, falls = min(abs(chip.strength), 1.0), chip.strength < 0
    stroked = chip.marked or (size >= _STROKED and bool(text.low))
    return {
        "colour": (text.low or BASELINE) if falls else (text.high or COMPRESSED),
        "strength": f"{60 * size:.0f}",
        "stroke": ("fv-falls" if falls else "fv-rises") if stroked else "",
    }
