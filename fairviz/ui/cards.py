"""Cards of one place in the text: both models' top-10, and where the texts part."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import streamlit as st

from fairviz.analyses.comparison.request import Comparison
from fairviz.figures.labels import visible
from fairviz.figures.palette import SIDE
from fairviz.i18n import N_, _, number
from fairviz.metrics.traces import BOTH, PairTrace, TokenTrace
from fairviz.ui import address, markup
from fairviz.ui.markup import unmarked
from fairviz.ui.widgets import paragraph, widget

_CONTEXT = 160
_GOES_ON = {"baseline": N_("Baseline goes on"), "compressed": N_("Compressed goes on")}
_TEN = {
    "baseline": N_("Baseline: its ten most likely next tokens"),
    "compressed": N_("Compressed: its ten most likely next tokens"),
}


def divergence(comparison: Comparison) -> None:
    """The first place where the texts differ: who was how sure of what, and what followed."""
    place = comparison.first_divergence
    if place is None:
        return
    pair = next(text for text in comparison.texts.values() if place < len(text))
    before = comparison.request.before + "".join(pair.tokens[:place])
    with st.container(border=True, key="divergence"):
        st.header(_("Where the texts part"), anchor=False)
        markup.draw(
            "place",
            name="fv-divergence-card",
            told=_("Same text up to token {place}:", place=place),
            written=None,
            on=[
                {
                    "name": side,
                    "colour": SIDE[side],
                    "title": _(_GOES_ON[side]),
                    "text": "".join(text.tokens[place:]),
                }
                for side, text in comparison.texts.items()
            ],
            ended=_("(the text ends here)"),
            **_expected(pair, place, before),
        )


def place(
    pair: PairTrace,
    index: int,
    before: str,
    title: str,
    others: Mapping[int, str] = MappingProxyType({}),
    go_on: Callable[[int], None] = lambda token_id: None,
) -> None:
    """A place of a text that stands after `before`, under both models.

    Args:
        others: Ids and texts of tokens that `go_on` goes on from when one is pressed.
    """
    with st.container(border=True, key="token_card"):
        left, right = st.columns([4, 1])
        left.header(title, anchor=False)
        right.button(**widget("close_token"), on_click=address.later, kwargs={"token": None})
        markup.draw(
            "place",
            name="fv-token-card",
            told="",
            written=pair.tokens[index],
            on=[],
            **_expected(pair, index, before + "".join(pair.tokens[:index])),
        )
        if others:
            st.caption(paragraph("go_on_from"))
            with st.container(horizontal=True, gap="small", key="go_on"):
                for token_id, word in others.items():
                    st.button(
                        unmarked(visible(word)),
                        key=f"go_on_{token_id}",
                        on_click=go_on,
                        args=(token_id,),
                    )


def _expected(pair: PairTrace, index: int, before: str) -> dict[str, Any]:
    """What both models expected at a place, for the template."""
    return {
        "before": before if len(before) <= _CONTEXT else "…" + before[-_CONTEXT:],
        "quotes": markup.quotes(),
        "sides": [
            {
                "name": side,
                "colour": SIDE[side],
                "title": _(_TEN[side]),
                "bars": _bars(getattr(pair, side), index),
                "lines": _lines(getattr(pair, side), pair.tokens[index], index),
            }
            for side in BOTH
        ],
        "distances": _(
            "KL(baseline || compressed) here: {kl} nats · Jensen-Shannon: {js} nats",
            kl=_number(pair.kl[index]),
            js=_number(pair.js[index]),
        ),
    }


def _bars(trace: TokenTrace, index: int) -> list[dict[str, object]]:
    return [
        {
            "token": visible(token),
            "width": f"{max(100 * share, 0.5):.2f}",
            "share": _("{share:.1f} %", share=100 * share),
            "written": token_id == trace.ids[index],
        }
        for token, share, token_id in zip(
            trace.top_tokens[index],
            np.exp(trace.top_log_probs[index]).tolist(),
            trace.top_ids[index],
            strict=False,
        )
    ]


def _lines(trace: TokenTrace, written: str, index: int) -> list[str]:
    return [
        _(
            "“{token}”: probability {probability}, rank {rank}",
            token=visible(written),
            probability=_number(trace.prob[index]),
            rank=int(trace.rank[index]),
        ),
        _(
            "entropy {entropy} nats, lead of the first over the second {lead}",
            entropy=_number(trace.entropy[index]),
            lead=_number(trace.margin[index]),
        ),
    ]


def _number(value: float) -> str:
    return number(value, ".3g") if math.isfinite(value) else _("not measured")
