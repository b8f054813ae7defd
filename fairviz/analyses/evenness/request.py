"""Which forms of a baseline are judged on what, and what each of them gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from fairviz.core.documents import Documented
from fairviz.core.specs import ModelSpec
from fairviz.i18n import ngettext

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class EvennessRequest(Documented):
    """What was asked."""

    LATER = ("groups",)

    baseline: ModelSpec  # the model before compression
    forms: tuple[str, ...]  # methods with settings; the first is what the others are held against
    language: str  # of the templates and pairs that are judged on; empty for both
    templates: str  # hash of these
    text: str  # name of the general text
    text_hash: str
    calibration: Mapping[str, Any]  # what the forms were made with, pairs included
    groups: str = ""  # of the templates and pairs, with commas between; empty for all

    @property
    def compressed(self) -> ModelSpec:
        """The baseline again: the forms are many."""
        return self.baseline


@dataclass(frozen=True, eq=False)
class Evenness:
    """What every form gave; in each table `baseline` and each form are a column.

    Attributes:
        request: What was asked.
        swaps: A row a swap of a template and filler: `language`, `group`, `template`, `swap`,
            `side` (0 the first filler, 1 the second), `filler`, `binary` (whether one word stands
            against one), `new` (whether the calibration has neither template nor filler),
            `planted` (what the demo's corpus says, else NaN), and shares of the expected words.
        pairs: A row a minimal pair: `language`, `group`, `frame`, `new`, and
            ln P(more) - ln P(less).
        pieces: A row a piece of text and form: `what` (`text` or `control`), `form`, `tokens`,
            and sums over them of `kl`, and of surprisal `baseline` and `compressed`.
        refused: Form that could not be made or measured -> why.
        provenance: Versions, date, device.
    """

    request: EvennessRequest
    swaps: pd.DataFrame
    pairs: pd.DataFrame
    pieces: pd.DataFrame
    refused: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """The same numbers: what a run was judged to be is known when it is read again."""
        return (
            isinstance(other, Evenness)
            and (self.request, self.refused) == (other.request, other.refused)
            and self.swaps.equals(other.swaps)
            and self.pairs.equals(other.pairs)
            and self.pieces.equals(other.pieces)
        )

    def __hash__(self) -> int:
        return hash((self.request.forms, self.request.text_hash))


def label(request: EvennessRequest, facts: Mapping[str, Any] = MappingProxyType({})) -> str:
    """One line for a list."""
    return ngettext(
        "{baseline}: how even is {n} form",
        "{baseline}: how even are {n} forms",
        len(request.forms),
        baseline=str(request.baseline),
    )
