"""Three linked rows along one text: probability, entropy, distance of the two models."""

from __future__ import annotations

import plotly.graph_objects as go

from fairviz.figures.labels import axis, shown
from fairviz.figures.palette import BASELINE, COMPRESSED, QUIET, SIZE, noise
from fairviz.figures.thin import thin
from fairviz.i18n import N_, _
from fairviz.metrics.quantities import DISTANCES, Quantity
from fairviz.metrics.traces import Floats, Ints, PairTrace

_DOMAINS = ((0.70, 0.98), (0.36, 0.64), (0.02, 0.30))
_HEIGHT = 640
# Beyond so many places their signs would only blur the lines.
_MARKED = 300
# What the lines of the two upper rows are called beside their values.
_LINES = (
    (N_("probability, baseline"), N_("probability, compressed")),
    (N_("entropy, baseline"), N_("entropy, compressed")),
)
_SIDES = (N_("baseline"), N_("compressed"))
_OF_THE_TEXT = {
    "token": N_("token of the text (index)"),
    "word": N_("word of the text (index)"),
}
_PLACE = {"token": N_("token %{x}"), "word": N_("word %{x}")}
_PROBABILITY = {"token": N_("Probability of token"), "word": N_("Probability of word")}


def along_text(
    pair: PairTrace,
    distance: Quantity,
    *,
    divergence: int | None = None,
    selected: int | None = None,
    floor: float | None = None,
    unit: str = "token",
) -> go.Figure:
    """Probability of the written token, entropy, and `distance`, by token index.

    Of a long text the places between the extremes are left out; see `thin`.

    Args:
        pair: Both models on one text.
        distance: What the third row shows, an unsigned quantity.
        divergence: Index of the first token where the two texts differ; marked.
        selected: Index of the token the reader chose; marked.
        floor: Size of `distance` that the baseline reaches against itself; a band.
        unit: What a row of the trace is, `token` or `word`.
    """
    figure = go.Figure()
    drawn = (
        pair.baseline.prob, pair.compressed.prob, pair.baseline.entropy, pair.compressed.entropy,
        distance.of(pair),
    )  # fmt: skip
    x = thin(drawn)
    tokens = [shown(pair.tokens[place]) for place in x]
    mode = "lines+markers" if len(x) <= _MARKED else "lines"
    for row, (values, digits) in enumerate(
        (
            (drawn[:2], ".3f"),
            (drawn[2:4], ".3f"),
        )
    ):
        for side, (colour, dash, symbol, y) in enumerate(
            (
                (BASELINE, "solid", "circle", values[0]),
                (COMPRESSED, "dot", "diamond-open", values[1]),
            )
        ):
            what, who = _(_LINES[row][side]), _(_SIDES[side])
            figure.add_trace(
                _line(x, y[x], what, colour, dash, symbol, row, digits, who, tokens, mode)
            )
    figure.add_trace(
        go.Bar(
            x=x,
            y=drawn[4][x],
            name=_(distance.title),
            marker={"color": SIZE, "line": {"width": 0}},
            yaxis="y3",
            xaxis="x",
            showlegend=False,
            customdata=tokens,
            hovertemplate=f"%{{y:.4g}} {_(distance.unit)}",
        )
    )
    figure.update_layout(
        height=_HEIGHT,
        margin={"l": 64, "r": 16, "t": 56, "b": 56},
        hovermode="x unified",
        hoversubplots="axis",
        legend={"orientation": "h", "x": 0.95, "xanchor": "right", "y": 1.03, "yanchor": "bottom"},
        xaxis={
            "title": _(_OF_THE_TEXT[unit]),
            "anchor": "y3",
            "tickmode": "auto",
            "zeroline": False,
            "range": [-0.8, max(len(pair) - 0.2, 1)],
            "showspikes": True,
            "spikemode": "across",
            "spikethickness": 1,
            "spikecolor": QUIET,
            "unifiedhovertitle": {"text": _(_PLACE[unit])},
        },
        yaxis=_axis_of(_(_PROBABILITY[unit]), _("share"), 0, range_=[-0.03, 1.05]),
        yaxis2=_axis_of(_("Entropy"), _("nats"), 1, rangemode="tozero"),
        yaxis3=_axis_of(_short(distance), _(distance.unit), 2, rangemode="tozero"),
    )
    if floor is not None:
        figure.add_shape(**noise(0, floor, "y3"))
    # The labels stand one above the other, so that those of near tokens stay apart.
    for index, label, colour, lift in (
        (divergence, _("texts differ"), QUIET, 14),
        (selected, _("selected"), SIZE, 0),
    ):
        if index is not None and 0 <= index < len(pair):
            _mark(figure, index, label, colour, lift)
    return figure


def _line(
    x: Ints,
    y: Floats,
    name: str,
    colour: str,
    dash: str,
    symbol: str,
    row: int,
    digits: str,
    who: str,
    tokens: list[str],
    mode: str,
) -> go.Scatter:
    # The token is said once per place, by the first line of the first row.
    says = "%{customdata}<br>" if row == 0 and dash == "solid" else ""
    return go.Scatter(
        x=x,
        y=y,
        name=who,
        legendgroup=who,
        showlegend=row == 0,
        mode=mode,
        line={"color": colour, "dash": dash, "width": 2},
        marker={"symbol": symbol, "size": 6},
        xaxis="x",
        yaxis="y" if row == 0 else "y2",
        customdata=tokens,
        hovertemplate=f"{says}{name} %{{y:{digits}}}<extra></extra>",
    )


def _axis_of(
    title: str,
    unit: str,
    row: int,
    *,
    range_: list[float] | None = None,
    rangemode: str = "normal",
) -> dict[str, object]:
    return {
        "title": {"text": axis(title, unit), "standoff": 8},
        "domain": list(_DOMAINS[row]),
        "anchor": "x",
        "range": range_,
        "rangemode": rangemode,
        "zeroline": False,
        "exponentformat": "power",
    }


def _short(distance: Quantity) -> str:
    return _(DISTANCES.get(distance.name, distance.title))


def _mark(figure: go.Figure, index: int, label: str, colour: str, lift: int) -> None:
    figure.add_shape(
        type="line",
        x0=index,
        x1=index,
        y0=0,
        y1=1,
        xref="x",
        yref="paper",
        line={"color": colour, "width": 1.5, "dash": "dash"},
        name=label,
    )
    figure.add_annotation(
        x=index,
        y=0.98,
        xref="x",
        yref="paper",
        text=label,
        showarrow=False,
        xanchor="left",
        yshift=lift,
        yanchor="bottom",
        font={"size": 12, "color": colour},
    )
