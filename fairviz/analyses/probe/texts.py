"""The texts that both models wrote, the words that differ marked."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fairviz.analyses.presentation import Chip, Text
from fairviz.i18n import _
from fairviz.metrics.traces import BOTH
from fairviz.probes.stored import differing

if TYPE_CHECKING:
    import pandas as pd

_COLUMNS = (("baseline_text", "compressed_text"), ("baseline_answer", "compressed_answer"))


def columns(items: pd.DataFrame) -> tuple[str, str] | None:
    """The columns that hold both models' texts; None for a probe that writes none."""
    if "baseline_answer" in items and "baseline_marks" not in items:
        return None  # the answer is an option such as `stereotyped`
    return next((pair for pair in _COLUMNS if all(name in items for name in pair)), None)


def ranked(items: pd.DataFrame) -> pd.DataFrame:
    """The flips first, then by size of the change; stored texts the most different first."""
    if "different" in items:
        return items
    order = items.assign(_flip=~items["flip"].astype(bool), _size=-items["shift"].abs())
    return order.sort_values(["_flip", "_size"], kind="stable").drop(columns=["_flip", "_size"])


def pair(both: Sequence[str], prompt: str) -> tuple[Text, Text]:
    """Two texts on one prompt, the words that the other does not have in that place marked."""
    marks = differing(*both)[:2]
    titles = (_("Baseline"), _("Compressed"))
    first, second = (
        Text(title, side, prompt, _pieces(text, marked))
        for side, title, text, marked in zip(BOTH, titles, both, marks, strict=True)
    )
    return first, second


def of_row(row: Mapping[Hashable, Any], names: tuple[str, str]) -> tuple[Text, Text]:
    """The two texts of an item whose `columns` are `names`."""
    return pair([str(row[name]) for name in names], str(row["prompt"]))


def _pieces(text: str, marks: Sequence[tuple[int, int]]) -> tuple[Chip, ...]:
    pieces, end = [], 0
    for start, stop in marks:
        pieces += [Chip(text[end:start]), Chip(text[start:stop], marked=True)]
        end = stop
    pieces.append(Chip(text[end:]))
    return tuple(piece for piece in pieces if piece.text)
