"""Which model is made smaller; what is made and measured of it on this machine, joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _
from fairviz.ui.widgets import widget

if TYPE_CHECKING:
    from fairviz.analyses.tradeoff.evaluation_text import EvaluationText
    from fairviz.analyses.tradeoff.measure import Point
    from fairviz.compression.method import Method
    from fairviz.models.shelf import Made

BASELINE = "demo"


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


def baseline() -> ModelSpec:
    """The model that everything above the methods is about.

    Raises:
        BadSpec: If the name cannot be read, or is that of a compressed form.
    """
    from fairviz.models import catalog
    from fairviz.models.shelf import shelf

    # What can be compressed here without a network, and what was.
    used = (str(baseline_of(one.spec)) for one in shelf())
    # A model from a link is an option too, or it would be thrown out.
    wanted = st.session_state.get("baseline") or st.query_params.get("baseline") or BASELINE
    options = list(dict.fromkeys((BASELINE, *catalog.suggestions(), *used, str(wanted))))
    name = st.selectbox(**widget("baseline"), options=options, index=0)
    spec = ModelSpec.parse(str(name or BASELINE))
    if spec.compression.method != "none":
        plain = baseline_of(spec)
        raise BadSpec(
            _("{spec} is a compressed form, not a baseline.", spec=spec),
            fix=_(
                "Choose {baseline} as the baseline and the method further below.", baseline=plain
            ),
        )
    return spec


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


def forms(method: Method) -> tuple[str, ...]:
    """The text forms that a page offers of a method."""
    return method.forms or (method.name,)
