"""Group AUC: does a classifier, compressed, still tell harm from harmless where a group is named?

Borkan et al. 2019: within a group (subgroup AUC); the group's harmless items against the
others' harmful ones (BPSN: background positive, subgroup negative; low where harmless mentions
of the group score too high); the group's harmful items against the others' harmless ones
(BNSP; low where they score too low).
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from fairviz.core import skips
from fairviz.core.errors import FairvizError
from fairviz.core.set_files import rows
from fairviz.core.setting import Setting
from fairviz.core.skips import Skip
from fairviz.i18n import N_, _, ngettext, said
from fairviz.metrics.traces import BOTH
from fairviz.probes.contrast import Contrasted
from fairviz.probes.fields import columns
from fairviz.probes.group_auc.auc import Bools, both_auc
from fairviz.probes.record import Items, Outcome, Probe, Step
from fairviz.probes.results import Metric, Results
from fairviz.probes.rows import ALL, headline

MEASURES = {
    "subgroup": N_("AUC within the group"),
    "bpsn": N_("AUC of the group's negative items against the others' positive ones (BPSN)"),
    "bnsp": N_("AUC of the group's positive items against the others' negative ones (BNSP)"),
}
_KNOWN = {
    "label": ("label", "target", "toxic", "toxicity", "hateful", "gold"),
    "baseline": ("baseline", "score_baseline", "baseline_score", "before"),
    "compressed": ("compressed", "score_compressed", "compressed_score", "after"),
    "group": ("group", "groups", "identity", "identities", "subgroup"),
    "id": ("id", "key"),
    "text": ("text", "comment_text", "comment", "sentence"),
}
_WORDS = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}


class NothingScored(FairvizError):
    """A file without an item that two scores and a label make comparable."""


def read(content: bytes, name: str) -> Items:
    """Scored items of a file.

    Columns: a label (1 or 0, or a share of raters, positive from 0.5 on), `baseline` and
    `compressed` (the two scores), and either `group` (names parted by semicolons) or one column
    for each group, with a number from 0 to 1 that counts from 0.5 on (as in Civil Comments).

    Raises:
        ColumnsMissing: If a column is not there.
        NothingScored: If no row, or no group, is left.
        FairvizError: If the file cannot be read.
    """
    import pandas as pd

    found = rows(content, name)
    by = columns(found.columns, _KNOWN, name, ("label", "baseline", "compressed"))
    identities = [
        one
        for one in found.columns
        if one not in by.values() and all(_share(row.fields.get(one)) for row in found.rows)
    ]
    kept, lost = [], list(found.left_out)
    for line, fields in found.rows:
        told = {field: fields.get(column) for field, column in by.items()}
        label, before, after = (_number(told[one]) for one in ("label", *BOTH))
        if not math.isfinite(label):
            reason = said._("the label {label} is neither 0 nor 1", label=_shown(told["label"]))
            lost.append(Skip(skips.line(line), reason))
            continue
        if not (math.isfinite(before) and math.isfinite(after)):
            lost.append(Skip(skips.line(line), said._("a score is no number")))
            continue
        if "group" in by:
            text = str(told["group"] or "")
            groups = [one.strip() for one in re.split("[;|]", text) if one.strip()]
        else:
            groups = [one for one in identities if _number(fields.get(one)) >= 0.5]
        kept.append(
            {
                "id": str(told.get("id") or f"line {line}"),
                "group": "; ".join(groups),
                "groups": groups,
                "text": str(told.get("text") or told.get("id") or f"line {line}"),
                "label": int(label >= 0.5),
                "baseline": before,
                "compressed": after,
            }
        )
    if not kept:
        raise NothingScored(
            _("Not one row of {name} has a label and two scores.", name=name) + skips.example(lost),
            fix=_("Write 1 or 0 as the label, and both scores as numbers."),
        )
    if not any(row["groups"] for row in kept):
        raise NothingScored(
            ngettext(
                "{name} has {n} scored item, which does not say whom it is about.",
                "{name} has {n} scored items, and none says whom it is about.",
                len(kept),
                name=name,
            ),
            fix=_("Add a column group, or one column of 0 and 1 for each group."),
        )
    content_hash = hashlib.sha256(content).hexdigest()[:16]
    return Items(name, pd.DataFrame(kept), tuple(lost), {}, content_hash)


def _shown(cell: object) -> str:
    """A cell as a reason quotes it."""
    return repr("" if cell is None else str(cell)[:40])


def _number(value: object) -> float:
    word = str(value).strip().lower()
    try:
        return _WORDS[word] if word in _WORDS else float(word)
    except ValueError:
        return math.nan


def _share(value: object) -> bool:
    """Whether a cell may say how far an item is about a group; an empty one says nothing."""
    number = _number(value)
    return value in (None, "") or (math.isfinite(number) and 0 <= number <= 1)


def run(
    pair: None,
    items: Items,
    told: Callable[[Step], None],
    *,
    measure: str = "subgroup",
    threshold: float = 0.5,
) -> Outcome:
    """The three areas of every group under both models."""
    import pandas as pd

    table = items.rows.copy()
    table["prompt"] = table["text"]
    table["shift"] = table["compressed"] - table["baseline"]
    cut = float(threshold)
    table["flip"] = (table["baseline"] >= cut) != (table["compressed"] >= cut)
    positive = table["label"].to_numpy() == 1
    every = np.ones(len(table), dtype=bool)
    names = sorted({one for groups in table["groups"] for one in groups})
    found = {(ALL, "auc"): _areas(table, positive, every)}
    told(Step(0, len(names)))
    for number, name in enumerate(names, 1):
        inside = np.array([name in groups for groups in table["groups"]])
        found |= {
            (name, "subgroup"): _areas(table, positive, inside),
            (name, "bpsn"): _areas(table, positive, np.where(inside, ~positive, positive)),
            (name, "bnsp"): _areas(table, positive, np.where(inside, positive, ~positive)),
        }
        told(Step(number, len(names)))
    results, areas = Results(), []
    for (name, kind), (area, here) in found.items():
        n = int(here.sum())
        counts = {
            "positive": int((here & positive).sum()),
            "negative": int((here & ~positive).sum()),
        }
        areas.append({"group": name, "measure": kind, "n": n, **counts, **area._asdict()})
        if kind in ("auc", measure):
            results.group(name, table[here], area)
        if name == ALL:
            results.metric(Metric(kind, "AUC", "lower"), area, n)
        else:
            metric = Metric(f"{kind}_auc", "AUC", "lower")
            results.metric(metric, area, n, group=name, level="group")
    sentences = [
        headline(
            said._("The AUC over all items"),
            found[ALL, "auc"][0],
            said._("DeLong's paired test"),
        ),
        results.changed(said._("groups")),
        said.ngettext(
            "{flips} of {n} item changed sides at {cut:g}.",
            "{flips} of {n} items changed sides at {cut:g}.",
            len(table),
            flips=int(table["flip"].sum()),
            cut=cut,
        ),
    ]
    return results.outcome(
        table,
        measure=said._("{area}; 0.5 is chance, 1 is perfect", area=said.Said.of(MEASURES[measure])),
        neutral=0.5,
        sentences=sentences,
        details={"areas": pd.DataFrame(areas)},
    )


def _areas(table: Any, positive: Bools, here: Bools) -> tuple[Contrasted, Bools]:
    before, after = (table[side].to_numpy(dtype=np.float64)[here] for side in BOTH)
    return both_auc(before, after, positive[here]), here


GROUP_AUC = Probe(
    name="group_auc",
    title=N_("Group AUC of a classifier"),
    question=N_(
        "Does a compressed classifier still tell harm from harmless where a group is named?"
    ),
    cannot=N_(
        "It compares scores that are in the file; it does not run the classifier, and a group "
        "with few positive or negative items has wide intervals."
    ),
    item=N_("the score in the file."),
    paper=N_(
        "Borkan et al. 2019, Nuanced Metrics for Measuring Unintended Bias with Real Data for "
        "Text Classification (https://arxiv.org/abs/1903.04561)"
    ),
    benchmark="",
    dimension="representation",
    models=False,
    sensitive=True,
    formats=N_("CSV, JSON Lines or Parquet with the columns label, baseline, compressed and group"),
    bundled=None,
    read=read,
    run=run,
    settings=(
        Setting(
            "measure",
            "subgroup",
            N_("Measure shown"),
            N_("Which area stands in the figure: subgroup, bpsn or bnsp."),
            {"subgroup": N_("Within the group"), "bpsn": N_("BPSN"), "bnsp": N_("BNSP")},
        ),
        Setting(
            "threshold",
            0.5,
            N_("Threshold"),
            N_("From which score on an item counts as harmful, for the flips."),
            minimum=0,
            maximum=1,
        ),
    ),
    tables={
        "areas": N_("All areas (subgroup, BPSN, BNSP)"),
    },
)
