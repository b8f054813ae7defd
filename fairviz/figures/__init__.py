"""Numbers in, a plotly figure out; nothing is computed or shown here."""

from typing import Any

from fairviz.figures.along_text import MOST, along_text, curves, uncertainty
from fairviz.figures.audit import (
    audit_before_after,
    audit_parts,
    audit_rate,
    audit_reliability,
    audit_shift,
)
from fairviz.figures.legend import legend
from fairviz.figures.probe import probe_difference, probe_groups, probe_spread
from fairviz.figures.review import review_votes
from fairviz.figures.table_forms import table_curves, table_overview, table_spread
from fairviz.figures.table_groups import table_dumbbell, table_heat, table_ranks

# What plotly draws around a figure: one button, to keep it as a picture.
CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "modeBarButtons": [["toImage"]],
    "toImageButtonOptions": {"scale": 2},
}

__all__ = [
    "CONFIG",
    "MOST",
    "along_text",
    "audit_before_after",
    "audit_parts",
    "audit_rate",
    "audit_reliability",
    "audit_shift",
    "curves",
    "legend",
    "probe_difference",
    "probe_groups",
    "probe_spread",
    "review_votes",
    "table_curves",
    "table_dumbbell",
    "table_heat",
    "table_overview",
    "table_ranks",
    "table_spread",
    "uncertainty",
]
