"""What is made and measured on this machine, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fairviz.core.specs import ModelSpec

if TYPE_CHECKING:
    from fairviz.analyses.tradeoff.evaluation_text import EvaluationText
    from fairviz.analyses.tradeoff.measure import Point
    from fairviz.compression.method import Method
    from fairviz.models.shelf import Made


class Row(NamedTuple):
    """A made model.

    Attributes:
        made: What it is.
        point: What was measured of it on the chosen text, else on another; None for neither.
        asked: Whether the chosen text can be measured on and was not yet.
    """

    made: Made
    point: Point | None
    asked: bool


def baseline_of(spec: ModelSpec) -> ModelSpec:
    """The same source without its compression."""
    return ModelSpec(spec.source, spec.revision)


def baselines() -> tuple[str, ...]:
    """Models that can be compressed here without a network, and those that were."""
    from fairviz.models import catalog
    from fairviz.models.shelf import shelf

    used = (str(baseline_of(one.spec)) for one in shelf())
    return tuple(dict.fromkeys((*catalog.suggestions(), *used)))


def rows(baseline: ModelSpec, text: EvaluationText | None) -> list[Row]:
    """Every made model, as the shelf orders them.

    Args:
        baseline: The page's; models that are ours are not measured on the text chosen for others,
            nor others on ours.
        text: The chosen text.
    """
    from fairviz.analyses.tradeoff.evaluation_text import ours
    from fairviz.analyses.tradeoff.measure import measured_of
    from fairviz.models.shelf import shelf

    found = []
    for made in shelf():
        points = measured_of(baseline_of(made.spec), made.model)
        here = [one for one in points if text is not None and one.text_hash == text.hash]
        alike = text is not None and ours(baseline_of(made.spec)) == ours(baseline)
        found.append(Row(made, next(iter([*here, *points]), None), alike and not here))
    return found


def in_compare(baseline: ModelSpec, compressed: ModelSpec) -> dict[str, str]:
    """The parameters that open a pair on the Compare page."""
    return {"baseline": str(baseline), "compressed": str(compressed)}


def forms(method: Method) -> tuple[str, ...]:
    """The text forms that a page offers of a method."""
    return method.forms or (method.name,)
