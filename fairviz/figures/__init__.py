"""Numbers in, a plotly figure out; nothing is computed or shown here."""

from fairviz.figures.along_text import along_text
from fairviz.figures.uncertainty import uncertainty

__all__ = ["along_text", "uncertainty"]
