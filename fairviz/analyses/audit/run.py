"""A pair over a whole set: batch by batch, kept as it goes, taken up again after a crash."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from fairviz.analyses.audit import null
from fairviz.analyses.audit.request import Audit, AuditRequest
from fairviz.analyses.audit.shown import FLAG, SHIFT
from fairviz.core.errors import FairvizError
from fairviz.core.skips import Skip
from fairviz.i18n import _
from fairviz.inference.noise_floor import itself, or_why_not
from fairviz.inference.outcomes import outcomes
from fairviz.inference.set_rows import (
    DISTANCES,
    PROMPT_NUMBERS,
    Row,
    answer_rows,
    item_rows,
    prompt_rows,
)
from fairviz.models.memory import out_of_memory_as_advice
from fairviz.prompts.bank import Prompt
from fairviz.stats import spearman
from fairviz.tasks.item import Item, Open

if TYPE_CHECKING:
    from fairviz.analyses.audit.codec import Parts
    from fairviz.models.pair import Pair

# Prompts or items between two savings: a second or a few on a small model. Answers in own
# words take longer.
BATCH = {"prompts": 64, "items": 64, "answers": 8}
# Prompts or items that the noise floor is measured on; items take longer.
_FLOOR_ON = {"prompts": 128, "items": 48}


class NothingToMeasure(FairvizError):
    """A set of which nothing is left."""


class Progress(NamedTuple):
    """How far an audit is."""

    done: int  # prompts or items measured or left out, those of an earlier start included
    total: int  # all of them
    left_out: int  # how many of them could not be measured
    # What the rest will take at the pace of this start; None before the first batch.
    seconds_left: float | None
    resumed: int  # how many an earlier start had done
    floor: bool = False  # whether all is measured and kept, and the noise floor is measured now
    null: bool = False  # whether null models read now: so many readings of `total`


def run(
    pair: Pair,
    request: AuditRequest,
    units: Sequence[Prompt | Item | Open],
    parts: Parts | None = None,
    *,
    left_out: Sequence[Skip] = (),
    batch: int = 0,
    told: Callable[[Progress], None] = lambda step: None,
) -> Iterator[Progress | Audit]:
    """Measure a set; how far it is after every batch, at last the audit itself.

    Closing the iterator stops the models; what is finished stays in `parts`, and the next
    run of the same question goes on from there. The whole is kept before the noise floor is
    measured, and without one if that fails or is stopped.

    Args:
        parts: Where batches are kept; None keeps nothing.
        left_out: What was left out already when the set was read.
        batch: Prompts or items between two savings; 0 is what suits their kind.
        told: Told how far null models are; may raise to stop.

    Raises:
        NothingToMeasure: If no prompt or item could be measured.
        CannotKeep: If a batch cannot be written.
        OutOfMemory: If the device runs out of memory on the way.
    """
    pair = pair.in_batches(request.batch_rows).in_chat(request.chat)
    batch = batch or BATCH[request.kind]
    tables: list[pd.DataFrame] = []
    lost = list(left_out)
    done = 0
    for table, lost_here, covered in parts.batches() if parts is not None else ():
        tables.append(table)
        lost += lost_here
        done += covered
    resumed, began = done, time.monotonic()
    yield Progress(done, len(units), len(lost), None, resumed)
    while done < len(units):
        here: list[Any] = list(units[done : done + batch])
        lost_here = []
        with out_of_memory_as_advice():
            rows = _rows(pair, request, here, lost_here)
        if parts is not None:
            parts.add(len(tables), rows, lost_here, len(here))
        tables.append(pd.DataFrame(rows))
        lost += lost_here
        done += len(here)
        pace = (time.monotonic() - began) / (done - resumed)
        yield Progress(done, len(units), len(lost), pace * (len(units) - done), resumed)
    tables = [table for table in tables if len(table)]
    if not tables:
        raise NothingToMeasure(
            _("Nothing of {set} could be measured: {why}.", set=request.source, why=_why(lost)),
            fix=_("Mend the set, or choose another."),
        )
    audit = Audit(request, pd.concat(tables, ignore_index=True), tuple(lost), pair.provenance(), {})
    keep = parts.finish if parts is not None else (lambda audit: None)
    keep(audit)
    if request.floor and request.kind != "answers":
        yield Progress(done, len(units), len(lost), None, resumed, floor=True)
        audit = replace(audit, floor=or_why_not(lambda: _floor(pair, request, units)))
        keep(audit)
    if request.null:

        def say(done: int, of: int) -> None:
            told(Progress(done, of, len(lost), None, 0, null=True))

        audit = replace(audit, null=null.measured(pair, audit, say))
        keep(audit)
    yield audit


def _rows(pair: Pair, request: AuditRequest, units: list[Any], lost: list[Skip]) -> list[Row]:
    if request.kind == "answers":
        return answer_rows(pair, units, lost, request.max_new_tokens)
    return (item_rows if request.kind == "items" else prompt_rows)(pair, units, lost)


def _why(lost: Sequence[Skip]) -> str:
    if not lost:
        return _("it is empty")
    which, reason = lost[0].shown()
    return _("{which}: {reason}", which=which, reason=reason)


def _floor(pair: Pair, request: AuditRequest, units: Sequence[Any]) -> dict[str, Any]:
    """The size that 95 % of the set stay below without compression; empty if unknown."""
    chosen = units[:: max(1, len(units) // _FLOOR_ON[request.kind])]
    two = itself(pair.baseline, len(chosen))
    if two is None:
        return {}
    readers = two.baseline, two.other
    rows = (prompt_rows if request.kind == "prompts" else item_rows)(pair, chosen, [], readers)
    if not rows:
        return {}
    table = pd.DataFrame(rows)
    floor: dict[str, Any] = {"how": two.how, "share": 0.95, "n": len(table)}
    if request.kind == "prompts":
        return floor | _one_floor(table, "prompts", "")
    return (
        floor
        | _one_floor(outcomes(table), "items", "")
        | _one_floor(outcomes(table, "character"), "items", "_per_character")
    )


def _one_floor(table: pd.DataFrame, kind: str, scoring: str) -> dict[str, Any]:
    """Of one scoring, as `shown.floor` reads it."""
    rho = spearman(table["baseline_entropy"], table[SHIFT[kind]]).rho
    return {
        f"changed{scoring}": float(table[FLAG[kind]].mean()),
        f"relation{scoring}": rho if math.isfinite(rho) else None,
        f"size{scoring}": _sizes(table, PROMPT_NUMBERS if kind == "prompts" else _ITEM_NUMBERS),
    }


_ITEM_NUMBERS = ("entropy", "confidence")


def _sizes(table: pd.DataFrame, shifts: Sequence[str]) -> dict[str, float]:
    sizes = {name: table[name] for name in DISTANCES}
    sizes |= {
        f"{name}_shift": (table[f"compressed_{name}"] - table[f"baseline_{name}"]).abs()
        for name in shifts
    }
    if "lead_shift" in table:
        sizes["lead_shift"] = table["lead_shift"].abs()
    return {name: float(np.quantile(values, 0.95)) for name, values in sizes.items()}
