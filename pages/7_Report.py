"""Runs put in order, commented, and taken along as one file or as a bundle."""

import streamlit as st

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
    else:
        edit.parts(report)
        take.draw(report)
        take.preview(report)
    take.receive()
