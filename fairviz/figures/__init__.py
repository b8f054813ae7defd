"""Numbers in, a plotly figure out; nothing is computed or shown here."""

from fairviz.figures.along_text import along_text
from fairviz.figures.uncertainty import uncertainty

# What plotly draws around a figure: one button, to keep it as a picture.
CONFIG = {
    "displaylogo": False,
    "modeBarButtons": [["toImage"]],
    "toImageButtonOptions": {"scale": 2},
}

__all__ = ["CONFIG", "along_text", "uncertainty"]
