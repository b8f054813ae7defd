"""The first page: a comparison that plays, the ways in, and the state of the cache."""

from __future__ import annotations

from urllib.parse import quote

import streamlit as st

from fairviz.analyses.comparison.present import finding
from fairviz.analyses.store import example
from fairviz.core.process import counted
from fairviz.core.sizes import size_in_words
from fairviz.figures.palette import scale
from fairviz.i18n import _
from fairviz.metrics.quantities import QUANTITIES
from fairviz.report.cache_folder import contents
from fairviz.ui import chips, comparison, device_queue, links, markup, widgets
from fairviz.ui.present import deck
from fairviz.ui.widgets import paragraph, widget

# What is behind each -> its page.
_DOORS = {"compare": "Compare", "bias": "Bias probes", "tables": "Bias tables"}


def playing() -> None:
    """A stored comparison of a real model is written again, coloured, under what was found in it.

    The browser plays it: nothing is asked of this machine.
    """
    run = device_queue.store().load("comparison", example("comparison"))
    if run is None:
        return
    both = scale(QUANTITIES["probability_shift"], *run.texts.values())
    again = deck.replay(max(map(len, run.texts.values())))
    above, views = st.container(), []
    for side, text in run.texts.items():
        title, model = _(chips.TITLES[side]), str(getattr(run.request, side)).rpartition("/")[2]
        view = chips.empty(side, side, title, model, run.request.before)
        written = chips.written(text, both, run.first_divergence)
        views.append({**view, **written, **chips.finished(text, "")})
    # What a token says stands in its tip; the page stays.
    chips.draw(views, both, lambda side, index: None, tall=deck.on(), replay=again)
    if found := finding(run, plain=not deck.on() and widgets.plainly()):
        told = {"sentence": found.sentence, "trust": found.trust, "trusted": paragraph("playing")}
        with above:
            markup.draw("finding", finding=told)


def doors() -> None:
    """Three ways in, each with a picture of what is behind it."""
    for column, door in zip(st.columns(3), _DOORS, strict=True):
        with column, st.container(border=True, key=f"door_{door}", height="stretch"):
            drawn = quote(markup.of("door", picture=door))
            st.html(f'<img class="fv-door" alt="" src="data:image/svg+xml,{drawn}">')
            if door == "compare":
                if st.button(**widget("start")):
                    comparison.start()
            else:
                links.link(_DOORS[door], paragraph(f"door_{door}"))


def damaged() -> None:
    """Runs that could not be read, if there are any."""
    aside = list(device_queue.store().damaged("comparison"))
    if aside:
        st.warning(paragraph("set_aside", n=len(aside)), icon=":material/healing:")


# Thousands of files are looked at: once a minute is often enough.
_contents = st.cache_data(ttl=60, show_spinner=False)(contents)


def cache_size() -> None:
    """How large the cache is once it holds half of what it may; a warning, with the way out, where
    it holds more."""
    found = _contents()
    if found.limit is None or 2 * found.bytes < found.limit:
        return
    size, limit = size_in_words(found.bytes), size_in_words(found.limit)
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
