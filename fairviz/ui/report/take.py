"""A report taken along: previewed, downloaded, and received as a bundle from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from fairviz.analyses.presentation import Finding, Presentation
from fairviz.core.disk import cache_root
from fairviz.core.errors import FairvizError
from fairviz.core.shortened import shortened
from fairviz.i18n import _, current, joined, ngettext
from fairviz.report import bundle
from fairviz.report.bundle import Opened, unpack
from fairviz.report.record import Report
from fairviz.report.runs import PLACES, sections
from fairviz.report.zip_reading import MOST_BYTES
from fairviz.ui import links, markup, render, shell, visitors, widgets
from fairviz.ui.markup import plain
from fairviz.ui.report import edit
from fairviz.ui.widgets import paragraph, widget


def draw(report: Report, *, own: bool = True) -> Report:
    """Both downloads, and of an `own` report its slides; what they hold is made when one is
    pressed.

    Returns:
        The report as it is shown and written, in plain words if asked for.
    """
    shown = report
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for key, name, kind, content in (
            ("report_html", f"{report.name}.html", "text/html", lambda: html(shown)),
            (
                "report_bundle",
                f"{report.name}{bundle.SUFFIX}",
                "application/zip",
                lambda: bundle.pack(report).content,
            ),
        ):
            st.download_button(
                **widget(key),
                data=content,
                file_name=name,
                mime=kind,
                on_click="ignore",
                disabled=not report.parts,
            )
        if report.parts and own:
            links.to_slides(report.name)
        if widgets.plainly():
            shown = report.plainly()
    return shown


def without_browser(report: Report) -> None:
    """The command that writes the same file."""
    st.caption(_("The same without a browser:"))
    st.code(
        f"python -m fairviz report --name {report.name} --out {report.name}.html",
        language=None,
        wrap_lines=True,
    )


def html(report: Report) -> str:
    """The report as one file."""
    from fairviz.report.html.page import page

    return page(report, sections(report))


def findings(
    report: Report, places: Sequence[tuple[DeltaGenerator, DeltaGenerator | None]]
) -> None:
    """What was found in each part, and what the file holds of it, in the part's places."""
    if not places:
        return
    with places[0][0], st.spinner(_("Reading what the parts found …")):
        held = _held(json.dumps(report.document(), ensure_ascii=False), current(), _stamp(report))
    for (above, beside), (finding, missing, what) in zip(places, held, strict=True):
        with above:
            if finding is not None:
                markup.draw("finding", finding=finding, brief=True)
            if missing:
                st.warning(plain(missing), icon=":material/warning:")
        if beside is not None:
            beside.caption(what)


def _stamp(report: Report) -> tuple[float, ...]:
    """What changes when a run of the report comes or goes."""
    folders = [
        cache_root() / PLACES[part.kind].folder for part in report.parts if part.kind in PLACES
    ]
    return tuple(folder.stat().st_mtime for folder in folders if folder.exists())


@st.cache_data(show_spinner=False, max_entries=20)
def _held(
    document: str, language: str, stamp: tuple[float, ...]
) -> list[tuple[Finding | None, str, str]]:
    """Of each part what was found, why it cannot be shown, and how much of it the file holds, in
    the language of the page."""
    found = sections(replace(Report.from_document(json.loads(document)), language=language))
    return [(one.finding, one.facts.missing, _counted(one)) for one in found]


def _counted(section: Presentation) -> str:
    texts, figures, tables = map(len, (section.texts, section.figures, section.tables))
    parts = [
        ngettext("{n} text", "{n} texts", texts) if texts else "",
        ngettext("{n} figure", "{n} figures", figures) if figures else "",
        ngettext("{n} table", "{n} tables", tables) if tables else "",
        _("the command that repeats it") if section.command else "",
    ]
    said = joined([part for part in parts if part]) or _("words only")
    return f"{said} ({_('blurred until asked for')})" if section.sensitive else said


_DONE = "_bundle_opened"


def receive() -> None:
    """A file, a button, and what came of it."""
    with (
        st.expander(_("Open a bundle"), icon=":material/folder_open:"),
        st.form("bundle_form", border=False, clear_on_submit=True),
    ):
        st.caption(paragraph("about_bundle"))
        file = st.file_uploader(**widget("bundle_file"), max_upload_size=MOST_BYTES >> 20)
        pressed = st.form_submit_button(_("Open the bundle"), icon=":material/folder_open:")
    if pressed and file is not None:
        _open(file)
    elif pressed:
        st.info(_("Choose a file first."), icon=":material/folder_open:")
    done = st.session_state.pop(_DONE, None)
    if isinstance(done, Opened):
        _told(done)


def _open(file: st.runtime.uploaded_file_manager.UploadedFile) -> None:
    shown = st.progress(0.0, _("Checking and opening …"))
    told = 0.0

    def step(done: int, total: int) -> None:
        nonlocal told
        share = done / max(total, 1)
        if share >= told + 0.02:
            told = share
            shown.progress(min(share, 1.0), _("Checking and opening …"))

    try:
        done = unpack(file, on_bytes=step)
    except FairvizError as error:
        shown.empty()
        st.caption(_("{name} was not opened; nothing was changed.", name=plain(file.name)))
        shell.advise(error)
        return
    shown.empty()
    st.session_state[_DONE] = done
    edit.go(done.report.name)
    st.rerun()


def _told(done: Opened) -> None:
    st.success(
        paragraph(
            "bundle_open", title=plain(done.report.title), new=len(done.placed), same=len(done.kept)
        ),
        icon=":material/folder_open:",
    )
    if done.renamed:
        name = plain(done.report.name)
        st.info(_("Another report was named so; this one is named {name} here.", name=name))
    if done.other:
        st.warning(
            paragraph("other_content", n=len(done.other), names=plain(", ".join(done.other))),
            icon=":material/difference:",
        )


def visited() -> None:
    """The report that the address names: its parts in order, each with its note and its run.

    Raises:
        NotShown: If the address names another, or there is none.
    """
    known = visitors.reports()
    name = st.query_params.get(edit.KEY)
    chosen = next((one for one in known if name in (None, one.name)), None)
    if chosen is None:
        raise visitors.not_shown()
    edit.choose(known, chosen)
    st.title(plain(chosen.title), anchor=False)
    for number, part in enumerate(chosen.parts, 1):
        with st.container(border=True, key=f"part_{number}"):
            st.markdown(f"**{number}. {plain(shortened(visitors.named(part), 160))}**")
            render.comment(part.note)
            if part.kind != "review":  # whose page is its owner's
                links.to_run(part.kind, part.key)
    draw(chosen)
