"""One slide: a report's title, one of its items, or its limits, for the last row of a room."""

from __future__ import annotations

import streamlit as st

from fairviz.analyses.comparison.request import Comparison
from fairviz.i18n import _, ngettext, speaking
from fairviz.report import limits, runs
from fairviz.report.record import Part, Report
from fairviz.ui import coloured, comparison, render
from fairviz.ui.markup import plain
from fairviz.ui.present.deck import Deck

# What a room reads in the time that a speaker gives it.
MOST_SENTENCES, MOST_CHIPS, MOST_FOUND, MOST_LIMITS = 3, 220, 5, 6
# Texts of no more tokens are written larger.
LARGE_CHIPS = 90


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


def _opening(report: Report) -> None:
    st.title(plain(report.title), anchor=False)
    sections = [runs.section(part) for part in report.parts]
    found = [one.finding.sentence for one in sections if one.finding is not None]
    titles = [part.heading or one.title for part, one in zip(report.parts, sections, strict=True)]
    st.markdown("\n".join(f"- {plain(said)}" for said in found[:MOST_FOUND] or titles if said))


def _closing(report: Report) -> None:
    st.title(_("What this cannot show"), anchor=False)
    said = list(limits.limits(runs.sections(report)))
    st.markdown("\n".join(f"- {plain(one)}" for one in said[:MOST_LIMITS]))
    if n := max(len(said) - MOST_LIMITS, 0):
        st.caption(
            ngettext(
                "{n} more stands in the report's file.", "{n} more stand in the report's file.", n
            )
        )


def _item(part: Part, place: int) -> None:
    """What was found, and the one thing that shows it: both texts, else the first picture."""
    section = runs.section(part)
    title = part.heading or section.title
    st.title(plain(title), anchor=False)
    render.finding(section)
    render.comment(part.note)
    legends = () if section.sensitive else [one.legend for one in section.texts[:2] if one.legend]
    written = runs.load(part) if part.kind == "comparison" and not section.sensitive else None
    if isinstance(written, Comparison):
        # Both panes write again, in step.
        seen = {"quantity": "probability_shift", "context": "baseline"}
        comparison.draw([written], 0, seen, None)
    elif (legends or not section.figures) and section.texts:
        for text in section.texts[:2]:
            coloured.draw(text, most=MOST_CHIPS, large=LARGE_CHIPS, blurred=section.sensitive)
        for legend in dict.fromkeys(legends):
            st.caption(plain(legend))
    elif section.figures:
        picture = section.figures[0]
        render.chart(picture.figure, key=f"slide_{place}", alt=picture.alt)
    else:
        said = section.allowed or section.not_allowed
        st.markdown("\n".join(f"- {plain(one)}" for one in said[:MOST_SENTENCES]))
    if section.flags:
        st.caption(plain(" · ".join(f"⚑ {one.title}" for one in section.flags)))
