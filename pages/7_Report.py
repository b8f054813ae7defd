"""Runs put in order, commented, and taken along as one file or as a bundle."""

import streamlit as st

from fairviz.i18n import _
from fairviz.ui import shell, visitors
from fairviz.ui.present import deck, slide
from fairviz.ui.report import edit, take

with shell.page("Report"):
    if deck.on():
        slide.draw(deck.deck(usual=0))
        st.stop()
    if visitors.here():
        take.visited()
        st.stop()
    edit.head()
    report = edit.report()
    if report is None:
        edit.nothing_yet()
        shown = edit.example()
        st.header(shown.title, anchor=False)
        seen = take.draw(shown, own=False)
        places = edit.parts(shown, own=False)
        take.receive()
        take.findings(seen, places)
        st.stop()
    seen = take.draw(report)
    places = edit.parts(report)
    with st.expander(_("Title, language, other reports"), icon=":material/tune:"):
        edit.controls(report)
        take.without_browser(report)
    take.receive()
    take.findings(seen, places)
