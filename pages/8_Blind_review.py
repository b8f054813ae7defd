"""Pairs of texts judged blind, and what came of it."""

import streamlit as st

from fairviz.ui import below, shell
from fairviz.ui.review import desk, enter, outcome

with shell.page("Blind review"):
    review = enter.head()
    if review is None:
        if not enter.listed():
            outcome.example()
        enter.make()
        st.stop()
    reviewer = enter.reviewer()
    if not enter.sees_result(review, reviewer):
        if reviewer:
            desk.draw(review, reviewer)
        else:
            enter.ask_name(review)
        st.stop()
    outcome.draw(review)
    below.add_to_report("review", review.name)
    outcome.back(review)
