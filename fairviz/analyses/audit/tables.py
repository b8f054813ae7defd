"""An audit in tables: its rows, its parts (languages, themes, groups), and all as one document."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from fairviz.analyses import null_models
from fairviz.analyses.audit.null import held
from fairviz.analyses.audit.request import BANK, Audit, AuditRequest
from fairviz.analyses.audit.shown import FLAG, SHIFT, Shown, clusters, shown
from fairviz.analyses.audit.summary import summary
from fairviz.core.declared import declared
from fairviz.core.json_file import plain
from fairviz.core.remembered import remembered
from fairviz.i18n import N_, _, speaking
from fairviz.metrics.traces import BOTH, Floats, Ints
from fairviz.probes import labels
from fairviz.stats import effective, mean_interval, wilson

# Which columns tell prompts or items apart.
COLUMNS = ("language", "theme", "group")
PART_TITLES = {"language": N_("By language"), "theme": N_("By theme"), "group": N_("By group")}
# What both models read, and what each made of it.
TEXT = {"prompts": "text", "items": "context", "answers": "context"}
_MADE = {"prompts": "top", "items": "answer", "answers": "answer"}


def label(value: str, source: str) -> str:
    """A language, theme or group of a set; those of a file stand as in the file."""
    return labels.shown(value) if source == BANK else value


def may_hurt(source: str, table: pd.DataFrame) -> bool:
    """Whether rows are shown only when asked for: a stranger's prompts about people. The bank's
    own were written to be shown."""
    return source != BANK and bool(table["group"].ne("").any())


def by_shift(values: Floats, most: int) -> Ints:
    """Places of so many rows, the largest shift first; what was not measured last."""
    falling = -np.nan_to_num(values, nan=-1.0)
    places = np.arange(len(falling))
    if most < len(falling):
        least = np.partition(falling, most - 1)[most - 1]
        places = np.flatnonzero(falling <= least)
    return places[np.argsort(falling[places], kind="stable")][:most]


def made(seen: Shown, side: str) -> list[str]:
    """What one model made of each row: its likeliest token, its choice or its words."""
    kind, table = seen.audit.request.kind, seen.table
    if kind != "items":
        return [str(text) for text in table[f"{side}_{_MADE[kind]}"]]
    chosen = zip(table["options"], table[f"{side}_prediction"], strict=True)
    return [str(list(options)[int(place)]).strip() for options, place in chosen]


def rows(seen: Shown, most: int, *, brief: bool = False) -> pd.DataFrame:
    """At most so many of the rows that moved most, under headings a reader understands.

    `brief` shows only what was read, how far it moved, and what both models made of it.
    """
    request, table = seen.audit.request, seen.table
    kind = request.kind
    if kind == "items":
        table = table.assign(**{f"{side}_answer": made(seen, side) for side in BOTH})
    titles = {name: _(title) for name, title in declared(__file__)[kind].items() if name in table}
    if brief:
        wanted = TEXT[kind], SHIFT[kind], "baseline_entropy", *(f"{s}_{_MADE[kind]}" for s in BOTH)
        titles = {name: titles[name] for name in wanted}
    first = table.iloc[by_shift(seen.shift, most)]
    told = {
        name: [label(str(value), request.source) for value in first[name]]
        for name in ("theme", "group")
        if name in table
    }
    first = first.assign(**told)
    return first[list(titles)].rename(columns=titles)


@remembered
def by(table: pd.DataFrame, column: str, kind: str) -> pd.DataFrame:
    """One row per value of `language`, `theme` or `group`, the largest shift first.

    Args:
        table: Rows of prompts, or of items with their `outcomes`.
        column: Which of the three; rows where it is empty are left out.
        kind: Of the audit: `prompts`, `items` or `answers`.

    Returns:
        The column, `n`, `shift` (mean KL of prompts and of answers in own words, mean
        Jensen-Shannon divergence of items, nats) with `low` and `high` (bootstrap over clusters),
        and `changed` (share whose top token, choice or words changed) with `changed_low` and
        `changed_high` (Wilson).
    """
    distance, flag = SHIFT[kind], FLAG[kind]
    found: list[tuple[Any, ...]] = []
    every = clusters(table)
    for value, places in table.groupby(column, sort=True).indices.items():
        if value == "":
            continue
        part, units = table[[flag, distance]].iloc[places], every[places]
        rate = float(part[flag].mean())
        shift = mean_interval(part[distance], units, bounds=(0.0, math.inf))
        worth = effective(part[flag], units)
        ends = wilson(rate * worth, worth)
        moved = shift.mean, shift.low, shift.high
        found.append((str(value), len(part), *moved, rate, float(ends.low), float(ends.high)))
    columns = [column, "n", "shift", "low", "high", "changed", "changed_low", "changed_high"]
    return pd.DataFrame(found, columns=columns).sort_values(
        "shift", ascending=False, ignore_index=True
    )


def parted(table: pd.DataFrame, column: str, request: AuditRequest) -> pd.DataFrame:
    """What `by` gives, under headings a reader understands."""
    frame = by(table, column, request.kind).copy()
    frame[column] = [label(str(value), request.source) for value in frame[column]]
    titles = {name: _(title) for name, title in declared(__file__)["parts"].items()}
    return frame.rename(columns={column: _(PART_TITLES[column]), **titles})


def document(audit: Audit, length: str = "") -> dict[str, Any]:
    """Everything as plain JSON values, in English; NaN becomes null."""
    kind = audit.request.kind
    with speaking("en"):
        seen = shown(audit, length=length)
        found = summary(audit, seen.length)
    return {
        "asked": audit.request.document(),
        "length": seen.length if kind == "items" else None,
        "sentences": list(found.sentences),
        "summary": [plain(one._asdict()) for one in found.measured],
        "parts": {
            column: plain(by(seen.table, column, kind).to_dict("records"))
            for column in COLUMNS
            if column in seen.table
        },
        "rows": plain(seen.table.to_dict("records")),
        "left_out": [one._asdict() for one in audit.left_out],
        "noise_floor": plain(audit.floor),
        "noise_floor_shown": plain(seen.floor._asdict()) if seen.floor is not None else None,
        **({"null": null_models.document(audit.null, *held(audit))} if audit.null else {}),
        "provenance": plain(audit.provenance),
    }
