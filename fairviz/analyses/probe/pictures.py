"""The pictures of a probe: group by group, and how many samples are spread."""

from __future__ import annotations

import re

import pandas as pd

from fairviz import figures
from fairviz.analyses.presentation import Picture
from fairviz.core.declared import sentences_of
from fairviz.figures.probe import FEW
from fairviz.i18n import N_, _, said
from fairviz.metrics.traces import BOTH
from fairviz.probes import labels, text_measures
from fairviz.probes.cells import titled
from fairviz.probes.record import Outcome
from fairviz.probes.results import ALL, LEVEL

_say = sentences_of(__file__)
_LEAST_GROUPS, _MOST_GROUPS = 3, 30
# The values of every sample: drawn, not listed.
VALUES = "values"
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


def groups(outcome: Outcome) -> list[Picture]:
    """Values and differences of the groups; none where there is no group."""
    table = outcome.groups
    if not len(table):
        return []
    counted = _large_enough(table)
    shown = _largest(counted)
    p_values = shown["p_holm"].where(shown["group"] != ALL, shown["p"])
    changed = [bool(p < LEVEL) for p in p_values]
    measure, rest = _measure(outcome)
    numbers, null = titled(shown), outcome.details.get("null_models")
    less = _("The {n} that changed most of {all} groups.", n=len(shown) - 1, all=len(counted) - 1)
    return [
        Picture(
            name="probe_groups",
            figure=figures.probe_groups(shown, changed, measure, outcome.neutral),
            alt=_say("groups_alt", n=len(shown), measure=measure),
            caption=_sentences(
                # The end of a measure's name, told as a sentence.
                f"{rest[:1].upper()}{rest[1:].rstrip('.')}." if rest else "",
                less if len(shown) < len(counted) else "",
                _smaller(table, counted),
                _say("groups"),
                _("Dashed: no preference.") if outcome.neutral == outcome.neutral else "",
                _("Pale: fewer than {n} items, which say little.", n=FEW)
                if shown["n"].lt(FEW).any()
                else "",
            ),
            table=numbers,
        ),
        Picture(
            name="probe_difference",
            figure=figures.probe_difference(shown, changed, measure, null),
            alt=_say("difference_alt", n=len(shown)),
            caption=_sentences(
                _say("difference"),
                "" if any(changed) else _("Here none is."),
                _say("null") if null is not None else "",
            ),
            table=numbers,
        ),
    ]


def _smaller(table: pd.DataFrame, counted: pd.DataFrame) -> str:
    """How many groups are too small to be drawn, and how many items they hold."""
    small = table.drop(counted.index)["n"]
    if not len(small):
        return ""
    return _say("smaller", n=len(small), few=FEW, items=int(small.sum()))


def _sentences(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _measure(outcome: Outcome) -> tuple[str, str]:
    """The measure as the title of an axis, and what of it is too long for one."""
    whole = said.shown(outcome.measure)
    short, *rest = re.split(r"\u00a0?: ", whole, maxsplit=1)
    return (short, "".join(rest)) if "(" in short or len(whole) > 120 else (whole, "")


def _large_enough(table: pd.DataFrame) -> pd.DataFrame:
    """The row of all, and the groups whose items say something, where there are some."""
    enough = (table["n"] >= FEW) | (table["p_holm"] < LEVEL) | (table.index == table.index[0])
    return table[enough] if enough.sum() > _LEAST_GROUPS else table


def _largest(table: pd.DataFrame) -> pd.DataFrame:
    """The row of all, and the groups that changed most where there are too many to draw."""
    if len(table) <= _MOST_GROUPS + 1:
        return table
    size = table["difference"].iloc[1:].abs()
    kept = size.sort_values(ascending=False).index[:_MOST_GROUPS]
    return table.loc[[table.index[0], *sorted(kept)]]


def measures(outcome: Outcome) -> dict[str, str]:
    """Name -> title of every measure whose samples can be drawn; empty for most probes."""
    if VALUES not in outcome.details:
        return {}
    listed = outcome.details["measures"]
    drawn = set(outcome.details[VALUES]["measure"])
    titles = zip(listed["measure"], listed["title"], strict=True)
    return {name: text_measures.shown(str(title)) for name, title in titles if name in drawn}


def spread(outcome: Outcome, measure: str) -> Picture:
    """Both models' samples, one distribution beside the other."""
    values = outcome.details[VALUES]
    part = values[values["measure"] == measure]
    row = outcome.details["measures"].set_index("measure").loc[measure]
    title = text_measures.shown(str(row["title"]))
    unit = f" ({labels.shown(str(row['unit']))})" if part["baseline"].dropna().gt(1).any() else ""
    before, after = (part[side].to_numpy(dtype=float) for side in BOTH)
    described = part[list(BOTH)].astype(float).describe()
    described.index = [_(_STATISTICS[name]) for name in described.index]
    return Picture(
        title=_("Sample by sample"),
        name="probe_spread",
        figure=figures.probe_spread(before, after, f"{title}{unit}"),
        alt=_say("spread_alt", measure=title),
        caption=_say(
            "spread",
            meaning=text_measures.shown(str(row["meaning"])),
            **row[["n_baseline", "n_compressed", *BOTH]],
        ),
        table=titled(described.rename_axis("statistic").reset_index()),
    )
