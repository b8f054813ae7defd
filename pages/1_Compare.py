"""One prompt, two models: what they write, and which words compression moved."""

import streamlit as st

from fairviz import figures
from fairviz.i18n import _
from fairviz.ui import answers, cards, chart, controls, panes, shell, takeaway, visitors, words
from fairviz.ui.report import add

with shell.page("Compare"):
    visit = visitors.shown("comparison")
    asked = None if visit else answers.asked()
    view = controls.view()
    if asked is None:
        answer = answers.Answer(visit.run, visit.key, "stored")
    else:
        answer = answers.answer(*asked, view.quantity)
    if answer is None:
        words.nothing_yet()
        st.stop()

    comparison = answer.comparison
    pair = panes.text_of(comparison, view.side)
    answers.draw(answer, view.quantity, view.side, view.token)
    st.caption(_(view.quantity.meaning))
    cards.token(comparison, view.side, view.token)
    cards.divergence(comparison)

    words.section(_("In numbers"), view.side)
    takeaway.summary_line(pair)

    words.section(_("Along the text"), view.side)
    distance = controls.distance()
    chart.draw(
        figures.along_text(
            pair, distance, divergence=comparison.first_divergence, selected=view.token
        ),
        key="along_text",
        alt=words.along_text(pair, distance),
    )
    st.caption(_(distance.meaning))

    words.section(_("Where the baseline was unsure"), view.side)
    chart.draw(
        figures.uncertainty(pair, view.quantity, selected=view.token),
        key="uncertainty",
        alt=words.uncertainty(pair, view.quantity),
    )
    st.caption(f"{_('One point per token of this text.')} {_(view.quantity.meaning)}")

    asked = comparison.question
    takeaway.identities(asked.baseline, asked.compressed, comparison.provenance)
    takeaway.downloads(comparison)
    add.button("comparison", answer.key)
    takeaway.recent()
