"""The pictures of a text under both models, whether they wrote or read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fairviz import figures
from fairviz.analyses import chips
from fairviz.analyses.presentation import Option, Picture
from fairviz.core.declared import sentences_of
from fairviz.figures.labels import inside
from fairviz.figures.palette import Scale
from fairviz.i18n import N_, _, ngettext
from fairviz.metrics.quantities import DISTANCES, QUANTITIES, Quantity
from fairviz.metrics.traces import PairTrace

DISTANCE = Option(
    "distance",
    N_("Distance of the two distributions"),
    tuple(DISTANCES.items()),
    next(iter(DISTANCES)),
    N_("How far apart the models' whole next-token distributions are at each token."),
)
INTERVALS = N_(
    "In brackets stands the 95 % interval by blocks of neighbouring tokens; ± is llama.cpp's "
    "standard error, of tokens taken as independent, which is too small."
)
_say = sentences_of(__file__)
_POINTS = {"token": N_("One point per token."), "word": N_("One point per word.")}


def quantity() -> Option:
    """What the tokens are coloured by: a quantity of the house or of another package."""
    return Option(
        "quantity",
        N_("Colour of the tokens"),
        tuple((one.name, one.title) for one in QUANTITIES.values()),
        "probability_shift",
        N_("Every token or word is coloured by this number, read under both models."),
    )


@dataclass(frozen=True)
class Look:
    """How texts are looked at, all in the same way."""

    scale: Scale  # colours them; its quantity is what a scatter plot shows upwards
    distance: Quantity  # of the two distributions, along a text
    unit: str = "token"  # what a row of a trace is, `token` or `word`
    # Quantity -> the size that the baseline reaches against itself.
    floor: Mapping[str, float] = field(default_factory=dict)
    selected: int | None = None  # index of the token or word that the reader chose


def along(
    pair: PairTrace, title: str, look: Look, divergence: int | None = None
) -> tuple[Picture, Picture]:
    """What changed along one text, and beside it the curves of both models.

    Args:
        divergence: Index of the first token where it and another text differ.
    """
    distance, size = look.distance, counted(len(pair), look.unit)
    caption = [_say("changes_caption"), _(distance.meaning)]
    if len(pair) > figures.MOST:
        caption.append(_say("extremes"))
    table = chips.tokens(pair, look.scale)
    changes = Picture(
        figure=figures.along_text(
            pair,
            distance,
            divergence=divergence,
            selected=look.selected,
            floor=look.floor.get(distance.name),
            unit=look.unit,
        ),
        alt=_say("changes", size=size, distance=_(distance.title), unit=_(distance.unit)),
        caption=" ".join((*caption, *_listed(pair))),
        table=table.iloc[:, [0, 1, 6, 7]],
        title=title,
        name="along_text",
    )
    curves = Picture(
        figure=figures.curves(pair, divergence=divergence, selected=look.selected, unit=look.unit),
        alt=_say("along", size=size),
        caption=_say("along_caption"),
        table=table.iloc[:, :6],
        name="curves",
    )
    return changes, curves


def unsure(pair: PairTrace, title: str, look: Look) -> Picture:
    """The look's quantity against the baseline's entropy."""
    quantity = look.scale.quantity
    return Picture(
        figure=figures.uncertainty(
            pair,
            quantity,
            selected=look.selected,
            floor=look.floor.get(quantity.name),
            unit=look.unit,
        ),
        alt=_say(
            "unsure",
            size=counted(len(pair), look.unit),
            quantity=inside(_(quantity.title)),
            unit=_(quantity.unit),
        ),
        caption=" ".join((_(_POINTS[look.unit]), _(quantity.meaning), *_listed(pair))),
        table=chips.tokens(pair, look.scale).iloc[:, [0, 1, 4, 7]],
        title=title,
        name="uncertainty",
    )


def counted(size: int, unit: str) -> str:
    """How many tokens or words a text has."""
    if unit == "word":
        return ngettext("{n:,} word", "{n:,} words", size)
    return ngettext("{n:,} token", "{n:,} tokens", size)


def _listed(pair: PairTrace) -> list[str]:
    if len(pair) <= chips.LISTED:
        return []
    return [_("The table below lists the {n} places that moved most.", n=chips.LISTED)]
