"""An audit as plain JSON values: rows, summary, what was left out, where it is from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fairviz.analyses.audit.parts import COLUMNS, by
from fairviz.analyses.audit.request import Audit
from fairviz.analyses.audit.shown import shown
from fairviz.analyses.audit.summary import summary
from fairviz.i18n import speaking


def document(audit: Audit, length: str = "") -> dict[str, Any]:
    """Everything, in English; NaN becomes null.

    Args:
        audit: What came out.
        length: How options of different lengths are compared; see `shown.shown`.
    """
    kind = audit.request.kind
    with speaking("en"):
        seen = shown(audit, length=length)
        found = summary(audit, seen.length)
    table, length = seen.table, seen.length
    return {
        "asked": audit.request.document(),
        "length": length if kind == "items" else None,
        "sentences": list(found.sentences),
        "summary": [plain(one._asdict()) for one in found.measured],
        "parts": {
            column: [plain(row) for row in by(table, column, kind).to_dict("records")]
            for column in COLUMNS
            if column in table
        },
        "rows": [plain(row) for row in table.to_dict("records")],
        "left_out": [one._asdict() for one in audit.left_out],
        "noise_floor": plain(dict(audit.floor)),
        "noise_floor_shown": plain(seen.floor._asdict()) if seen.floor is not None else None,
        "provenance": plain(dict(audit.provenance)),
    }


def plain(value: Any) -> Any:
    """A value as JSON takes it."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(one) for one in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
