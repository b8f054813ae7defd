"""The words and the way in on the first page."""

from __future__ import annotations

import streamlit as st

from fairviz.core.process import counted
from fairviz.core.sizes import size_in_words
from fairviz.i18n import _
from fairviz.report.cache_folder import Contents, contents
from fairviz.ui import device_queue, links
from fairviz.ui.widgets import paragraph, widget


def way_in() -> None:
    """One big way to the Compare page, with a prompt that works at once."""
    with st.container(border=True, key="way_in"):
        st.header(_("See two models write the same story"), anchor=False)
        st.markdown(paragraph("way_in"))
        if st.button(**widget("start")):
            st.switch_page(links.page("Compare").path, query_params={"prompt": "Il était une fois"})

    # Two by two, what measures before what is done with it; the odd one takes the row.
    ways = [page for page in links.PAGES if page.way]
    for row in (ways[0:2], ways[2:4], ways[4:5], ways[5:7]):
        for column, page in zip(st.columns(len(row)), row, strict=True):
            with column, st.container(border=True, key=f"way_{page.icon}", height="stretch"):
                st.header(_(page.way), anchor=False)
                st.markdown(_(page.says))
                if st.button(_(page.name), key=f"to_{page.icon}", icon=page.sign):
                    st.switch_page(page.path)


def damaged() -> None:
    """Runs that could not be read, if there are any."""
    aside = list(device_queue.store().damaged("comparison"))
    if aside:
        st.warning(paragraph("set_aside", n=len(aside)), icon=":material/healing:")


# Thousands of files are looked at: once a minute is often enough.
@st.cache_data(ttl=60, show_spinner=False)
def _contents() -> Contents:
    return contents()


def cache_size() -> None:
    """How large the cache is and may become; a warning, with the way out, where it is larger."""
    found = _contents()
    size = size_in_words(found.bytes)
    said = _("The cache holds {size}; it has no limit.", size=size)
    if found.limit is not None:
        limit = size_in_words(found.limit)
        said = _("The cache holds {size} of at most {limit}.", size=size, limit=limit)
    if not found.excess:
        st.caption(said)
        return
    st.warning(
        paragraph(
            "cache_too_large",
            said=said,
            command="python -m fairviz cache prune --to-limit",
            list="python -m fairviz cache list",
        ),
        icon=":material/hard_drive:",
    )


def open_files() -> None:
    """That few more visitors fit, where that is so."""
    found = counted()
    if found and found.near:
        said = paragraph("open_files", now=found.now, most=found.most)
        st.warning(said, icon=":material/tab_close:")
