"""What the file will hold, part by part, before it is downloaded."""

from __future__ import annotations

import json
from typing import NamedTuple

import streamlit as st

from fairviz.core.disk import cache_root
from fairviz.i18n import _, joined, ngettext
from fairviz.report.record import Report
from fairviz.report.runs import KINDS
from fairviz.ui.plain import plain


class Held(NamedTuple):
    """Of one part: its title and how much there is; `missing` says why there is nothing."""

    title: str
    texts: int
    figures: int
    tables: int
    command: bool
    sensitive: bool
    missing: str


def draw(report: Report) -> None:
    """One line a part, made when it is asked for."""
    if not report.parts:
        return
    if not st.toggle(
        _("Show what the file will hold"),
        key="report_preview",
        help=_("Draws every figure once, so it can take some seconds."),
    ):
        return
    document = json.dumps(report.document(), ensure_ascii=False)
    held = _held(document, _stamp(report))
    lines = []
    for part, one in zip(report.parts, held, strict=True):
        name = plain(part.heading or one.title)
        what = f":material/warning: {plain(one.missing)}" if one.missing else _counted(one)
        lines.append("1. " + _("**{name}**: {held}", name=name, held=what))
    st.markdown("\n".join(lines))
    st.caption(
        _(
            "Every part with its question, both models’ identity cards, what may be concluded and "
            "what not, and where it is from; at the end the limits of the whole."
        )
    )


def _counted(one: Held) -> str:
    parts = [
        ngettext("{n} text", "{n} texts", one.texts) if one.texts else "",
        ngettext("{n} figure", "{n} figures", one.figures) if one.figures else "",
        ngettext("{n} table", "{n} tables", one.tables) if one.tables else "",
        _("the command that repeats it") if one.command else "",
    ]
    said = joined([part for part in parts if part]) or _("words only")
    return f"{said} ({_('blurred until asked for')})" if one.sensitive else said


def _stamp(report: Report) -> tuple[float, ...]:
    """What changes when a run of the report comes or goes."""
    folders = [
        cache_root() / KINDS[part.kind].folder for part in report.parts if part.kind in KINDS
    ]
    return tuple(folder.stat().st_mtime for folder in folders if folder.exists())


@st.cache_data(show_spinner=False, max_entries=20)
def _held(document: str, stamp: tuple[float, ...]) -> list[Held]:
    """In the report's language, which is in the document."""
    from fairviz.report.resolve import sections

    return [
        Held(
            one.title,
            len(one.texts),
            len(one.figures),
            len(one.tables),
            bool(one.command),
            one.sensitive,
            one.facts.missing,
        )
        for one in sections(Report.from_document(json.loads(document)))
    ]
