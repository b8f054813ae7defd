"""A new review: which stored comparisons, under which name."""

from __future__ import annotations

import sys
from collections import Counter

import streamlit as st

from fairviz.analyses.base import Stored
from fairviz.analyses.review.pairs import gather
from fairviz.i18n import N_, _, ngettext
from fairviz.ui import session
from fairviz.ui.plain import shortened
from fairviz.ui.review import place

_RECENT = 20
_WAYS = {
    "all": N_("all stored comparisons"),
    "recent": N_("the last 20"),
    "pair": N_("all of one pair of models"),
    "chosen": N_("those I choose"),
    "samples": N_("outcomes of probes"),
}


def make() -> None:
    """Choose the pairs and keep the review; whoever does that sees the models' names."""
    if not st.toggle(_("Make a new review"), key="review_make"):
        return
    st.caption(
        _(
            "This part names the models, so it is for whoever prepares the review. Pairs whose "
            "two texts are the same are left out and counted."
        )
    )
    keys = _keys(session.store().recent("comparison", sys.maxsize))
    title = st.text_input(
        _("Name of the review"),
        key="review_title",
        max_chars=80,
        help=_("Reviewers see it, in the address too: do not name the models in it."),
    )
    most = st.number_input(
        _("The most pairs"),
        0,
        1000,
        0,
        key="review_most",
        width=180,
        help=_("So many are drawn from what is chosen; 0 takes all."),
    )
    sensitive = st.checkbox(
        _("The texts may hurt: blur them until they are asked for"), key="review_sensitive"
    )
    if st.button(_("Make the review"), key="make_review", type="primary", icon=":material/add:"):
        found = gather(
            keys,
            store=session.store(),
            most=int(most),
            sensitive=bool(sensitive),
        )
        made = place.reviews().make(title, found.items, left_out=found.left_out)
        place.go(made.name)
        st.rerun()
    st.caption(ngettext("{n} run is chosen.", "{n} runs are chosen.", len(keys)))


def _keys(runs: list[Stored]) -> list[str]:
    way = st.segmented_control(
        _("Of which texts"),
        list(_WAYS),
        key="review_way",
        default="all",
        required=True,
        wrap=True,
        format_func=lambda way: _(_WAYS[way]),
    )
    if way == "recent":
        return [run.key for run in runs[:_RECENT]]
    if way == "pair":
        counts = Counter(_pair(run) for run in runs)
        pair = st.selectbox(
            _("The pair of models"),
            list(counts),
            key="review_pair",
            format_func=lambda pair: f"{pair} ({counts[pair]})",
        )
        return [run.key for run in runs if _pair(run) == pair]
    if way == "chosen":
        names = {run.key: f"{shortened(run.request.prompt, 50)} · {_pair(run)}" for run in runs}
        return list(
            st.multiselect(
                _("The comparisons"), list(names), key="review_keys_chosen",
                format_func=names.__getitem__,
            )
        )  # fmt: skip
    if way == "samples":
        return _outcomes()
    return [run.key for run in runs]


def _outcomes() -> list[str]:
    kept = {one.key: one for one in session.store().recent("probe", sys.maxsize)}

    def name(key: str) -> str:
        asked = kept[key].request
        return f"{asked.probe} · {asked.source} · {asked.baseline} → {asked.compressed}"

    return list(
        st.multiselect(
            _("Outcomes that keep both models' texts"), list(kept), key="review_outcomes",
            format_func=name,
        )
    )  # fmt: skip


def _pair(run: Stored) -> str:
    return f"{run.request.baseline} → {run.request.compressed}"
