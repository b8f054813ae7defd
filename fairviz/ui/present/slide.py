"""One slide: a report's title, one of its items, or its limits, for the last row of a room."""

from __future__ import annotations

import streamlit as st

from fairviz.analyses.comparison.request import Comparison
from fairviz.analyses.presentation import Chip, Presentation, Text
from fairviz.figures.palette import BASELINE, COMPRESSED
from fairviz.i18n import _, speaking
from fairviz.report import limits, runs
from fairviz.report.record import Part, Report
from fairviz.ui import comparison, links, markup, render
from fairviz.ui.links import PRESENT
from fairviz.ui.markup import plain
from fairviz.ui.present.deck import Deck

# What a room reads in the time that a speaker gives it.
MOST_SENTENCES, MOST_FIGURES, MOST_CHIPS, MOST_FOUND = 3, 2, 220, 5
# Stronger colours than this get a stroke as well, as in the report's file.
_STROKED = 0.15


def draw(shown: Deck) -> None:
    """The slide that the address names, in the report's language."""
    report, place = shown.report, max(shown.place, 0)
    if report is None or not report.parts:
        st.title(_("Nothing to present yet"), anchor=False)
        st.markdown(_("Leave with Escape, then add runs to a report: each becomes a slide."))
        return
    with speaking(report.language):
        if place == 0:
            _opening(report)
        elif place > len(report.parts):
            _closing(report)
        else:
            _item(report.parts[place - 1], place)
    if 0 < place <= len(report.parts):
        part, also = report.parts[place - 1], {"report": report.name, "slide": str(place)}
        links.to_run(part.kind, part.key, **{PRESENT: "1"}, **also)


def _opening(report: Report) -> None:
    st.title(plain(report.title), anchor=False)
    sections = [runs.section(part) for part in report.parts]
    found = [one.finding.sentence for one in sections if one.finding is not None]
    titles = [part.heading or one.title for part, one in zip(report.parts, sections, strict=True)]
    st.markdown("\n".join(f"- {plain(said)}" for said in found[:MOST_FOUND] or titles if said))


def _closing(report: Report) -> None:
    st.title(_("What this cannot show"), anchor=False)
    st.markdown("\n".join(f"- {plain(one)}" for one in limits.limits(runs.sections(report))))


def _item(part: Part, place: int) -> None:
    section = runs.section(part)
    title = part.heading or section.title
    if title:
        st.title(plain(title), anchor=False)
    render.comment(part.note)
    render.finding(section)
    open_texts = not section.sensitive or st.toggle(
        _("Show the sensitive texts"), key=f"slide_{place}_texts"
    )
    written = runs.load(part) if part.kind == "comparison" and open_texts else None
    if isinstance(written, Comparison):
        _stream(written)
    else:
        for text in section.texts[:2]:
            _text(text, blurred=not open_texts)
        for legend in dict.fromkeys(text.legend for text in section.texts[:2] if text.legend):
            st.caption(plain(legend))
    _findings(section, place)
    _warnings(section)


def _findings(section: Presentation, place: int) -> None:
    """What the numbers say beside the picture that says it; a second picture stands below."""
    said = "\n".join(f"- {plain(one)}" for one in section.allowed[:MOST_SENTENCES])
    pictures = section.figures[:MOST_FIGURES]
    # Below texts that fill the width, words and picture fill it too.
    side_by_side = bool(pictures) and not section.texts
    words, first = st.columns([2, 3], gap="large") if side_by_side else (st.container(),) * 2
    words.markdown(said)
    for number, picture in enumerate(pictures):
        with first if number == 0 else st.container():
            render.chart(picture.figure, key=f"slide_{place}_{number}", alt=picture.alt)
            st.caption(plain(picture.caption))


def _stream(run: Comparison) -> None:
    """Both panes write again; where they part is opened up."""
    st.markdown(f"> {plain(run.request.prompt)}")
    comparison.draw([run], 0, {"quantity": "probability_shift", "context": "baseline"}, None)
    comparison.opened(run, "baseline", None)


def _text(text: Text, *, blurred: bool) -> None:
    """A text in colours."""
    shown = text.chips[:MOST_CHIPS]
    markup.draw(
        "slide_text",
        text=text,
        chips=[(chip, _look(text, chip)) for chip in shown],
        left=len(text.chips) > len(shown),
        blurred=blurred,
    )


def _look(text: Text, chip: Chip) -> dict[str, str]:
    """Colour, and for its sign a stroke: solid for a rise, dotted for a fall."""
    size, falls = min(abs(chip.strength), 1.0), chip.strength < 0
    stroked = chip.marked or (size >= _STROKED and bool(text.low))
    return {
        "colour": (text.low or BASELINE) if falls else (text.high or COMPRESSED),
        "strength": f"{60 * size:.0f}",
        "stroke": ("fv-falls" if falls else "fv-rises") if stroked else "",
    }


def _warnings(section: Presentation) -> None:
    for flag in section.flags[:MOST_SENTENCES]:
        st.warning(f"**{plain(flag.title)}** {plain(flag.meaning)}", icon=":material/flag:")
    for said in section.not_allowed[:MOST_SENTENCES]:
        st.caption(plain(said))
