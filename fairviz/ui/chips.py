"""The panes of tokens in the browser: one component, fed with data, never with markup."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.trace_pictures import counted
from fairviz.figures.labels import axis
from fairviz.figures.palette import SIDE, Scale
from fairviz.i18n import N_, _, current, number, signs
from fairviz.metrics.traces import BOTH, Floats, PairTrace, TokenTrace
from fairviz.ui import markup
from fairviz.ui.widgets import paragraph

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "fairviz.chips",
    css=(_HERE / "chips.css").read_text(encoding="utf-8"),
    js=(_HERE / "chips.js").read_text(encoding="utf-8"),
)


def _words(unit: str) -> dict[str, str]:
    """What the chips say, in the reader's language; the browser fills in the {fields}."""
    return {
        "decimal": signs(current())[0],
        "unmeasured": _("not measured"),
        "percent": _("{share} %"),
        "part": _("(part of a character)"),
        "described": paragraph(f"described_{unit}"),
        "place": paragraph(f"place_{unit}"),
        "said": _("{title}: {value}"),
        "baseline": _("baseline"),
        "compressed": _("compressed"),
        "probability": _("probability"),
        "rank": _("rank"),
        "entropy": _("entropy"),
        "nats": _("{value} nats"),
        "baseline_top": _("baseline top 10"),
        "compressed_top": _("compressed top 10"),
        "same_so_far": _("same so far"),
        "same": _("same text in both"),
        "same_to_here": _("same text up to here"),
        "differs": _("◆ first difference"),
        "ends": _("◆ ends here, the other goes on"),
    }


def draw(view: dict[str, Any], *, key: str, on_select: Callable[[str], None]) -> None:
    """Draw one pane; `on_select` is called with its key when the reader chooses a token, whose
    index is then in `st.session_state[key].selected`."""
    _mount(
        data={**view, "words": _words(view.get("unit", "token"))},
        key=key,
        on_selected_change=lambda: on_select(key),
    )


def feed(slot: DeltaGenerator, name: str, view: dict[str, Any]) -> None:
    """Hand a live pane its next picture.

    A component can be mounted once in a run of the page, so what is written while the
    run lasts reaches it through a hidden element of the page that it reads as text.
    """
    text = json.dumps(view, ensure_ascii=True).replace("<", "\\u003c")
    slot.html(markup.of("feed", name=name, view=text))


def legend(scale: Scale) -> None:
    """The colours, their range and their unit."""
    look, quantity = scale.document(), scale.quantity
    low, high, clear = f"{look['low']}d9", f"{look['high']}d9", "rgba(128,136,149,0.10)"
    limit = number(scale.limit, "g")
    markup.draw(
        "legend",
        title=axis(_(quantity.title), _(quantity.unit)),
        ramp=(low, clear, high) if quantity.signed else (clear, high),
        ends=(f"−{limit}", "0", f"+{limit}") if quantity.signed else ("0", limit),
        words=paragraph("signed_colours") if quantity.signed else _("pale: small · violet: large"),
    )


TITLES = {"baseline": N_("Baseline"), "compressed": N_("Compressed")}
WHOLE = slice(None)


def empty(
    side: str, title: str, model: str, prompt: str, scale: Scale, *, name: str = ""
) -> dict[str, Any]:
    """A pane before its first token; it follows the feed of its `name`, by default its side."""
    return {
        "side": side,
        "title": title,
        "model": model,
        "prompt": prompt,
        "colours": SIDE,
        "scale": scale.document(),
        "tokens": [],
        "values": [],
        "divergence": None,
        "count": counted(0, "token"),
        "live": True,
        "feed": name or side,
        "selected": None,
        "readings": None,
        "placeholder": "",
    }


def written(
    pair: PairTrace,
    scale: Scale,
    divergence: int | None = None,
    *,
    unit: str = "token",
    part: slice = WHOLE,
) -> dict[str, Any]:
    """What changes of a pane while it is written: `part` of its rows, `token`s or `word`s."""
    return {
        "tokens": list(pair.tokens[part]),
        "values": _rounded(scale.quantity.of(pair)[part]),
        "scale": scale.document(),
        "divergence": divergence,
        "count": counted(len(pair), unit),
    }


def finished(
    pair: PairTrace, placeholder: str, *, part: slice = WHOLE, selected: int | None = None
) -> dict[str, Any]:
    """What a finished pane adds: each token's card, and the one that the reader chose."""
    return {
        "live": False,
        "selected": selected,
        "readings": {side: _readings(getattr(pair, side), part) for side in BOTH},
        "placeholder": placeholder,
    }


def _readings(trace: TokenTrace, part: slice) -> list[dict[str, Any]]:
    columns = zip(
        _rounded(trace.prob[part]),
        _rounded(trace.entropy[part]),
        trace.rank[part],
        trace.top_tokens[part],
        np.exp(trace.top_log_probs[part]),
        strict=True,
    )
    return [
        {
            "prob": prob,
            "entropy": entropy,
            "rank": int(rank),
            "top": [
                [token, round(float(p), 5)] for token, p in zip(tokens, top_prob, strict=False)
            ],
        }
        for prob, entropy, rank, tokens, top_prob in columns
    ]


def _rounded(values: Floats) -> list[float | None]:
    """Five digits each; None for what is not measured."""
    return [float(f"{value:.5g}") if math.isfinite(value) else None for value in values]
