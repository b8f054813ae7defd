"""How an audit is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st

from fairviz.analyses.audit.parts import COLUMNS
from fairviz.analyses.audit.request import Audit
from fairviz.analyses.audit.shown import SHIFT, SHIFTS, Shown, default_length, shown
from fairviz.i18n import N_, _
from fairviz.inference.outcomes import LENGTHS
from fairviz.ui import address
from fairviz.ui.audit.words import PARTS

_UNSURE = {"entropy": N_("Entropy"), "margin": N_("Lead of the first token")}

# Key of the switch that shows single rows where these may hurt.
SHOW = "show_rows"


class View(NamedTuple):
    """An audit with what the reader chose to see of it.

    Attributes:
        shown: What is drawn, with its noise floor.
        kind: `prompts`, `items` or `answers`.
        log: Whether shifts are drawn on a logarithmic axis.
        part: `language`, `theme` or `group`; empty where nothing tells rows apart.
    """

    shown: Shown
    kind: str
    log: bool
    part: str


def view(audit: Audit) -> View:
    """The widgets above the pictures, each in the address."""
    kind = audit.request.kind
    shifts = [SHIFT[kind], *(name for name in SHIFTS if name != SHIFT[kind])]
    if kind == "answers":
        shifts = shifts[:1]
    unsure = ["entropy", "margin"] if kind == "prompts" else ["entropy"]
    parts = [
        name
        for name in COLUMNS
        if name in audit.table and audit.table.loc[audit.table[name].ne(""), name].nunique() > 1
    ]
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        length = _length(audit) if kind == "items" else "sum"
        shift = _one("shift", _("Shift"), shifts, SHIFTS, shifts[0])
        across = _one("unsure", _("Uncertainty of the baseline"), unsure, _UNSURE, unsure[0])
        part = _one("part", _("Apart by"), parts, PARTS, parts[0]) if parts else ""
        log = st.toggle(_("Logarithmic shift"), value=True, key="log_shift", bind="query-params")
    seen = shown(audit, length=length, shift=shift, across=across)
    return View(seen, kind, bool(log), part)


def text_column(view: View) -> str:
    """The column that holds what both models read."""
    return "text" if view.kind == "prompts" else "context"


def _length(audit: Audit) -> str:
    default = default_length(audit.request.source)
    return _one("length", _("Options compared by"), list(LENGTHS), LENGTHS, default)


def _one(key: str, label: str, options: list[str], names: Mapping[str, str], default: str) -> str:
    def name(option: str) -> str:
        return _(names[option])

    address.follow(key, options, name, default)
    st.session_state.setdefault(key, default)
    said = st.segmented_control(label, options, key=key, required=True, format_func=name)
    address.write(key, said, default)
    return str(said or default)
