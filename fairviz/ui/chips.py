"""The panes of tokens in the browser: one component, fed with data, never with markup."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.figures.labels import axis
from fairviz.figures.palette import Scale
from fairviz.i18n import N_, _, current, number, signs
from fairviz.ui import markup

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "fairviz.chips",
    css=(_HERE / "chips.css").read_text(encoding="utf-8"),
    js=(_HERE / "chips.js").read_text(encoding="utf-8"),
)


_DESCRIBED = {
    "token": N_(
        "token {index}, '{token}', probability {baseline} baseline, {compressed} compressed; "
        "{title} {value}"
    ),
    "word": N_(
        "word {index}, '{token}', probability {baseline} baseline, {compressed} compressed; "
        "{title} {value}"
    ),
}
_PLACE = {"token": N_("{token}  ·  token {index}"), "word": N_("{token}  ·  word {index}")}


def _words(unit: str) -> dict[str, str]:
    """What the chips say, in the reader's language; the browser fills in the {fields}."""
    return {
        "decimal": signs(current())[0],
        "unmeasured": _("not measured"),
        "percent": _("{share} %"),
        "part": _("(part of a character)"),
        "described": _(_DESCRIBED[unit]),
        "place": _(_PLACE[unit]),
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


def chips(view: dict[str, Any], *, key: str, on_select: Callable[[str], None]) -> None:
    """Draw one pane.

    Args:
        view: See `panes.pane` and `panes.empty`.
        key: Of the component, so that new data is drawn in place.
        on_select: Called with `key` when the reader chooses a token; the index is then
            in `st.session_state[key].selected`.
    """
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
        words=_(
            "blue, dotted underline: less under the compressed model · orange, solid underline: "
            "more"
        )
        if quantity.signed
        else _("pale: small · violet: large"),
    )
