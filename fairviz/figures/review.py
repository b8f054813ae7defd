"""Votes of a blind review: against whose text how many pairs of texts speak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from fairviz.figures.palette import BASELINE, COMPRESSED, LEGEND, NAMED, QUIET, hatched
from fairviz.i18n import _

# On orange and grey it is read better than white.
_DARK = "#10151c"


def review_votes(questions: Sequence[str], pairs: Mapping[str, Sequence[int]]) -> go.Figure:
    """One bar a question, the first on top, of all pairs that have answers to it.

    Args:
        questions: (Q,) as a reader reads them.
        pairs: `compressed`, `baseline`, `same`, `open` -> (Q,) how many pairs speak against the
            compressed model's text, against the baseline's, against neither, or are undecided.
    """
    figure = go.Figure()
    for name, title, colour, shape, ink in (
        ("compressed", _("Against the compressed model's text"), COMPRESSED, "/", _DARK),
        ("same", _("No difference"), QUIET, "", _DARK),
        ("open", _("Undecided"), QUIET, ".", _DARK),
        ("baseline", _("Against the baseline's text"), BASELINE, "", "white"),
    ):
        figure.add_bar(
            x=list(pairs[name]),
            y=list(questions),
            orientation="h",
            name=title,
            text=[f"<b>{n}</b>" if n else "" for n in pairs[name]],
            insidetextanchor="middle",
            insidetextfont={"size": 16, "color": ink},
            textangle=0,
            marker=hatched(colour, shape),
            hovertemplate=_("{model}: %{{x}}", model=title) + "<extra></extra>",
        )
    return figure.update_layout(
        barmode="stack",
        height=110 + 44 * len(questions),
        margin=NAMED,
        legend={**LEGEND, "traceorder": "normal"},
        xaxis={"title": _("Pairs of texts"), "rangemode": "tozero"},
        yaxis={"autorange": "reversed", "automargin": True},
    )
