"""A bundle that somebody sent, opened into this machine's cache."""

from __future__ import annotations

import streamlit as st

from fairviz.core.errors import FairvizError
from fairviz.i18n import _, ngettext
from fairviz.report.opening import Opened, unpack
from fairviz.report.zip_reading import MOST_BYTES
from fairviz.ui import shell
from fairviz.ui.plain import plain
from fairviz.ui.report import place

_DONE = "_bundle_opened"


def draw() -> None:
    """A file, a button, and what came of it."""
    st.header(_("Open a bundle"), anchor=False)
    st.caption(
        _(
            "A file that ends in .fairviz.zip, from another machine. It is checked before anything "
            "is written; what is here already stays as it is."
        )
    )
    with st.form("bundle_form", border=False, clear_on_submit=True):
        file = st.file_uploader(
            _("Bundle"), type=["zip"], key="bundle_file", max_upload_size=MOST_BYTES >> 20
        )
        pressed = st.form_submit_button(_("Open the bundle"), icon=":material/folder_open:")
    if pressed and file is None:
        st.info(_("Choose a file first."), icon=":material/folder_open:")
    elif pressed and file is not None:
        _open(file)
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
    place.go(done.report.name)
    st.rerun()


def _told(done: Opened) -> None:
    st.success(
        _(
            "“{title}” is open. {new} of its runs are new here, {same} were here already.",
            title=plain(done.report.title),
            new=len(done.placed),
            same=len(done.kept),
        ),
        icon=":material/folder_open:",
    )
    if done.renamed:
        st.info(
            _(
                "Another report was named so; this one is named {name} here.",
                name=plain(done.report.name),
            )
        )
    if done.other:
        st.warning(
            ngettext(
                "{n} run is here already with other content. It was not overwritten, so the "
                "report shows the one of this machine: {names}",
                "{n} runs are here already with other content. They were not overwritten, so the "
                "report shows those of this machine: {names}",
                len(done.other),
                names=plain(", ".join(done.other)),
            ),
            icon=":material/difference:",
        )
