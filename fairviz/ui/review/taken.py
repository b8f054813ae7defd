"""A review's outcome as files, once it may be seen."""

from __future__ import annotations

import json

from fairviz.analyses.review import export
from fairviz.analyses.review.record import Review
from fairviz.analyses.review.result import result
from fairviz.i18n import _
from fairviz.ui import downloads


def files(review: Review) -> None:
    """Everything as JSON, the answers and their whole history as CSV."""
    found = result(review)
    stem = f"fairviz-review-{review.name}"
    downloads.draw(
        downloads.File(
            _("JSON: everything"),
            f"{stem}.json",
            lambda: json.dumps(found.document(), ensure_ascii=False, allow_nan=False),
        ),
        downloads.File(_("CSV: one row an answer"), f"{stem}.csv", lambda: export.rows(found)),
        downloads.File(
            _("CSV: with every answer that was changed"),
            f"{stem}-history.csv",
            lambda: export.rows(found, history=True),
            key="history",
        ),
    )
