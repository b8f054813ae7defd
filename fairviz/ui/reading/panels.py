"""What stands below the chips: the chosen place, the largest shifts, plots, numbers, files."""

from __future__ import annotations

import json

import numpy as np
import streamlit as st

from fairviz import figures
from fairviz.analyses.reading.request import Reading
from fairviz.figures.labels import axis, inside
from fairviz.i18n import N_, _
from fairviz.inference import noise_floor as noise
from fairviz.stats import Estimate, corpus
from fairviz.ui import cards, chart, controls, session, takeaway, visitors, words
from fairviz.ui.numerals import numerals
from fairviz.ui.plain import plain, shortened
from fairviz.ui.reading.view import View, choose

_LARGEST = 50
_AROUND = 36
_TITLE = {
    "token": N_("Token {place}"),
    "word": N_("Word {place}: what the models expected for its first token"),
}
_ONE_POINT = {"token": N_("One point per token."), "word": N_("One point per word.")}
_FORMS = {"value": ".4g", "baseline": ".4f", "compressed": ".4f", "entropy": ".3f"}
_UNIT = {"token": N_("token"), "word": N_("word")}


def chosen(reading: Reading, view: View) -> None:
    """The place that the reader chose, under both models; nothing when none is chosen."""
    trace, place = view.trace, view.place
    if place is None or place >= len(trace):
        return
    before = "".join(reading.contexts[view.text]) + "".join(trace.tokens[:place])
    cards.place(trace, place, before, _(_TITLE[view.unit], place=place), _close)


def _close() -> None:
    choose(0, None)


def largest(reading: Reading, view: View) -> None:
    """The places that moved most, the largest first; a click looks at one."""
    import pandas as pd

    trace, quantity = view.trace, view.quantity
    values = quantity.of(trace)
    order = np.argsort(-np.nan_to_num(np.abs(values), nan=-1.0), kind="stable")[:_LARGEST]
    st.header(_("Largest first: {quantity}", quantity=inside(_(quantity.title))), anchor=False)
    table = pd.DataFrame(
        {
            "place": order,
            "written": [trace.tokens[place] for place in order],
            "around": [_around(reading, view, int(place)) for place in order],
            "value": values[order],
            "baseline": trace.baseline.prob[order],
            "compressed": trace.compressed.prob[order],
            "entropy": trace.baseline.entropy[order],
        }
    )
    named = {
        "place": _("place"),
        "written": _(_UNIT[view.unit]),
        "around": _("in the text"),
        "value": axis(_(quantity.title), _(quantity.unit)),
        "baseline": _("probability, baseline"),
        "compressed": _("probability, compressed"),
        "entropy": _("entropy of the baseline (nats)"),
    }
    event = st.dataframe(
        numerals(table, _FORMS),
        key=f"largest_{view.unit}_{quantity.name}_{view.text}",
        height=280,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "place": st.column_config.NumberColumn(named["place"], width="small"),
            "written": named["written"],
            "around": named["around"],
            "value": named["value"],
            "baseline": named["baseline"],
            "compressed": named["compressed"],
            "entropy": named["entropy"],
        },
    )
    rows = list(event.selection.rows)
    if rows and st.session_state.get("_looked_at") != (view.text, view.unit, int(order[rows[0]])):
        place = int(order[rows[0]])
        st.session_state["_looked_at"] = (view.text, view.unit, place)
        choose(view.text, place)
        st.rerun()
    st.caption(
        _(
            "The {shown} largest of {every}, by size. Tick a row to see what both models expected "
            "there.",
            shown=len(order),
            every=len(trace),
        )
        + f" {_(quantity.meaning)}"
    )


def _around(reading: Reading, view: View, place: int) -> str:
    tokens = view.trace.tokens
    before = "".join(reading.contexts[view.text]) + "".join(tokens[max(0, place - 12) : place])
    after = "".join(tokens[place + 1 : place + 8])
    here = f"{before[-_AROUND:]}[{tokens[place]}]{after[: _AROUND // 2]}"
    return " ".join(here.split())


def plots(reading: Reading, view: View) -> None:
    """The text from left to right, and shift against uncertainty."""
    trace = view.trace
    # Sums over a word's tokens have no floor of tokens.
    sizes = reading.floor.get("size", {}) if view.unit == "token" else {}
    st.header(_("Along the text"), anchor=False)
    distance = controls.distance()
    chart.draw(
        figures.along_text(
            trace,
            distance,
            selected=view.place,
            floor=sizes.get(distance.name),
            unit=view.unit,
        ),
        key="along_text",
        alt=words.along_text(trace, distance),
    )
    said = [_(distance.meaning)]
    if len(trace) > figures.MOST:
        said.append(_("Of so long a text every extreme is drawn, and not every place."))
    st.caption(" ".join(said))
    st.header(_("Where the baseline was unsure"), anchor=False)
    chart.draw(
        figures.uncertainty(
            trace,
            view.quantity,
            selected=view.place,
            floor=sizes.get(view.quantity.name),
            unit=view.unit,
        ),
        key="uncertainty",
        alt=words.uncertainty(trace, view.quantity),
    )
    st.caption(f"{_(_ONE_POINT[view.unit])} {_floor(reading, view)}")


def _floor(reading: Reading, view: View) -> str:
    if view.unit == "word":
        return _("The noise floor is known for tokens only: choose Tokens to see it.")
    return plain(noise.told(reading.floor, view.quantity, reading.request.floor))


def numbers(view: View, reading: Reading) -> None:
    """The summary of the text that is looked at, and llama.cpp's block."""
    trace = reading.traces[view.text]
    st.header(_("In numbers"), anchor=False)
    takeaway.summary_line(trace)
    if len(trace) < 2:
        return
    with st.expander(_("As llama.cpp prints it (llama-perplexity --kl-divergence)")):
        estimates = corpus([trace])
        st.code("\n".join(_line(one) for one in estimates), language=None)
        st.caption(
            _(
                "Same definitions, over every token but the first; llama.cpp itself scores the "
                "second half of each window of its corpus. Compare numbers of the same text only. "
                "± is llama.cpp's standard error, of tokens taken as independent; in brackets "
                "stands the 95 % interval by blocks of neighbouring tokens, for they are not."
            )
        )


def _line(one: Estimate) -> str:
    error = f" ± {one.standard_error:11.6f}" if np.isfinite(one.standard_error) else ""
    ends = f" [{one.low:.6f}, {one.high:.6f}]" if np.isfinite(one.low) else ""
    return f"{one.title:<30}: {one.value:11.6f}{error}{ends}"


def downloads(reading: Reading) -> None:
    """The reading as files, and the address that restores this view."""
    st.header(_("Take it along"), anchor=False)
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            _("JSON: everything measured"),
            lambda: json.dumps(reading.document(), ensure_ascii=False, allow_nan=False),
            "fairviz-reading.json",
            "application/json",
            key="download_json",
            on_click="ignore",
            icon=":material/download:",
        )
        st.download_button(
            _("CSV: one row per token"),
            lambda: takeaway.rows(
                {str(number + 1): trace for number, trace in enumerate(reading.traces)}
            ),
            "fairviz-tokens.csv",
            "text/csv",
            key="download_csv",
            on_click="ignore",
            icon=":material/download:",
        )
    takeaway.link()


def recent() -> None:
    """Readings in the store; each opens from there without a model."""
    if visitors.here():  # what others asked is theirs
        return
    st.header(_("Read lately"), anchor=False)
    kept = session.store().recent("reading")
    if not kept:
        st.caption(_("Nothing yet: what you read is kept here, on this machine."))
    for one in kept:
        st.page_link(
            "pages/2_Token_shift.py",
            label=_(
                "“{text}” · {baseline} and {compressed}",
                text=plain(shortened(one.request.texts[0], 48)),
                baseline=plain(str(one.request.baseline)),
                compressed=plain(str(one.request.compressed)),
            ),
            icon=":material/history:",
            query_params={"reading": one.key},
        )


def nothing_yet() -> None:
    """What will be here once something was read."""
    st.markdown(
        _(
            "Press **Read**: both models read the text, and every token is coloured by how far "
            "compression moved it. Nothing is written."
        )
    )
