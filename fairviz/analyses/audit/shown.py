"""What a reader is shown of an audit: by default the same on the page, in files and in reports."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from fairviz.analyses.audit.request import Audit
from fairviz.core.declared import declared, sentences_of
from fairviz.core.remembered import remembered
from fairviz.i18n import _
from fairviz.inference import noise_floor as noise
from fairviz.inference.outcomes import outcomes
from fairviz.metrics.traces import BOTH, Bools, Floats, Ints
from fairviz.stats.clusters import in_order
from fairviz.tasks import TASKS

# What each kind of audit is about: the shift that sentences and first figures are of, and
# whether the answer is another one.
SHIFT = {"prompts": "kl", "items": "js", "answers": "kl"}
FLAG = {"prompts": "top_changed", "items": "flip", "answers": "differ"}
_DECLARED, _say = declared(__file__), sentences_of(__file__)
_OUTCOMES = remembered(outcomes)
SHIFTS: dict[str, str] = _DECLARED["shifts"]


class Floor(NamedTuple):
    """What the baseline reaches against itself, for one scoring and one shift; None where it was
    not measured."""

    size: float | None = None  # that 95 % of them stay below, nats
    relation: float | None = None  # rank correlation of uncertainty and shift
    # Size that 95 % of the shifts of the first answer's lead over the second stay below, in the
    # unit of that lead.
    lead: float | None = None
    how: str = ""  # in what it differs from itself, in the current language
    n: int = 0  # on how many prompts or items


UNMEASURED = Floor()


class Shown(NamedTuple):
    """An audit with what is chosen to be seen of it."""

    audit: Audit  # what came out
    table: pd.DataFrame  # its rows, with the outcomes of items
    length: str  # how options are compared
    uncertainty: Floats  # (N,) of the baseline
    shift: Floats  # (N,) what compression moved
    changed: Bools  # (N,) whether the answer or the most likely token is another one
    titles: tuple[str, str]  # of both, with units
    floor: Floor | None  # of this scoring and this shift; None where it was not measured


def default_length(source: str) -> str:
    """How the options of a set are compared unless the reader says otherwise."""
    return TASKS[source].length if source in TASKS else "sum"


def shown(audit: Audit, *, length: str = "", shift: str = "", across: str = "entropy") -> Shown:
    """An audit as it is drawn.

    Args:
        length: A key of `outcomes.LENGTHS`; by default that of the task.
        shift: A key of `SHIFTS`; by default that of the kind.
        across: `entropy`, or `margin` of prompts.
    """
    kind = audit.request.kind
    length = (length or default_length(audit.request.source)) if kind == "items" else "sum"
    shift = shift or SHIFT[kind]
    table = _OUTCOMES(audit.table, length) if kind == "items" else audit.table
    if shift == "entropy":
        values = (table["compressed_entropy"] - table["baseline_entropy"]).abs()
    else:
        values = table[shift]
    lead = _say("lead")
    return Shown(
        audit=audit,
        table=table,
        length=length,
        uncertainty=table[f"baseline_{across}"].to_numpy(dtype=np.float64),
        shift=values.to_numpy(dtype=np.float64),
        changed=table[FLAG[kind]].to_numpy(dtype=bool),
        titles=(
            _(_DECLARED["across"][kind]) if across == "entropy" else lead,
            _(_DECLARED["up"][kind], shift=_(SHIFTS[shift])),
        ),
        floor=floor(audit, length, shift),
    )


def floor(audit: Audit, length: str, shift: str = "") -> Floor | None:
    """The noise floor of one scoring and one shift; None where it was not measured.

    Args:
        length: How options are compared; of other kinds it says nothing.
        shift: A key of `SHIFTS`; by default that of the kind. The relation is known of that
            one only.
    """
    kept, kind = audit.floor, audit.request.kind
    if not noise.measured(kept):
        return None
    scoring = "_per_character" if kind == "items" and length == "character" else ""
    sizes = kept.get(f"size{scoring}", {})
    shift = shift or SHIFT[kind]
    relation = kept.get(f"relation{scoring}") if shift == SHIFT[kind] else None

    def size(name: str) -> float | None:
        return None if sizes.get(name) is None else float(sizes[name])

    return Floor(
        how=_(str(kept["how"])),
        n=int(kept["n"]),
        size=size("entropy_shift" if shift == "entropy" else shift),
        relation=None if relation is None else float(relation),
        lead=size("lead_shift" if kind == "items" else "margin_shift"),
    )


def band_told(audit: Audit, found: Floor | None) -> str:
    """The noise floor as a sentence below a figure or among what may not be concluded."""
    if found is None or found.size is None:
        return noise.why_not(audit.floor, audit.request.floor)
    return _say("floor", how=found.how, n=found.n, size=found.size)


def clusters(table: pd.DataFrame) -> Ints:
    """(N,) the number of each row's independent unit, in the order in which they come.

    Rows of one template belong together where the set names templates, and so do rows of one
    text: of an item the question, or question and options where every question reads alike.
    """
    return _told_apart(table)[0]


def repeated(table: pd.DataFrame) -> int:
    """How many rows say again what an earlier row says."""
    return _told_apart(table)[1]


@remembered
def _told_apart(table: pd.DataFrame) -> tuple[Ints, int]:
    """What `clusters` and `repeated` give."""
    texts = _texts(table)
    units = texts
    if "template" in table and table["template"].ne("").any():
        templates, names = pd.factorize(table["template"].astype(str))
        # A text that was met before stays where it was.
        first = np.unique(texts, return_index=True)[1]
        own = templates[first]
        alone = np.arange(len(first)) + len(names)
        named = np.asarray(names != "")[own]
        units = in_order(np.where(named, own, alone)[texts])
    every = int(texts.max()) + 1 if len(texts) else 0
    return units.astype(np.int64), len(texts) - every


# What splitting and joining would change, as RE2 reads it.
_LOOSE = (
    r"^ | $|  |[\t-\r\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}"
    r"\x{3000}]"
)


def _texts(table: pd.DataFrame) -> Ints:
    """(N,) a number for each text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = table["text" if "text" in table else "context"].astype(str)
    if pc.any(pc.match_substring_regex(pa.array(texts, pa.large_string()), _LOOSE)).as_py():
        texts = pd.Series([" ".join(one.split()) for one in texts], index=table.index)
    numbers, every = pd.factorize(texts)
    if len(every) > 1 or "options" not in table:
        return numbers.astype(np.int64)
    whole = [str(list(row)) for row in table["options"]]
    return pd.factorize(np.array(whole, dtype=object))[0].astype(np.int64)


def tied(table: pd.DataFrame) -> Bools:
    """(N,) whether one of the models finds its two likeliest answers equally likely."""
    if "tied" in table:
        found: Bools = table["tied"].to_numpy(dtype=bool)
        return found
    return np.asarray(
        np.logical_or.reduce([table[f"{side}_margin"].to_numpy() <= 0 for side in BOTH]), dtype=bool
    )


def within_rounding(table: pd.DataFrame, lead: float | None) -> Bools:
    """(N,) whether an answer is another one by no more than the noise floor.

    The two answers of a flip have moved against each other by what the one led by before and
    the other leads by now: for items that is known of these two options, for prompts it is at
    least the sum of both leads.

    Args:
        lead: Size that 95 % of the shifts of a lead stay below without compression; None where
            it was not measured, and nothing is within it then.
    """
    if lead is None:
        return np.zeros(len(table), dtype=bool)
    if "flip_by" in table:
        return np.asarray((table["flip"] & (table["flip_by"] <= lead)).to_numpy(dtype=bool))
    moved = table["baseline_margin"] + table["compressed_margin"]
    return np.asarray((table["top_changed"] & (moved <= lead)).to_numpy(dtype=bool))
