"""The panes of tokens in the browser: one component, fed with data, never with markup."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.chips import matched
from fairviz.analyses.presentation import Option
from fairviz.analyses.trace_pictures import counted
from fairviz.core.shortened import middle
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
    js="".join((_HERE / f"{one}.js").read_text(encoding="utf-8") for one in ("chips", "panes")),
)


def _words(unit: str) -> dict[str, Any]:
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
        "rank": _("rank"),
        "entropy": _("entropy"),
        "nats": _("{value} nats"),
        "sides": [SIDE[side] for side in BOTH],
        "same_so_far": _("same so far"),
        "same": _("same text in both"),
        "same_to_here": _("same text up to here"),
        "differs": _("◆ first difference"),
        "ends": _("◆ ends here, the other goes on"),
    }


def draw(
    views: Sequence[dict[str, Any]],
    scale: Scale,
    on_select: Callable[[str, int], None],
    *,
    bounds: bool = False,
    tall: bool = False,
    replay: Mapping[str, Any] | None = None,
) -> None:
    """Panes side by side under the legend of their scale.

    Args:
        views: One a pane, each of another `name`.
        on_select: In a callback: the name of the pane and the index of the token in it that the
            reader chose.
        bounds: Whether every token shows where it begins and ends.
        tall: Whether they take the page's first screen.
        replay: How all are written again, as `deck.replay` says it; None shows them at once.
    """

    def selected() -> None:
        chosen = st.session_state["panes"].get("selected")
        if chosen is not None:
            on_select(str(chosen[0]), int(chosen[1]))

    _mount(
        data={
            "panes": list(views),
            "scale": _scale(scale),
            "words": _words(views[0].get("unit", "token")),
            "bounds": bounds,
            "tall": tall,
            "replay": replay,
        },
        key="panes",
        on_selected_change=selected,
    )


def feed(slot: DeltaGenerator, name: str, view: dict[str, Any], scale: Scale) -> None:
    """Hand a live pane its next picture, and all of them their scale.

    A component can be mounted once in a run of the page, so what is written while the
    run lasts reaches it through a hidden element of the page that it reads as text.
    """
    text = json.dumps({**view, "scale": _scale(scale)}, ensure_ascii=True).replace("<", "\\u003c")
    slot.html(markup.of("feed", name=name, view=text))


def _scale(scale: Scale) -> dict[str, Any]:
    """The colours with their range and their unit, as the legend tells them."""
    quantity, limit = scale.quantity, number(scale.limit, "g")
    return {
        **scale.document(),
        "heading": axis(_(quantity.title), _(quantity.unit)),
        "ends": (f"−{limit}", f"+{limit}") if quantity.signed else ("0", limit),
        "says": (_("less"), _("more")) if quantity.signed else (_("small"), _("large")),
    }


# How texts are drawn; a report has no pointing, and nothing to choose.
BOUNDS = Option(
    "bounds",
    N_("Token bounds"),
    default=False,
    help=N_("Shows where every token begins and ends; else texts flow as words."),
)
TITLES = {"baseline": N_("Baseline"), "compressed": N_("Compressed")}
WHOLE = slice(None)


def empty(
    name: str, side: str, title: str, model: str, prompt: str, *, colour: str = ""
) -> dict[str, Any]:
    """A pane before its first token; it follows the feed of its name."""
    return {
        "side": side,
        "title": title,
        "model": model,
        "short": middle(model, 26),
        "prompt": prompt,
        "colour": colour or SIDE[side],
        "tokens": [],
        "values": [],
        "divergence": None,
        "count": counted(0, "token"),
        "live": True,
        "feed": name,
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
        "readings": {
            **{side: _readings(getattr(pair, side), part) for side in BOTH},
            "top": [_expected(pair, place) for place in range(len(pair))[part]],
        },
        "placeholder": placeholder,
    }


# Rows of the tip over a token; its card has them all.
_TIP = 10


def _expected(pair: PairTrace, place: int) -> list[list[Any]]:
    """The likeliest tokens of either model there with both probabilities."""
    rows = matched(pair, place)[:_TIP]
    return [[row.token, *_rounded(np.array(row[2:]))] for row in rows]


def _readings(trace: TokenTrace, part: slice) -> list[dict[str, Any]]:
    columns = zip(
        _rounded(trace.prob[part]), _rounded(trace.entropy[part]), trace.rank[part], strict=True
    )
    return [
        {"prob": prob, "entropy": entropy, "rank": int(rank)} for prob, entropy, rank in columns
    ]


def _rounded(values: Floats) -> list[float | None]:
    """Five digits each; None for what is not measured."""
    return [float(f"{value:.5g}") if math.isfinite(value) else None for value in values]
