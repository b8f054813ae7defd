"""A trade-off: which forms of which baseline were measured on which text, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from fairviz.analyses.tradeoff.measure import Point
from fairviz.core.documents import Documented
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _, ngettext


@dataclass(frozen=True)
class TradeoffRequest(Documented):
    """What was asked."""

    baseline: ModelSpec  # the model before compression
    forms: tuple[str, ...]  # names of the compressed models
    text: str  # name of the text that all were measured on
    text_hash: str  # of that text

    @property
    def compressed(self) -> ModelSpec:
        """The baseline again: the forms are many."""
        return self.baseline


@dataclass(frozen=True, eq=False)
class Tradeoff:
    """What was measured of each form."""

    request: TradeoffRequest  # what was asked
    points: tuple[Point, ...]  # one a form
    # The baseline's own megabytes, `disk` and `memory`, where they are known.
    whole: Mapping[str, float] = field(default_factory=dict)
    # Form that the model cannot take -> why.
    refused: Mapping[str, str] = field(default_factory=dict)
    # Versions and date; empty where it is drawn of what lies in the cache.
    provenance: Mapping[str, Any] = field(default_factory=dict)


def label(request: TradeoffRequest, facts: Mapping[str, Any] = MappingProxyType({})) -> str:
    """One line for a list: the baseline, how many forms, the text."""
    return ngettext(
        "{baseline}: {n} compressed form on {text}",
        "{baseline}: {n} compressed forms on {text}",
        len(request.forms),
        baseline=str(request.baseline),
        text=_(request.text),
    )
