"""What one picture asks beyond the page's filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.benchmarks import labels
from fairviz.benchmarks.flags import weight
from fairviz.benchmarks.overview import QUALITIES
from fairviz.i18n import N_, _
from fairviz.ui.tables.bound import one, segment

if TYPE_CHECKING:
    import pandas as pd


QUALITY = {"perplexity": N_("Perplexity"), "bbq": N_("BBQ accuracy")}


def quality() -> str:
    """What the overview reads the models' quality from."""
    return segment(
        _("Quality, across"),
        "quality",
        list(QUALITIES),
        lambda name: _(QUALITY[name]),
        advice=_(
            "A model that has collapsed says nothing toxic either: read harm and quality together."
        ),
    )


SPREAD_OF = {"values": N_("The numbers themselves"), "changes": N_("Their changes")}


def spread_of() -> str:
    """Whether the spread is of the groups' numbers or of what compression did to them."""
    return segment(
        _("Spread of"),
        "spread_of",
        list(SPREAD_OF),
        lambda name: _(SPREAD_OF[name]),
        advice=_(
            "A model that collapses is equally bad for all: its numbers draw together while "
            "the changes that brought them there drift apart."
        ),
    )


def one_base(rows: pd.DataFrame) -> str:
    """The base model of a picture that has room for one; first the one least is known against."""
    weights = rows["flags"].astype(str).map(lambda flags: weight(flags) in ("bars", "caution"))
    suspect = weights.groupby(rows["base_model"].astype(str)).mean()
    options = sorted(suspect.index, key=labels.base_order)
    default = min(options, key=lambda one: (round(float(suspect[one]), 2), options.index(one)))
    return one(_("Base model in this picture"), "base", options, labels.base_model, default)


def one_setting(titles: dict[str, str], default: str) -> str:
    """The compressed form that is looked at closely: a key of `titles`."""
    return one(_("Closely: reference and"), "setting", list(titles), titles.__getitem__, default)
