"""Runs put in order, commented, and taken along as one file or as a bundle."""

import streamlit as st

from fairviz.ui import shell, visitors
from fairviz.ui.present import deck, mode, slide
from fairviz.ui.report import choose, head, parts, place, preview, receive, take, visited

with shell.page("Report"):
    if mode.on():
        slide.draw(deck.deck(usual=0))
        st.stop()
    place.settle()
    if visitors.here():
        visited.draw()
        st.stop()
    head.title()
    report = choose.report()
    if report is None:
        head.nothing_yet()
    else:
        parts.draw(report)
        take.draw(report)
        preview.draw(report)
    receive.draw()
