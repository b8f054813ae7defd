"""What is known against the numbers on the page, in plain words beside them."""

from __future__ import annotations

import streamlit as st

from fairviz.analyses.presentation import Presentation
from fairviz.analyses.tables.view import TableView
from fairviz.benchmarks.flags import flag
from fairviz.i18n import N_, _, ngettext
from fairviz.ui.plain import plain

_BADGES = {
    "bars": ("red", N_("no finding")),
    "caution": ("orange", N_("caution")),
    "note": ("gray", N_("note")),
}
# Flags that say that a baseline's line is not of the other lines' questions or settings.
_OF_A_BASELINE = ("other_item_set", "two_batches")


def draw(view: TableView, shown: Presentation) -> None:
    """Every flag of the numbers shown and hidden, with its explanation and how many it is on."""
    if view.request.view in ("overview", "groups", "spread"):
        _suggest_int8(view, shown)
    if not shown.flags:
        st.caption(_("⚑ Nothing is known against the numbers shown."))
        return
    hidden = shown.facts.hidden
    if hidden:
        st.warning(
            ngettext(
                "**{n:,} of {all:,} numbers is hidden**, because of what is known against them "
                "(below). “Flagged numbers” in the sidebar shows them.",
                "**{n:,} of {all:,} numbers are hidden**, because of what is known against them "
                "(below). “Flagged numbers” in the sidebar shows them.",
                hidden,
                all=hidden + shown.facts.published,
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
        for one in shown.flags:
            counts = [ngettext("{n:,} shown", "{n:,} shown", one.shown)] if one.shown else []
            counts += [ngettext("{n:,} hidden", "{n:,} hidden", one.hidden)] if one.hidden else []
            badge, kind = _BADGES[one.weight]
            st.markdown(
                f":{badge}-badge[⚑ {_(kind)}] **{plain(one.title)}** ({', '.join(counts)}). "
                f"{plain(one.meaning)}"
            )


def _suggest_int8(view: TableView, shown: Presentation) -> None:
    """One press to the other reference where the baseline's own line cannot be trusted."""
    suspect = {_(flag(name).title) for name in _OF_A_BASELINE}
    if view.request.reference == "none" and suspect & {one.title for one in shown.flags}:
        st.button(
            _("Take LLM.int8() as the reference"),
            key="to_int8",
            on_click=_to_int8,
            icon=":material/swap_horiz:",
            help=_("LLM.int8() changes almost nothing, and its line is not suspect here."),
        )


def _to_int8() -> None:
    st.session_state["reference"] = "int8"
