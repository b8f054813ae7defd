"""Cards of one place in the text: both models' top-10, and where the texts part."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import streamlit as st

from fairviz.analyses import chips
from fairviz.analyses.comparison.present import near_tie
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
        if tie := near_tie(comparison):
            st.caption(tie)


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
    sides = [getattr(pair, side) for side in BOTH]
    rows = chips.matched(pair, index)
    # A token that one model does not list has at most the share of that model's last.
    least = [float(np.exp(side.top_log_probs[index]).min(initial=1.0)) for side in sides]
    most = max(max(least), *(share for row in rows for share in row[2:] if share == share))
    return {
        "before": before if len(before) <= _CONTEXT else "…" + before[-_CONTEXT:],
        "quotes": markup.quotes(),
        "heads": ("", _("Baseline"), _("Compressed"), _("Change")),
        "rows": [
            {
                "token": visible(row.token),
                "written": row.token_id == pair.ids[index],
                "bars": [
                    _bar(share, end, most, SIDE[side])
                    for share, end, side in zip(row[2:], least, BOTH, strict=True)
                ],
                "change": _change(row),
            }
            for row in rows
        ],
        "facts": [
            (
                _("Rank of “{token}”", token=visible(pair.tokens[index])),
                *_both(sides, "rank", index),
            ),
            (_("Entropy (nats)"), *_both(sides, "entropy", index)),
            (_("Lead of the first over the second"), *_both(sides, "margin", index)),
        ],
        "distances": _(
            "KL(baseline || compressed) here: {kl} nats · Jensen-Shannon: {js} nats",
            kl=_number(pair.kl[index]),
            js=_number(pair.js[index]),
        ),
    }


def _bar(share: float, least: float, most: float, colour: str) -> dict[str, str]:
    known = math.isfinite(share)
    said = _("{share:.1f} %", share=100 * (share if known else least))
    length = f"{share / most:.3f}" if known else "0"
    return {"length": length, "share": said if known else f"< {said}", "colour": colour}


def _change(row: chips.Expected) -> str:
    """Who gave it more, in points of a hundred; nothing where only one model lists it."""
    change = row.compressed - row.baseline
    if not math.isfinite(change):
        return _("enters the ten") if math.isfinite(row.compressed) else _("leaves the ten")
    return number(100 * change, "+.1f")


def _both(sides: Sequence[TokenTrace], name: str, index: int) -> list[str]:
    return [_number(float(getattr(side, name)[index])) for side in sides]


def _number(value: float) -> str:
    return number(value, ".3g") if math.isfinite(value) else _("not measured")
