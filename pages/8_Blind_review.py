"""Pairs of texts judged blind, and what came of it."""

import streamlit as st

from fairviz.ui import shell
from fairviz.ui.report import add
from fairviz.ui.review import desk, enter, make, outcome, place

with shell.page("Blind review"):
    review = enter.head()
    if review is None:
        enter.listed()
        make.make()
        st.stop()
    reviewer = place.reviewer()
    if not place.sees_result(review, reviewer):
        if reviewer:
            desk.draw(review, reviewer)
        else:
            enter.reviewer(review)
        st.stop()
    outcome.draw(review)
    add.button("review", review.name)
    outcome.back(review)
