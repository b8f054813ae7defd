"""What a probe says of the items that its models could not read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fairviz.core.errors import BadSpec
from fairviz.core.skips import Skip, example
from fairviz.i18n import _, said
from fairviz.probes.record import Outcome


def without(outcome: Outcome, lost: Sequence[Skip]) -> Outcome:
    """An outcome that tells which items could not be measured, and why the first could not."""
    import pandas as pd

    if not lost:
        return outcome
    sentence = said.ngettext(
        "{n} item could not be measured under both models and is left out on both sides: {reason}.",
        "{n} items could not be measured under both models and are left out on both sides; the "
        "first: {reason}.",
        len(lost),
        reason=lost[0].reason,
    )
    return replace(
        outcome,
        sentences=(*outcome.sentences, sentence),
        details={**outcome.details, "left_out": pd.DataFrame(lost)},
    )


def nothing_left(source: str, lost: Sequence[Skip]) -> BadSpec:
    """What is raised where no item is left, with the first reason."""
    return BadSpec(
        _("No item of {source} could be measured.", source=source) + example(lost),
        fix=_("Choose other items, or look at the two models."),
    )
