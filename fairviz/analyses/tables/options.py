"""What a reader may change of a view of the tables beyond what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.analyses.presentation import Option
from fairviz.analyses.tables.view import TableView, allowed, on_axis
from fairviz.benchmarks import labels
from fairviz.benchmarks.change import changes
from fairviz.benchmarks.flags import weight
from fairviz.benchmarks.groups import finest, labelled
from fairviz.i18n import N_

if TYPE_CHECKING:
    import pandas as pd

_QUALITY = Option(
    "quality",
    N_("Quality, across"),
    (("perplexity", N_("Perplexity")), ("bbq", N_("BBQ accuracy"))),
    "perplexity",
    N_("A model that has collapsed says nothing toxic either: read harm and quality together."),
    figure="overview",
)
_SPREAD_OF = Option(
    "spread_of",
    N_("Spread of"),
    (("values", N_("The numbers themselves")), ("changes", N_("Their changes"))),
    "values",
    N_(
        "A model that collapses is equally bad for all: its numbers draw together while the "
        "changes that brought them there drift apart."
    ),
)


def options(view: TableView) -> tuple[Option, ...]:
    """The options of a view; which compressed forms there are follows from its base model."""
    if view.request.view == "overview":
        return (_QUALITY,)
    if view.request.view == "spread":
        return (_SPREAD_OF,)
    if view.request.view != "groups" or by_group(view).empty:
        return ()
    base = _base(view)
    forms = _forms(view, str(base.chosen(view.extras.get("base"))))
    if not forms:
        return (base,)
    ranked = bool((by_group(view)["level"] == "rank").any())
    half = next((name for name, _rest in forms if "50 %" in name and not ranked), forms[0][0])
    figure = "ranks" if ranked else "dumbbell"
    return base, Option("setting", N_("Closely: reference and"), forms, half, figure=figure)


def _base(view: TableView) -> Option:
    """The base model of a picture that has room for one; first the one least is known against."""
    rows = by_group(view)
    whose = rows["base_model"].astype(str)
    names = sorted(whose.unique(), key=labels.base_order)
    doubted = rows["flags"].astype(str).map(lambda flags: weight(flags) in ("bars", "caution"))
    suspect = doubted.groupby(whose).mean()
    first = min(names, key=lambda name: (round(float(suspect[name]), 2), names.index(name)))
    titles = tuple((name, labels.base_model(name)) for name in names)
    return Option("base", N_("Base model in this picture"), titles, first)


def _forms(view: TableView, base: str) -> tuple[tuple[str, str], ...]:
    """The compressed forms that can be looked at closely: English name and name for a reader.

    The English one stands in addresses: a translated one would choose another form.
    """
    shown, _rest = moved(view, base)
    compressed = shown[shown["method"] != "none"]
    return tuple(dict(zip(compressed["setting"], compressed["form"], strict=True)).items())


def by_group(view: TableView) -> pd.DataFrame:
    """The rows of the finest groups that an axis has, or of its places in a sorted list."""
    here = on_axis(view.rows, view.request)
    if (here["level"] == "rank").any():
        return here
    # An axis of which only the whole is known has nothing to lay side by side.
    return here if finest(here).empty else finest(here)


def moved(view: TableView, base: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Labelled rows of one base model, shown and hidden; of groups those with a change."""
    here = by_group(view)
    here = here[here["base_model"].astype(str) == base]
    if not (here["level"] == "rank").any():
        here = changes(here, view.request.reference).dropna(subset=["change"])
    return allowed(labelled(here), view.request)
