"""A report taken along: as a file that anyone opens, and as a bundle."""

from __future__ import annotations

import streamlit as st

from fairviz.i18n import _
from fairviz.report import bundle
from fairviz.report.record import Report
from fairviz.ui import visitors
from fairviz.ui.present import mode
from fairviz.ui.present.deck import PAGE
from fairviz.ui.report import place


def draw(report: Report) -> None:
    """Both downloads; what they hold is made when one is pressed."""
    st.header(_("Take it along"), anchor=False)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.download_button(
            _("Download HTML"),
            lambda: html(report),
            f"{report.name}.html",
            "text/html",
            key="report_html",
            on_click="ignore",
            type="primary",
            icon=":material/download:",
            disabled=not report.parts,
            help=_("One file that any browser opens, without a network. It prints to A4."),
        )
        st.download_button(
            _("Download bundle"),
            lambda: bundle.pack(report).content,
            f"{report.name}{bundle.SUFFIX}",
            "application/zip",
            key="report_bundle",
            on_click="ignore",
            icon=":material/folder_zip:",
            disabled=not report.parts,
            help=_("The report and its runs as JSON and Parquet; any fairviz opens it."),
        )
        if report.parts:
            st.page_link(
                PAGE,
                label=_("Present"),
                icon=":material/slideshow:",
                query_params={mode.KEY: "1", place.KEY: report.name, "slide": "0"},
            )
    if visitors.here():
        return
    st.caption(_("The same without a browser:"))
    st.code(
        f"python -m fairviz report --name {report.name} --out {report.name}.html",
        language=None,
        wrap_lines=True,
    )


def html(report: Report) -> str:
    """The report as one file."""
    from fairviz.report.html.page import page
    from fairviz.report.resolve import sections

    return page(report, sections(report))
