"""The pictures of a probe, and its columns as a reader calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz import figures
from fairviz.analyses.presentation import Picture
from fairviz.i18n import N_, _, ngettext, said
from fairviz.metrics.traces import BOTH
from fairviz.probes import labels, text_measures
from fairviz.probes.cells import cells
from fairviz.probes.headings import heading
from fairviz.probes.record import Outcome
from fairviz.probes.rows import LEVEL

if TYPE_CHECKING:
    import pandas as pd

_MOST_GROUPS = 30
_VALUES = "values"


# As pandas names what it describes.
_STATISTICS = {
    "count": N_("number"),
    "mean": N_("mean"),
    "std": N_("standard deviation"),
    "min": N_("least"),
    "25%": N_("first quartile"),
    "50%": N_("median"),
    "75%": N_("third quartile"),
    "max": N_("greatest"),
}


def pictures(outcome: Outcome) -> list[Picture]:
    """Values and differences of the groups, and how samples are spread where there are any."""
    table = outcome.groups
    if not len(table):
        return []
    shown = _largest(table)
    p_values = shown["p_holm"].where(shown["group"] != "all", shown["p"])
    changed = [bool(one) for one in p_values < LEVEL]
    measure = said.shown(outcome.measure)
    numbers = named(shown)
    less = (
        _("The {n} that changed most of {all} groups.", n=len(shown) - 1, all=len(table) - 1) + " "
        if len(shown) < len(table)
        else ""
    )
    neutral = " " + _("Dashed: no preference.") if outcome.neutral == outcome.neutral else ""
    drawn = [
        Picture(
            figure=figures.probe_groups(shown, changed, measure, outcome.neutral),
            alt=ngettext(
                "{measure}: baseline and compressed value of {n} group with intervals.",
                "{measure}: baseline and compressed value of {n} groups with intervals.",
                len(shown),
                measure=measure,
            ),
            caption=less
            + _("Both models, group by group; in brackets how many items, lines 95 % intervals.")
            + neutral,
            table=numbers,
        ),
        Picture(
            figure=figures.probe_difference(shown, changed, measure),
            alt=ngettext(
                "Change of {n} group from baseline to compressed, with its interval.",
                "Change of {n} groups from baseline to compressed, with intervals.",
                len(shown),
            ),
            caption=_(
                "The change. A star before the name and a filled square: more than chance, after "
                "Holm's correction over all groups."
            ),
            table=numbers,
        ),
    ]
    return [*drawn, *_spread(outcome)]


def _largest(table: pd.DataFrame) -> pd.DataFrame:
    """The row of all, and the groups that changed most where there are too many to draw."""
    if len(table) <= _MOST_GROUPS + 1:
        return table
    size = table["difference"].iloc[1:].abs()
    kept = size.sort_values(ascending=False).index[:_MOST_GROUPS]
    return table.loc[[table.index[0], *sorted(kept)]]


def _spread(outcome: Outcome) -> list[Picture]:
    """The first measure's distribution over samples."""
    if _VALUES not in outcome.details or not len(outcome.details[_VALUES]):
        return []
    values = outcome.details[_VALUES]
    listed = outcome.details["measures"].set_index("measure")
    name = next((one for one in listed.index if one in set(values["measure"])), None)
    if name is None:
        return []
    part, one = values[values["measure"] == name], listed.loc[name]
    title = text_measures.shown(str(one["title"]))
    unit = f" ({labels.shown(str(one['unit']))})" if part["baseline"].dropna().gt(1).any() else ""
    return [
        Picture(
            figure=figures.probe_spread(
                part["baseline"].to_numpy(dtype=float),
                part["compressed"].to_numpy(dtype=float),
                f"{title}{unit}",
            ),
            alt=_(
                "{what}: how many percent of the samples of each model have which value.",
                what=title,
            ),
            caption=text_measures.shown(str(one["meaning"])),
            table=named(_described(part)),
        )
    ]


def _described(part: pd.DataFrame) -> pd.DataFrame:
    """Number, mean, standard deviation and quartiles of both models' samples, a row each."""
    found = part[list(BOTH)].astype(float).describe()
    return (
        found.set_axis([_(_STATISTICS[name]) for name in found.index])
        .rename_axis("statistic")
        .reset_index()
    )


def named(table: pd.DataFrame) -> pd.DataFrame:
    """The columns under headings a reader understands, fairviz's own words in their language."""
    return cells(table).rename(columns={str(name): heading(str(name)) for name in table})
