"""What is known against the numbers on the page, in plain words beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.benchmarks import importers
from fairviz.benchmarks.flags import flag
from fairviz.benchmarks.schema import split
from fairviz.i18n import N_, _, ngettext
from fairviz.ui.plain import plain
from fairviz.ui.tables import shelf

if TYPE_CHECKING:
    import pandas as pd


_BADGES = {
    "bars": ("red", N_("no finding")),
    "caution": ("orange", N_("caution")),
    "note": ("gray", N_("note")),
}


def flagged(shown: pd.DataFrame, hidden: pd.DataFrame) -> None:
    """Every flag of the numbers shown and hidden, with its explanation and how many it is on."""
    on, off = _counted(shown), _counted(hidden)
    names = sorted({*on, *off}, key=lambda name: (-off.get(name, 0), -on.get(name, 0)))
    if not names:
        st.caption(_("⚑ Nothing is known against the numbers shown."))
        return
    if len(hidden):
        st.warning(
            ngettext(
                "**{n:,} of {all:,} numbers is hidden**, because of what is known against them "
                "(below). “Flagged numbers” in the sidebar shows them.",
                "**{n:,} of {all:,} numbers are hidden**, because of what is known against them "
                "(below). “Flagged numbers” in the sidebar shows them.",
                len(hidden),
                all=len(hidden) + len(shown),
            ),
            icon=":material/visibility_off:",
        )
    with st.container(border=True, key="flags"):
        st.markdown(
            _(
                "**What is known against these numbers.** In the pictures, open signs and ⚑ mark "
                "a caution that not all of them share; pointing at one tells it."
            )
        )
        for name in names:
            one = flag(name)
            seen, unseen = on.get(name, 0), off.get(name, 0)
            counts = [ngettext("{n:,} shown", "{n:,} shown", seen)] if seen else []
            counts += [ngettext("{n:,} hidden", "{n:,} hidden", unseen)] if unseen else []
            where = ", ".join(counts)
            badge, kind = _BADGES[one.weight]
            st.markdown(
                f":{badge}-badge[⚑ {_(kind)}] **{plain(_(one.title))}** ({where}). "
                f"{plain(_(one.meaning))}"
            )


def suggest_int8(shown: pd.DataFrame, hidden: pd.DataFrame, reference: str) -> None:
    """One press to the other reference where the baseline's own line cannot be trusted."""
    names = {*_counted(shown), *_counted(hidden)}
    if reference == "none" and names & {"other_item_set", "two_batches"}:
        st.button(
            _("Take LLM.int8() as the reference"),
            key="to_int8",
            on_click=_to_int8,
            icon=":material/swap_horiz:",
            help=_("LLM.int8() changes almost nothing, and its line is not suspect here."),
        )


def _to_int8() -> None:
    st.session_state["reference"] = "int8"


def _counted(rows: pd.DataFrame) -> dict[str, int]:
    out: dict[str, int] = {}
    for flags, number in rows["flags"].astype(str).value_counts().items():
        for name in split(str(flags)):
            out[name] = out.get(name, 0) + int(number)
    return out


def cited(rows: pd.DataFrame) -> None:
    """Where the numbers are from, what is missing there, how to cite it."""
    known = shelf.sources()
    for name in rows["source"].astype(str).unique():
        source = known.get(name)
        if source is None:
            continue
        with st.expander(
            _("Source: {title}", title=plain(source.title)), icon=":material/menu_book:"
        ):
            if source.citation:
                st.markdown(plain(source.citation))
            st.markdown(
                ngettext(
                    "{n:,} cell was read; for a setting speak: {m:,}.",
                    "{n:,} cells were read; for a setting speak: {m:,}.",
                    source.cells,
                    m=source.kept,
                )
                + " "
                + _(
                    "What nothing is known against is not thereby right: it was only not found "
                    "wrong."
                )
            )
            for line in (*source.holes, *source.caveats):
                st.markdown(f"- {plain(importers.told(line))}")
            if source.bibtex:
                st.code(source.bibtex, language="bibtex", wrap_lines=True)
