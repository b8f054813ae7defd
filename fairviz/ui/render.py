"""A presentation on a page: what was found, sentence after sentence, then its pictures.

Pages draw it whole by `render`, or part by part where what a reader can do stands between. All text
of models and people is shown as typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st
from plotly import graph_objects as go

from fairviz import figures
from fairviz.analyses.presentation import (
    Card,
    Number,
    Option,
    Picture,
    Presentation,
    Table,
    cell,
)
from fairviz.core import glossary
from fairviz.i18n import _, current, signs
from fairviz.report.html import notes
from fairviz.ui import markup, widgets
from fairviz.ui.markup import numerals, plain
from fairviz.ui.present import deck

# Rows of a table that is read without scrolling.
_SHORT = 25
# Characters of a fact that fits a cell; a longer one is a sentence.
_LONGEST_FACT = 120


def render(shown: Presentation, choices: Sequence[Option] = ()) -> None:
    """What was found first, then what allows to say so."""
    finding(shown)
    sentences(shown)
    numbers(shown.numbers)
    pictures(shown, choices)
    tables(shown.tables)
    limits(shown)


def details(shown: Presentation) -> None:
    """What stands below the pictures of a page: numbers, sentences, tables, limits, the models."""
    numbers(shown.numbers)
    sentences(shown)
    tables(shown.tables)
    limits(shown)
    identities(shown.identities)


def sentences(shown: Presentation) -> None:
    """What the numbers allow to say, what is known against them, and the first of its limits.

    Several forms of one baseline stand before them in one table. A room sees the finding alone.
    """
    if deck.on():
        return
    for one in shown.tables:
        if one.name == "forms":
            table(one, key=one.name)
    if shown.allowed:
        with st.container(border=True, key="said"):
            for sentence in shown.allowed:
                st.markdown(plain(sentence))
            if shown.not_allowed:
                st.caption(plain(shown.not_allowed[0]))
    for flag in shown.flags:
        st.warning(f"**{plain(flag.title)}** {plain(flag.meaning)}", icon=":material/flag:")


def finding(shown: Presentation) -> None:
    """What was found, in one sentence, and how far it may be trusted."""
    if shown.finding is not None:
        markup.draw("finding", finding=shown.finding)


def numbers(measured: Sequence[Number]) -> None:
    """Measured numbers side by side, and what they mean for who asks."""
    if not measured or deck.on():
        return
    markup.draw("numbers", numbers=[(number, _below(number)) for number in measured])
    meanings = [
        f"- **{plain(number.title)}**: {plain(number.meaning)}"
        for number in measured
        if number.meaning
    ]
    if meanings:
        with st.expander(_("What these numbers mean")):
            st.markdown("\n".join(meanings))


def _below(number: Number) -> str:
    """Interval and p-value of a number, else how many it rests on."""
    tested = _("p = {p}", p=number.p) if number.p else ""
    below = " · ".join(part for part in (number.interval, tested) if part)
    return below or (_("n = {n}", n=number.n) if number.n else "")


def pictures(shown: Presentation, choices: Sequence[Option] = ()) -> None:
    """Every picture under its heading, with the options that change it alone.

    One that stands under another's heading stands beside it; a room sees the first alone.
    """
    if deck.on():
        for picture in shown.figures[:1]:
            draw(picture, key=f"{shown.kind}_picture")
        return
    rows: list[list[tuple[int, Picture]]] = []
    for place, picture in enumerate(shown.figures):
        if rows and not picture.title and picture.name and len(rows[-1]) == 1:
            rows[-1].append((place, picture))
        else:
            rows.append([(place, picture)])
    for row in rows:
        title = row[0][1].title
        if title:
            st.header(plain(title), anchor=False)
        for _place, picture in row:
            widgets.above(picture.name, choices)
        for column, (place, picture) in zip(st.columns(len(row), gap="medium"), row, strict=True):
            with column:
                draw(picture, key=picture.name or f"{shown.kind}_{place}")


def draw(picture: Picture, *, key: str) -> None:
    """One picture with its words, below its heading."""
    chart(picture.figure, key=key, alt=picture.alt)
    if picture.caption and not deck.on():
        told = glossary.meanings(picture.caption)
        st.caption(plain(picture.caption), help=told or None)


def tables(listed: Sequence[Table]) -> None:
    """Further numbers, each table folded unless it says otherwise; named ones are the page's."""
    for place, one in enumerate(() if deck.on() else listed):
        if not one.name:
            table(one, key=f"table_{place}")


def table(shown: Table, *, key: str) -> None:
    """One table, its numbers as the language writes them.

    A short one that stands open shows all of its columns; a long one scrolls.
    """
    frame = shown.frame
    if not shown.folded and len(frame) <= _SHORT and not shown.sensitive:
        st.header(plain(shown.caption), anchor=False)
        rows = [[cell(value) for value in row] for row in frame.astype(object).to_numpy()]
        heads = [str(name) for name in frame]
        markup.draw("table", title=shown.caption, heads=heads, rows=rows, name=key)
        return
    with st.expander(plain(shown.caption), expanded=not shown.folded):
        if shown.sensitive and not st.toggle(_("Show the sensitive texts"), key=f"{key}_texts"):
            return
        st.dataframe(
            numerals(frame, ".3g") if frame.columns.is_unique else frame, key=key, hide_index=True
        )


def limits(shown: Presentation) -> None:
    """What may not be concluded, and how the numbers are to be read."""
    if len(shown.not_allowed) > 1:
        with st.expander(_("What they do not allow, and how to read them")):
            st.markdown("\n".join(f"- {plain(sentence)}" for sentence in shown.not_allowed))


def identities(cards: Sequence[Card]) -> None:
    """Both models, one fact a row; what is a sentence stands below, once."""
    facts = [(name, value) for card in cards for name, value in card.rows]
    told = {name for name, value in facts if len(value) > _LONGEST_FACT}
    names = dict.fromkeys(name for name, _value in facts if name not in told)
    if not names or deck.on():
        return
    several = _("The models, as loaded")
    st.header(_("The two models, as loaded") if len(cards) == 2 else several, anchor=False)
    titles = {"baseline": _("Baseline"), "compressed": _("Compressed model")}
    markup.draw("identities", cards=cards, names=names, titles=titles)
    st.caption(_("Measured on the weights in memory when the numbers were made."))
    for name, value in dict.fromkeys(fact for fact in facts if fact[0] in told):
        st.caption(f"**{plain(name)}:** {plain(value)}")


# The page's own type grows by as much.
_LARGER = 1.4


def chart(figure: go.Figure, *, key: str, alt: str) -> None:
    """One figure; `alt` is the figure in words, for a reader who does not see it."""
    decimal, group, _ = signs(current())
    figure.update_layout(separators=decimal + group)
    if deck.on():
        enlarge(figure)
    # A slide has as much room as the screen.
    height: Literal["stretch", "content"] = "stretch" if deck.on() else "content"
    st.plotly_chart(figure, key=key, config=figures.CONFIG, alt=alt, height=height)


def enlarge(figure: go.Figure) -> None:
    """Type and marks of a figure for the last row of a room."""
    layout = figure.layout
    layout.font.size = (layout.font.size or 12) * _LARGER
    layout.height = None  # as much as the screen has
    for note in layout.annotations:
        if note.font.size:
            note.font.size *= _LARGER
    for trace in figure.data:
        marker = getattr(trace, "marker", None)
        if marker is not None and isinstance(getattr(marker, "size", None), int | float):
            marker.size *= _LARGER


def comment(text: str) -> None:
    """The note, if there is one."""
    shown = notes.note(text)
    if shown:
        # The browser's side cleans it once more; HTML in the note is text by now.
        markup.draw("note", note=shown)
