"""One text under both models: what changed along it, both models' curves, and shift against
uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from fairviz.figures.labels import axis, inside, shown
from fairviz.figures.palette import BARE, BASELINE, COMPRESSED, LEGEND, MARGIN, QUIET, SIZE, noise
from fairviz.i18n import N_, _
from fairviz.metrics.quantities import DISTANCES, QUANTITIES, Quantity
from fairviz.metrics.traces import Floats, Ints, PairTrace

# More would be slower to draw than a reader can look.
MOST = 600


def thin(series: Sequence[Floats], buckets: int = MOST // 4) -> Ints:
    """Places to draw of series of one length, in order.

    The length is cut into `buckets`, of each of which the smallest and the largest value of
    every series stay, and both ends. Up to `MOST` places are all kept.

    Args:
        series: (N,) each; NaN is never an extreme.
    """
    size = len(series[0]) if len(series) else 0
    if size <= MOST:
        return np.arange(size)
    kept = {0, size - 1}
    edges = np.linspace(0, size, buckets + 1).astype(int)
    for values in series:
        low, high = np.nan_to_num(values, nan=np.inf), np.nan_to_num(values, nan=-np.inf)
        for start, end in pairwise(edges):
            if end > start:
                kept.add(int(start + np.argmin(low[start:end])))
                kept.add(int(start + np.argmax(high[start:end])))
    return np.array(sorted(kept), dtype=np.int64)


# The parts of the height that the rows take.
THREE, _TWO = ((0.72, 1.0), (0.36, 0.64), (0.0, 0.28)), ((0.56, 1.0), (0.0, 0.44))
HEIGHT = 560
# Beyond so many places their signs would only blur the lines.
_MARKED = 300
_SIDES = (
    (N_("baseline"), BASELINE, "solid", "circle"),
    (N_("compressed"), COMPRESSED, "dot", "diamond-open"),
)
# What the lines of both rows are called beside their values.
_LINES = (
    N_("probability, baseline"),
    N_("probability, compressed"),
    N_("entropy, baseline"),
    N_("entropy, compressed"),
)
_OF_THE_TEXT = {
    "token": N_("token of the text (index)"),
    "word": N_("word of the text (index)"),
}
_PLACE = {"token": N_("token %{x}"), "word": N_("word %{x}")}
_SHIFTS = ("probability_shift", "entropy_shift")


def along_text(
    pair: PairTrace,
    distance: Quantity,
    *,
    divergence: int | None = None,
    selected: int | None = None,
    floor: float | None = None,
    unit: str = "token",
) -> go.Figure:
    """What changed at every token: probability of the written one, entropy, and `distance`.

    Of a long text the places between the extremes are left out; see `thin`.

    Args:
        distance: What the third row shows, an unsigned quantity.
        divergence: Index of the first token where the two texts differ; marked as in the texts.
        selected: Index of the token the reader chose; marked.
        floor: Size of `distance` that the baseline reaches against itself; a band.
        unit: What a row of the trace is, `token` or `word`.
    """
    figure, short = go.Figure(), DISTANCES.get(distance.name, distance.title)
    rows = [*(QUANTITIES[name] for name in _SHIFTS), distance]
    drawn = [one.of(pair) for one in rows]
    x = thin(drawn)
    tokens = [shown(pair.tokens[place]) for place in x]
    for number, (one, y) in enumerate(zip(rows, drawn, strict=True)):
        colour = np.where(y[x] < 0, BASELINE, COMPRESSED) if one.signed else SIZE
        # The token is said once per place, by the first row.
        says = "" if number else "%{customdata}<br>"
        figure.add_bar(
            x=x,
            y=y[x],
            name=_(one.title),
            marker={"color": colour, "line": {"width": 0}},
            yaxis=("y", "y2", "y3")[number],
            xaxis="x",
            showlegend=False,
            customdata=tokens,
            hovertemplate=f"{says}{inside(_(one.title))} %{{y:.4g}}<extra></extra>",
        )
    figure.update_layout(
        yaxis=row_axis(_("Δ probability"), "", THREE[0], signed=True),
        yaxis2=row_axis(_("Δ entropy"), _("nats"), THREE[1], signed=True),
        yaxis3=row_axis(_(short), _(distance.unit), THREE[2], signed=False),
    )
    if floor is not None:
        figure.add_shape(**noise(0, floor, "y3"))
    return _along(figure, pair, unit, "y3", divergence, selected)


def curves(
    pair: PairTrace,
    *,
    divergence: int | None = None,
    selected: int | None = None,
    unit: str = "token",
) -> go.Figure:
    """Probability of the written token and entropy under both models; arguments of `along_text`."""
    figure = go.Figure()
    drawn = (
        pair.baseline.prob, pair.compressed.prob, pair.baseline.entropy, pair.compressed.entropy,
    )  # fmt: skip
    x = thin(drawn)
    tokens = [shown(pair.tokens[place]) for place in x]
    mode = "lines+markers" if len(x) <= _MARKED else "lines"
    for number, (y, what) in enumerate(zip(drawn, _LINES, strict=True)):
        row, (who, colour, dash, symbol) = number // 2, _SIDES[number % 2]
        says = "" if number else "%{customdata}<br>"
        figure.add_scatter(
            x=x,
            y=y[x],
            name=_(who),
            legendgroup=_(who),
            showlegend=row == 0,
            mode=mode,
            line={"color": colour, "dash": dash, "width": 2},
            marker={"symbol": symbol, "size": 6},
            xaxis="x",
            yaxis=("y", "y2")[row],
            customdata=tokens,
            hovertemplate=f"{says}{_(what)} %{{y:.3f}}<extra></extra>",
        )
    figure.update_layout(
        yaxis=row_axis(
            _("Probability"),
            _("share"),
            _TWO[0],
            signed=False,
            rangemode="normal",
            range=[-0.03, 1.05],
        ),
        yaxis2=row_axis(_("Entropy"), _("nats"), _TWO[1], signed=False),
    )
    return _along(figure, pair, unit, "y2", divergence, selected)


def _along(
    figure: go.Figure,
    pair: PairTrace,
    unit: str,
    lowest: str,
    divergence: int | None,
    selected: int | None,
) -> go.Figure:
    """What figures along a text share: the axis of its places, and the marks of two of them."""
    figure.update_layout(
        height=HEIGHT,
        margin=MARGIN,
        hovermode="x unified",
        hoversubplots="axis",
        legend=LEGEND,
        xaxis={
            "title": _(_OF_THE_TEXT[unit]),
            "anchor": lowest,
            "tickmode": "auto",
            "zeroline": False,
            "range": [-0.8, max(len(pair) - 0.2, 1)],
            "showspikes": True,
            "spikemode": "across",
            "spikethickness": 1,
            "spikecolor": QUIET,
            "unifiedhovertitle": {"text": _(_PLACE[unit])},
        },
    )
    # The labels stand one above the other, so that those of near tokens stay apart.
    for index, label, colour, lift in (
        (divergence, "◆", QUIET, 14),
        (selected, _("selected"), SIZE, 0),
    ):
        if index is not None and 0 <= index < len(pair):
            # A legend stands where the label would; the figure beside says what is marked.
            _mark(figure, index, label if lowest == "y3" else "", colour, lift)
    return figure


def row_axis(
    title: str, unit: str, domain: tuple[float, float], *, signed: bool, **more: object
) -> dict[str, object]:
    """The upright axis of one of the rows, from 0 unless `signed`; `more` of plotly's options."""
    return {
        "title": {"text": axis(title, unit), "standoff": 8},
        "domain": list(domain),
        "anchor": "x",
        "rangemode": "normal" if signed else "tozero",
        "zeroline": signed,
        "zerolinecolor": QUIET,
        "exponentformat": "power",
        **more,
    }


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
        y=1,
        xref="x",
        yref="paper",
        text=label,
        showarrow=False,
        xanchor="left",
        yshift=lift,
        yanchor="bottom",
        font={"size": 12, "color": colour},
    )


_POINT = {
    "token": N_("%{customdata[0]} (token %{customdata[1]})"),
    "word": N_("%{customdata[0]} (word %{customdata[1]})"),
}


def uncertainty(
    pair: PairTrace,
    quantity: Quantity,
    *,
    selected: int | None = None,
    floor: float | None = None,
    unit: str = "token",
) -> go.Figure:
    """Entropy of the baseline against `quantity`, one point per token of the text.

    Args:
        selected: Index of the token the reader chose; ringed.
        floor: Size of `quantity` that the baseline reaches against itself; a band.
        unit: What a row of the trace is, `token` or `word`.
    """
    title, its_unit = _(quantity.title), _(quantity.unit)
    x, y = pair.baseline.entropy, quantity.of(pair)
    kept = _kept(x, y, selected)
    tokens = [shown(pair.tokens[place]) for place in kept]
    ring = kept == (-1 if selected is None else selected)
    figure = go.Figure().add_scatter(
        x=x[kept],
        y=y[kept],
        mode="markers",
        marker={
            "size": np.where(ring, 14, 9),
            "color": COMPRESSED if quantity.signed else SIZE,
            "opacity": 0.75,
            "line": {"width": np.where(ring, 3, 0), "color": QUIET},
        },
        customdata=np.array(
            [[token, str(place)] for place, token in zip(kept, tokens, strict=True)],
            dtype=object,
        ).reshape(-1, 2),
        hovertemplate=(
            _(_POINT[unit])
            + f"<br>{_('entropy of the baseline %{x:.3f} nats')}<br>"
            + f"{inside(title)} %{{y:.4g}} {its_unit}<extra></extra>"
        ),
        showlegend=False,
    )
    figure.update_layout(
        height=420,
        margin=BARE,
        xaxis={"title": _("Entropy of the baseline (nats)"), "rangemode": "tozero"},
        yaxis={
            "title": axis(title, its_unit),
            "exponentformat": "power",
            "zeroline": True,
            "zerolinecolor": QUIET,
        },
    )
    if floor is not None:
        figure.add_shape(**noise(-floor if quantity.signed else 0, floor, "y"))
    return figure


def _kept(x: Floats, y: Floats, selected: int | None) -> Ints:
    """Points to draw: along either axis, the extremes of the other are among them."""
    if len(x) <= MOST:
        return np.arange(len(x))
    kept = set()
    for across, up in ((x, y), (y, x)):
        order = np.argsort(across, kind="stable")
        kept |= set(order[thin([up[order]], MOST // 2)].tolist())
    return np.array(sorted(kept | ({selected} if selected is not None else set())), dtype=np.int64)
