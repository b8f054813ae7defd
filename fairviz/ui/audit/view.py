"""How an audit is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import streamlit as st

from fairviz.audit.outcomes import LENGTHS, outcomes
from fairviz.audit.parts import COLUMNS
from fairviz.audit.record import Audit
from fairviz.language import later, tr
from fairviz.tasks import TASKS
from fairviz.traces import Bools, Floats
from fairviz.ui import address
from fairviz.ui.audit.words import PARTS

if TYPE_CHECKING:
    import pandas as pd

_SHIFTS = {
    "kl": later("KL"),
    "js": later("Jensen-Shannon"),
    "kl_reverse": later("Reverse KL"),
    "entropy": later("Entropy change"),
}
_UNSURE = {"entropy": later("Entropy"), "margin": later("Lead of the first token")}
_UP = {
    "prompts": later("{shift}, next token (nats)"),
    "items": later("{shift}, options (nats)"),
    "answers": later("{shift}, answer, mean (nats)"),
}
_ENTROPY = {
    "prompts": later("Entropy of the baseline, next token (nats)"),
    "items": later("Entropy of the baseline, options (nats)"),
    "answers": later("Entropy of the baseline, answer, mean (nats)"),
}

# Key of the switch that shows single rows where these may hurt.
SHOW = "show_rows"


class View(NamedTuple):
    """An audit with what the reader chose to see of it.

    Attributes:
        audit: What came out.
        table: Its rows, with the outcomes of items.
        kind: `prompts`, `items` or `answers`.
        length: How options are compared.
        uncertainty: (N,) of the baseline.
        shift: (N,) what compression moved.
        changed: (N,) whether the answer or the most likely token is another one.
        titles: Of both, with units.
        floor: Size of the shift that the baseline reaches against itself; None if unknown.
        log: Whether shifts are drawn on a logarithmic axis.
        part: `language`, `theme` or `group`; empty where nothing tells rows apart.
    """

    audit: Audit
    table: pd.DataFrame
    kind: str
    length: str
    uncertainty: Floats
    shift: Floats
    changed: Bools
    titles: tuple[str, str]
    floor: float | None
    log: bool
    part: str


def view(audit: Audit) -> View:
    """The widgets above the pictures, each in the address."""
    kind = audit.asked.kind
    shifts = {"prompts": list(_SHIFTS), "items": list(_SHIFTS), "answers": ["kl"]}[kind]
    unsure = ["entropy", "margin"] if kind == "prompts" else ["entropy"]
    parts = [
        name
        for name in COLUMNS
        if name in audit.table and audit.table.loc[audit.table[name].ne(""), name].nunique() > 1
    ]
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        length = _length(audit) if kind == "items" else "sum"
        shift = _one("shift", tr("Shift"), shifts, _SHIFTS, shifts[0])
        across = _one("unsure", tr("Uncertainty of the baseline"), unsure, _UNSURE, unsure[0])
        part = _one("part", tr("Apart by"), parts, PARTS, parts[0]) if parts else ""
        log = st.toggle(tr("Logarithmic shift"), value=True, key="log_shift", bind="query-params")
    table = outcomes(audit.table, length) if kind == "items" else audit.table
    flag = {"prompts": "top_changed", "items": "flip", "answers": "differ"}[kind]
    sizes = audit.floor.get("size" if length == "sum" else "size_per_character", {})
    if shift == "entropy":
        values = (table["compressed_entropy"] - table["baseline_entropy"]).abs()
        floor = sizes.get("entropy_shift")
    else:
        values, floor = table[shift], sizes.get(shift)
    lead = tr("Lead of the baseline's first token (probability)")
    return View(
        audit=audit,
        table=table,
        kind=kind,
        length=length,
        uncertainty=table[f"baseline_{across}"].to_numpy(dtype=np.float64),
        shift=values.to_numpy(dtype=np.float64),
        changed=table[flag].to_numpy(dtype=bool),
        titles=(
            tr(_ENTROPY[kind]) if across == "entropy" else lead,
            tr(_UP[kind], shift=tr(_SHIFTS[shift])),
        ),
        floor=floor,
        log=bool(log),
        part=part,
    )


def text_column(view: View) -> str:
    """The column that holds what both models read."""
    return "text" if view.kind == "prompts" else "context"


def _length(audit: Audit) -> str:
    default = TASKS[audit.asked.source].length if audit.asked.source in TASKS else "sum"
    return _one("length", tr("Options compared by"), list(LENGTHS), LENGTHS, default)


def _one(key: str, label: str, options: list[str], names: Mapping[str, str], default: str) -> str:
    def name(option: str) -> str:
        return tr(names[option])

    address.follow(key, options, name, default)
    st.session_state.setdefault(key, default)
    said = st.segmented_control(label, options, key=key, required=True, format_func=name)
    address.write(key, said, default)
    return str(said or default)
