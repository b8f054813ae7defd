"""Right answers that a task publishes apart from its questions: one a line, in the same order."""

from __future__ import annotations

from fairviz.core.errors import Unreadable
from fairviz.core.set_files import Row, Rows
from fairviz.core.text_file import text_of
from fairviz.i18n import _, ngettext


def labelled(found: Rows, labels: bytes, name: str) -> Rows:
    """The rows with their right answers, as the field `label`.

    A row that could not be read keeps its place, so the rows below it get their own labels.

    Raises:
        BadText: If the labels are empty or not UTF-8.
        Unreadable: If there are not as many labels as rows.
    """
    words = text_of(labels, _("The labels of {file}", file=name)).split()
    # "line 7" or "entry 7"
    broken = [int(one.which.rsplit(maxsplit=1)[-1]) for one in found.left_out]
    lines = sorted([line for line, _rest in found.rows] + broken)
    if len(words) != len(lines):
        raise Unreadable(
            ngettext(
                "{file} has {n:,} row, its labels are {labels:,}.",
                "{file} has {n:,} rows, its labels are {labels:,}.",
                len(lines),
                file=name,
                labels=len(words),
            ),
            fix=_("Give the labels of the same split."),
        )
    label = dict(zip(lines, words, strict=True))
    return found._replace(
        rows=[Row(line, {**fields, "label": label[line]}) for line, fields in found.rows]
    )
