"""What a reader is shown of a run, whoever draws it, and what of it may be chosen; no markup."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fairviz.i18n import N_, _, number

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from fairviz.figures.legend import Legend

# What it is called and what it says, both ready to be read.
Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Card:
    """A model as it was loaded."""

    side: str  # `baseline` or `compressed`
    name: str  # as it was named
    rows: Rows  # its facts


@dataclass(frozen=True)
class Chip:
    """A piece of a text, as typed, and what was measured of it."""

    text: str  # any characters; never markup
    said: str = ""  # its value in words and numbers; empty where nothing was measured
    strength: float = 0.0  # of its colour, -1 (full `low` of the scale) to 1 (full `high`)
    marked: bool = False  # whether it stands out beside the other text (underlined)


@dataclass(frozen=True)
class Text:
    """A text that was written or read."""

    title: str  # whose it is
    side: str  # `baseline`, `compressed`, or empty for a text of nobody's
    prompt: str  # what stands before it
    chips: tuple[Chip, ...]  # its pieces in order; their texts joined are the text
    # Index of the first chip where the two texts differ; None where they do not.
    parts_at: int | None = None
    legend: str = ""  # what the colours say; empty where there are none
    low: str = ""  # colour of a strength of -1
    high: str = ""  # colour of a strength of 1
    left: int = 0  # how many further pieces the text has that are not listed


@dataclass(frozen=True)
class Number:
    """One measured number, ready to be read."""

    name: str  # its name in documents, such as `mean_kl`
    title: str  # what it is
    value: str  # as it is written, with its unit
    interval: str = ""  # its 95 % interval, and other errors; empty where it has none
    p: str = ""  # p-value of the test that `meaning` names; empty where there is none
    n: str = ""  # how many it rests on; empty where that is said elsewhere
    meaning: str = ""  # a sentence for who asks what it means


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure with its words and its numbers."""

    figure: go.Figure  # what is drawn
    alt: str  # the figure in words, for a reader who does not see it
    caption: str  # what stands below it
    table: pd.DataFrame  # the numbers behind it, under headings a reader understands
    sensitive: bool = False  # whether the words of that table are blurred until asked for
    title: str = ""  # heading above it; empty where it stands under another's
    name: str = ""  # names it on a page and in addresses, such as `audit_shift`
    # What its colours and signs mean, to stand above it; None where it says so itself.
    legend: Legend | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers with a heading."""

    caption: str  # what it is
    frame: pd.DataFrame  # its rows under headings a reader understands
    folded: bool = True  # whether it opens only when asked for
    sensitive: bool = False  # whether its words are blurred until asked for
    name: str = ""  # of a table that a page draws by itself, for its rows can be chosen; else empty


@dataclass(frozen=True)
class Warned:
    """What is known against published numbers of this item."""

    title: str  # a few words
    weight: str  # `bars`, `caution` or `note`; see `benchmarks.flags.Flag`
    meaning: str  # what is wrong and how it was found
    shown: int  # numbers shown that have it
    hidden: int  # numbers left out for it


@dataclass(frozen=True)
class Facts:
    """What the limits of a report are written from; what does not apply stays at its default."""

    pair: tuple[str, str] = ("", "")  # text forms of baseline and compressed model
    measured: bool = False  # whether models were run here, or by others who kept every item
    bundled: bool = False  # whether one of the models is a small one that comes with fairviz
    greedy: bool | None = None  # whether tokens were chosen greedily; None where none were written
    seeds: tuple[int, ...] = ()  # seeds of what was drawn
    # Compressed forms that were calibrated, each with one calibration.
    calibrations: tuple[str, ...] = ()
    device: str = ""  # where it ran
    n: int | None = None  # prompts, items or texts behind the numbers; None for published numbers
    left_out: int = 0  # how many could not be measured
    tests: int = 0  # statistical tests or groups compared in this item
    corrected: bool = False  # whether these were corrected for their number
    published: int = 0  # published numbers shown
    hidden: int = 0  # published numbers left out for what is known against them
    flagged: int = 0  # how many of those shown have something known against them
    item_level: bool = True  # whether single items or tokens are there, so that flips can be seen
    # Whether the noise floor was measured; None where there could be none.
    floor: bool | None = None
    reviewers: int | None = None  # people who judged; None where none did
    missing: str = ""  # why the item could not be shown; empty where it is


# How far a finding may be trusted -> what that means, in the order in which findings are told.
TRUST = {
    "strong": N_("strong: more than chance allows, on enough units"),
    "open": N_("open: chance could have done it"),
    "none": N_("no claim: too few units"),
}
# Another reason why one may be trusted no further, by name.
WHY = {
    "rounding": N_("open: rounding alone could have done it"),
    "unchanged": N_("open: other items may differ"),
    "published": N_("open: single runs, published without what a test needs"),
    "dear": N_("open: what it costs may be the reason"),
    "control": N_("open: a control may do the same"),
    "parts": N_("open: another part may bring back as much"),
    "no_control": N_("open: not all controls were judged beside it"),
    "read": N_("no claim: these were read while it was made"),
    "example": N_("no claim: a single example"),
    "invented": N_("no claim: nobody judged these texts"),
}


@dataclass(frozen=True)
class Finding:
    """What was found, in one plain sentence."""

    sentence: str  # ready to be read
    trust: str  # key of `TRUST`
    why: str = ""  # key of `WHY` where that says why; else empty
    trusted: str = field(init=False)  # that in words

    def __post_init__(self) -> None:
        object.__setattr__(self, "trusted", _(WHY.get(self.why) or TRUST[self.trust]))


@dataclass(frozen=True, eq=False)
class Presentation:
    """Everything a reader needs to trust or refute one run, in the language it was made in."""

    kind: str  # a key of `analyses.registry.ANALYSES`, or `text`
    title: str  # what it is; the report's own heading stands above it where there is one
    question: Rows = ()  # what was asked
    finding: Finding | None = None  # what stands first; its figure is the first of `figures`
    identities: tuple[Card, ...] = ()  # both models as loaded; empty where none were
    texts: tuple[Text, ...] = ()  # what was written or read, with chips
    numbers: tuple[Number, ...] = ()  # the measured numbers that stand before every figure
    figures: tuple[Picture, ...] = ()  # each with its words and numbers
    tables: tuple[Table, ...] = ()  # further numbers
    allowed: tuple[str, ...] = ()  # sentences that the numbers allow
    # What may not be concluded, and how the numbers are to be read.
    not_allowed: tuple[str, ...] = ()
    flags: tuple[Warned, ...] = ()  # what is known against published numbers
    provenance: Rows = ()  # models, hashes, settings, seeds, versions, device, date
    command: str = ""  # what repeats it without a browser; empty where nothing does
    command_note: str = ""  # what the command needs that the report does not hold
    sensitive: bool = False  # whether its texts are blurred until asked for
    facts: Facts = field(default_factory=Facts)  # what the limits of the report are written from


@dataclass(frozen=True)
class Option:
    """One choice of a presentation."""

    name: str  # as the address, `--option` and a report's part call it
    title: str  # what a reader reads beside it, marked `N_`
    # Each value and what a reader calls it (marked `N_`); empty for a switch.
    choices: tuple[tuple[str, str], ...] = ()
    # What is shown where nothing was chosen; `False` or `True` makes it a switch.
    default: str | bool = ""
    help: str = ""  # what it changes, marked `N_`
    figure: str = ""  # name of the picture it stands above; empty where it changes the whole

    def chosen(self, given: object) -> str | bool:
        """`given` where it is one of the choices, else the default."""
        if isinstance(self.default, bool):
            return self.default if given is None else str(given).lower() in {"1", "true", "on"}
        values = [value for value, _title in self.choices]
        return str(given) if str(given) in values else self.default


def data_frame(cells: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """A table of its columns, or of its rows; what opens without one opens without pandas."""
    import pandas as pd

    return pd.DataFrame(cells if isinstance(cells, Mapping) else list(cells))


def chosen(options: Sequence[Option], given: Mapping[str, Any]) -> dict[str, str | bool]:
    """The value of every option: what was `given` where it can be, else its default."""
    return {option.name: option.chosen(given.get(option.name)) for option in options}


def cell(value: Any) -> str:
    """A value of a table as a reader reads it; what is missing is a dash."""
    if value is None:
        return "–"
    if isinstance(value, bool | np.bool_):
        return _("yes") if value else _("no")
    if isinstance(value, int | np.integer):
        return number(int(value), ",d")
    if isinstance(value, float | np.floating):
        if not math.isfinite(value):
            return "–"
        size = float(value)
        whole = size.is_integer() and abs(size) < 1e12
        return number(size, ",.0f" if whole else ".4g")
    said = str(value)
    return "–" if said in ("<NA>", "NaT") else said
