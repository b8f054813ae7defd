"""Cards of one place in the text: both models' top-10, and where the texts part."""

from __future__ import annotations

import html
import math
from collections.abc import Callable

import numpy as np
import streamlit as st

from fairviz.figures.palette import SIDE
from fairviz.i18n import N_, _, ngettext, number
from fairviz.metrics.traces import BOTH, Comparison, PairTrace, TokenTrace
from fairviz.ui.panes import text_of

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
        count = len(comparison.on_baseline)
        st.success(
            ngettext(
                "Both models wrote the same {n} token. The numbers below still show how its "
                "probability moved.",
                "Both models wrote the same {n} tokens. The numbers below still show how their "
                "probabilities moved.",
                count,
            ),
            icon=":material/equal:",
        )
        return
    pair = comparison.on_baseline
    if place >= len(pair):
        pair = comparison.on_compressed
    with st.container(border=True, key="divergence"):
        st.header(_("Where the texts part"), anchor=False)
        before = comparison.question.prompt + "".join(pair.tokens[:place])
        _html(
            f'<div data-testid="fv-divergence-card" style="{_WRAP}"><span style="opacity:.75">'
            + html.escape(_("Same text up to token {place}:", place=place))
            + f"</span> {_quoted(_tail(before))}</div>"
        )
        _tops(pair, place)
        ended = f"<i>{html.escape(_('(the text ends here)'))}</i>"
        for column, side in zip(st.columns(2), BOTH, strict=True):
            rest = "".join(text_of(comparison, side).tokens[place:])
            with column:
                _html(
                    f'<div data-testid="fv-goes-on-{side}" style="{_WRAP};border-left:4px solid '
                    f'{SIDE[side]};padding-left:.6rem"><div style="opacity:.75">'
                    f"{html.escape(_(_GOES_ON[side]))}</div>{html.escape(rest) or ended}</div>"
                )


def token(comparison: Comparison, side: str, index: int | None) -> None:
    """The token the reader chose, under both models; nothing when none is chosen."""
    pair = text_of(comparison, side)
    if index is None or index >= len(pair):
        return
    before = comparison.question.prompt + "".join(pair.tokens[:index])
    place(pair, index, before, _("Token {place}", place=index), _close)


def place(
    pair: PairTrace, index: int, before: str, title: str, on_close: Callable[[], None]
) -> None:
    """One place of a text under both models.

    Args:
        pair: Both models on the text.
        index: Of the token or word.
        before: What stands before it.
        title: Of the card.
        on_close: Called when the reader closes it.
    """
    with st.container(border=True, key="token_card"):
        left, right = st.columns([4, 1])
        with left:
            st.header(title, anchor=False)
        with right:
            st.button(_("Close"), key="close_token", type="tertiary", on_click=on_close)
        _html(
            f'<div data-testid="fv-token-card" style="{_WRAP}">'
            + _quoted(
                f'{_tail(before)}<b style="text-decoration:underline">'
                f"{html.escape(pair.tokens[index])}</b>"
            )
            + "</div>"
        )
        _tops(pair, index)


def _close() -> None:
    st.session_state["_token"] = ""


def _tops(pair: PairTrace, index: int) -> None:
    for column, side in zip(st.columns(2), BOTH, strict=True):
        trace: TokenTrace = getattr(pair, side)
        with column:
            _html(_top_ten(trace, pair.tokens[index], index, side))
    _html(
        '<div style="font-size:.88rem;opacity:.85">'
        + html.escape(
            _(
                "KL(baseline || compressed) here: {kl} nats · Jensen-Shannon: {js} nats",
                kl=_number(pair.kl[index]),
                js=_number(pair.js[index]),
            )
        )
        + "</div>"
    )


def _top_ten(trace: TokenTrace, written: str, index: int, side: str) -> str:
    rows = "".join(
        _bar(name, float(p), SIDE[side], written=int(token_id) == int(trace.ids[index]))
        for name, p, token_id in zip(
            trace.top_tokens[index],
            np.exp(trace.top_log_probs[index]),
            trace.top_ids[index],
            strict=False,
        )
    )
    written_here = _(
        "probability {probability}, rank {rank}",
        probability=_number(trace.prob[index]),
        rank=int(trace.rank[index]),
    )
    sure = _(
        "entropy {entropy} nats, lead of the first over the second {lead}",
        entropy=_number(trace.entropy[index]),
        lead=_number(trace.margin[index]),
    )
    return (
        f'<div data-testid="fv-top-{side}" style="font-size:.88rem;margin-bottom:.4rem">'
        f'<div style="font-weight:650;border-bottom:3px solid {SIDE[side]};margin-bottom:.3rem">'
        f"{html.escape(_(_TEN[side]))}</div>{rows}"
        '<div style="opacity:.85;margin-top:.3rem">'
        + _("{token}: {says}", token=_quoted(_visible(written)), says=html.escape(written_here))
        + f"<br>{html.escape(sure)}</div></div>"
    )


def _bar(name: str, p: float, colour: str, *, written: bool) -> str:
    weight = "700" if written else "400"
    return (
        '<div style="display:grid;grid-template-columns:minmax(5rem,9rem) 1fr 3.6rem;'
        f'gap:.5rem;align-items:center;font-weight:{weight}">'
        '<span style="overflow:hidden;text-overflow:ellipsis;white-space:pre">'
        f"{_visible(name)}</span>"
        f'<span style="height:.7rem;border-radius:.2rem;background:{colour};'
        f'width:{max(100 * p, 0.5):.2f}%"></span>'
        '<span style="text-align:right;font-variant-numeric:tabular-nums">'
        f"{_('{share:.1f} %', share=100 * p)}</span>"
        "</div>"
    )


_WRAP = "white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.55"


def _html(markup: str) -> None:
    """Markup of our own, in which every text of a model or a person is escaped."""
    st.html(markup)


def _tail(text: str) -> str:
    kept = text if len(text) <= _CONTEXT else "…" + text[-_CONTEXT:]
    return html.escape(kept)


def _quoted(markup: str) -> str:
    """Escaped text within the language's quotation marks."""
    return _("“{text}”", text=markup)


def _visible(text: str) -> str:
    shown = text.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥")
    return html.escape(shown) or f"<i>{html.escape(_('part of a character'))}</i>"


def _number(value: float) -> str:
    return number(value, ".3g") if math.isfinite(value) else _("not measured")
