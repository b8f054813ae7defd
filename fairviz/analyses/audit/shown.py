"""What a reader is shown of an audit: by default the same on the page, in files and in reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fairviz.analyses.audit.request import Audit
from fairviz.i18n import N_, _
from fairviz.inference import noise_floor as noise
from fairviz.inference.outcomes import outcomes
from fairviz.metrics.traces import Bools, Floats
from fairviz.tasks import TASKS

if TYPE_CHECKING:
    import pandas as pd

# What each kind of audit is about: the shift that sentences and first figures are of, and
# whether the answer is another one.
SHIFT = {"prompts": "kl", "items": "js", "answers": "kl"}
FLAG = {"prompts": "top_changed", "items": "flip", "answers": "differ"}
SHIFTS = {
    "kl": N_("KL"),
    "js": N_("Jensen-Shannon"),
    "kl_reverse": N_("Reverse KL"),
    "entropy": N_("Entropy change"),
}
_UP = {
    "prompts": N_("{shift}, next token (nats)"),
    "items": N_("{shift}, options (nats)"),
    "answers": N_("{shift}, answer, mean (nats)"),
}
_ENTROPY = {
    "prompts": N_("Entropy of the baseline, next token (nats)"),
    "items": N_("Entropy of the baseline, options (nats)"),
    "answers": N_("Entropy of the baseline, answer, mean (nats)"),
}


class Floor(NamedTuple):
    """What the baseline reaches against itself, for one scoring and one shift.

    Attributes:
        how: In what it differs from itself, in the current language.
        n: On how many prompts or items.
        size: That 95 % of them stay below, nats; None where it was not measured.
        relation: Rank correlation of uncertainty and shift; None where it was not measured.
        lead: Size that 95 % of the shifts of the first answer's lead over the second stay below,
            in the unit of that lead; None where it was not measured.
    """

    how: str
    n: int
    size: float | None
    relation: float | None
    lead: float | None


class Shown(NamedTuple):
    """An audit with what is chosen to be seen of it.

    Attributes:
        audit: What came out.
        table: Its rows, with the outcomes of items.
        length: How options are compared.
        uncertainty: (N,) of the baseline.
        shift: (N,) what compression moved.
        changed: (N,) whether the answer or the most likely token is another one.
        titles: Of both, with units.
        floor: Of this scoring and this shift; None where it was not measured.
    """

    audit: Audit
    table: pd.DataFrame
    length: str
    uncertainty: Floats
    shift: Floats
    changed: Bools
    titles: tuple[str, str]
    floor: Floor | None


def default_length(source: str) -> str:
    """How the options of a set are compared unless the reader says otherwise."""
    return TASKS[source].length if source in TASKS else "sum"


def shown(audit: Audit, *, length: str = "", shift: str = "", across: str = "entropy") -> Shown:
    """An audit as it is drawn.

    Args:
        audit: What came out.
        length: A key of `outcomes.LENGTHS`; by default that of the task.
        shift: A key of `SHIFTS`; by default that of the kind.
        across: `entropy`, or `margin` of prompts.
    """
    kind = audit.request.kind
    length = (length or default_length(audit.request.source)) if kind == "items" else "sum"
    shift = shift or SHIFT[kind]
    table = outcomes(audit.table, length) if kind == "items" else audit.table
    if shift == "entropy":
        values = (table["compressed_entropy"] - table["baseline_entropy"]).abs()
    else:
        values = table[shift]
    lead = _("Lead of the baseline's first token (probability)")
    return Shown(
        audit=audit,
        table=table,
        length=length,
        uncertainty=table[f"baseline_{across}"].to_numpy(dtype=np.float64),
        shift=values.to_numpy(dtype=np.float64),
        changed=table[FLAG[kind]].to_numpy(dtype=bool),
        titles=(
            _(_ENTROPY[kind]) if across == "entropy" else lead,
            _(_UP[kind], shift=_(SHIFTS[shift])),
        ),
        floor=floor(audit, length, shift),
    )


def floor(audit: Audit, length: str, shift: str = "") -> Floor | None:
    """The noise floor of one scoring and one shift; None where it was not measured.

    Args:
        audit: What came out.
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
    return _(
        "The noise floor, grey where it is drawn: the baseline {how} moves 95 % of {n:,} of them "
        "by less than {size:.2g} nats; what lies within is not compression.",
        how=found.how,
        n=found.n,
        size=found.size,
    )
