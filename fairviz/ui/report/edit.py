"""The report that is worked on: which one it is, its name, its language, its parts in order."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.store import example as stored_example
from fairviz.core.errors import FairvizError
from fairviz.core.shortened import middle, shortened
from fairviz.core.specs import digest
from fairviz.i18n import LANGUAGES, _, current
from fairviz.report import runs
from fairviz.report.record import KINDS, LONGEST, Part, Report
from fairviz.report.shelf import Reports
from fairviz.ui import address, links, render, shell
from fairviz.ui.markup import plain
from fairviz.ui.widgets import paragraph, widget

KEY = "report"
_LAST, _FAILED = "_report_last", "_report_failed"


def worked_on(known: list[Report]) -> Report | None:
    """The report that this viewer works on, of the address or the last one; None for none."""
    by_name = {report.name: report for report in known}
    for name in (st.query_params.get(KEY), st.session_state.get(_LAST)):
        if name in by_name:
            return by_name[name]
    return known[0] if known else None


def use(name: str) -> None:
    """Work on this report from now on, on every page."""
    st.session_state[_LAST] = name


def go(name: str) -> None:
    """Show this report in the next run of the page."""
    address.later(**{KEY: name})
    use(name)


def choose(known: list[Report], chosen: Report) -> None:
    """The list of reports, where there are several."""
    if len(known) > 1:
        titles = {one.name: one.title for one in known}
        st.session_state["report_choice"] = chosen.name
        st.selectbox(
            **widget("report_choice"),
            options=list(titles),
            format_func=titles.__getitem__,
            on_change=lambda: go(str(st.session_state["report_choice"])),
        )


def attempt(change: Callable[..., object], *args: Any) -> Callable[[], None]:
    """The callback of a widget that does this; a known failure is told by `told`."""

    def callback() -> None:
        try:
            change(*args)
        except FairvizError as error:
            st.session_state[_FAILED] = error

    return callback


def changes(name: str, change: Callable[[Report], Report]) -> Callable[[], None]:
    """The callback of a widget that changes a report."""
    return attempt(lambda: Reports().change(name, change))


def told() -> None:
    """Why the last change failed, once."""
    failed = st.session_state.pop(_FAILED, None)
    if isinstance(failed, FairvizError):
        shell.advise(failed)


# What people and models wrote freely: nothing else says whether it can hurt.
_WRITTEN = ("comparison", "reading", "audit")
_REMOVED = "_report_removed"


class Removed(NamedTuple):
    """What was taken away last: a part of a report and where it stood, or a whole report."""

    report: Report
    part: Part | None = None
    at: int = 0


def head() -> None:
    """What went wrong since, and what can be put back."""
    told()
    for line in Reports().damaged():
        said = _("A report cannot be shown: {line}", line=plain(line))
        st.warning(said, icon=":material/healing:")
    gone = st.session_state.get(_REMOVED)
    if not isinstance(gone, Removed):
        return
    if gone.part is None:
        words = _("The report “{title}” was deleted.", title=plain(gone.report.title))
    else:
        name = gone.part.heading or runs.shown(gone.part) or gone.part.key
        words = _("Taken out: {title}", title=plain(name))
    with st.container(
        horizontal=True, gap="small", vertical_alignment="center", key="report_undo_box"
    ):
        st.caption(words, width="content")
        st.button(**widget("report_undo"), on_click=attempt(_put_back, gone))


def nothing_yet() -> None:
    """The way to a first part."""
    links.head("Report")
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        _new()
        st.caption(paragraph("first_part"))


def example() -> Report:
    """What comes with the package, as a report."""
    found = {kind: stored_example(kind) for kind in ("probe", "comparison")}
    named = [Part(kind, key) for kind, key in found.items() if key]
    parts = tuple(replace(part, title=runs.title(part.kind, runs.load(part))) for part in named)
    return Report("example", _("Example of a report"), current(), parts)


def report() -> Report | None:
    """The report that is worked on; None where there is none."""
    chosen = worked_on(Reports().all())
    if chosen is None:
        return None
    if st.query_params.get(KEY) != chosen.name:
        st.query_params[KEY] = chosen.name
    use(chosen.name)
    st.title(plain(chosen.title), anchor=False)
    return chosen


def controls(chosen: Report) -> None:
    """Its title and its language, the other reports."""
    name = chosen.name
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        choose(Reports().all(), chosen)
        _new()
        st.button(**widget("report_delete"), on_click=attempt(_delete, chosen))
    title, language = widget("title", name), widget("language", name)
    held = st.session_state
    # What is on disk wins over a widget that another page or window left behind.
    held[title["key"]], held[language["key"]] = chosen.title, chosen.language
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.text_input(
            **title,
            max_chars=LONGEST["title"],
            on_change=changes(
                name, lambda now: replace(now, title=" ".join(str(held[title["key"]]).split()))
            ),
        )
        st.segmented_control(
            **language,
            options=list(LANGUAGES),
            format_func=LANGUAGES.__getitem__,
            on_change=changes(name, lambda now: replace(now, language=str(held[language["key"]]))),
        )


def _new() -> None:
    def begin() -> None:
        go(Reports().begin(_("Report"), current()).name)

    st.button(**widget("report_new"), on_click=attempt(begin))


def _delete(report: Report) -> None:
    Reports().remove(report.name)
    st.session_state[_REMOVED] = Removed(report)
    go("")


def _put_back(gone: Removed) -> None:
    shelf, name, part = Reports(), gone.report.name, gone.part
    if part is None:
        # Another may have been begun under its name since.
        name = shelf.free(name)
        shelf.save(replace(gone.report, name=name))
    else:
        shelf.change(name, lambda now: now.with_part(part, min(gone.at, len(now.parts))))
    go(name)
    st.session_state.pop(_REMOVED)


def parts(
    report: Report, *, own: bool = True
) -> list[tuple[DeltaGenerator, DeltaGenerator | None]]:
    """Every part, and of an `own` report its controls and a button for a text between them.

    Returns:
        Of each part the places for what was found and for how much the file holds of it.
    """
    places = []
    if not report.parts:
        st.caption(
            _("Nothing is in this report yet. Press “Add to report” below a run on its page.")
        )
    for at, part in enumerate(report.parts):
        with st.container(key=f"part_{_id(part)}"):
            places.append((st.container(), _head(report, part, at, own)))
            render.comment(part.note)
    if own:
        st.button(**widget("part_text"), on_click=changes(report.name, _with_text))
    return places


def _head(report: Report, part: Part, at: int, own: bool) -> DeltaGenerator | None:
    title = "" if part.blur else runs.shown(part)
    kind = _(KINDS[part.kind])
    *what, pair = title.split(" · ")
    models = map(middle, pair.split(" → ")) if what else (pair,)
    short = " · ".join((*what, " → ".join(models)))  # the whole stands in the tip
    name = shortened(part.heading or short or kind, 100)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        said = plain(_("{place}. {name}", place=at + 1, name=name))
        tip = plain(f"{kind} · {title}" if title else kind)
        if part.kind in ANALYSES:  # the sign is that of its page
            links.to_run(part.kind, part.key, said, "", tip)
        else:
            st.caption(said, help=tip, width="content")
        if not own:
            return None
        with st.popover(_("Edit"), icon=":material/edit_note:"):
            held = st.container()
            with st.container(horizontal=True, gap="small"):
                for way, by, last in (("up", -1, 0), ("down", 1, len(report.parts) - 1)):
                    st.button(
                        **widget(way, _id(part)),
                        disabled=at == last,
                        on_click=attempt(_move, report.name, part, by),
                    )
                taken = attempt(_remove, report, part, at)
                st.button(**widget("remove", _id(part)), on_click=taken)
            _words(report, part)
    return held


def _words(report: Report, part: Part) -> None:
    heading, note = widget("heading", _id(part)), widget("note", _id(part))
    held = st.session_state
    held[heading["key"]], held[note["key"]] = part.heading, part.note
    written = changes(
        report.name,
        lambda now: now.changed(
            part.place,
            heading=" ".join(str(held[heading["key"]]).split()),
            note=str(held[note["key"]]),
        ),
    )
    st.text_input(**heading, max_chars=LONGEST["heading"], on_change=written)
    st.text_area(**note, max_chars=LONGEST["note"], on_change=written)
    if part.kind in _WRITTEN:
        blur = widget("blur", _id(part))
        held[blur["key"]] = part.blur
        st.checkbox(
            **blur,
            on_change=changes(
                report.name, lambda now: now.changed(part.place, blur=bool(held[blur["key"]]))
            ),
        )


def _id(part: Part) -> str:
    return digest(list(part.place))[:12]


def _move(name: str, part: Part, by: int) -> None:
    Reports().change(name, lambda now: now.moved(part.place, by))


def _remove(report: Report, part: Part, at: int) -> None:
    Reports().change(report.name, lambda now: now.without(part.place))
    st.session_state[_REMOVED] = Removed(report, part, at)


def _with_text(report: Report) -> Report:
    return report.with_part(Part("text", secrets.token_hex(8), heading=_("Text")))
