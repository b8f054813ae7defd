"""What a reader is shown of a run, whoever draws it: words, texts, figures, tables; no markup."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from fairviz.figures.legend import Legend

# What it is called and what it says, both ready to be read.
Rows = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Card:
    """A model as it was loaded.

    Attributes:
        side: `baseline` or `compressed`.
        name: As it was named.
        rows: Its facts.
    """

    side: str
    name: str
    rows: Rows


@dataclass(frozen=True)
class Chip:
    """A piece of a text, as typed, and what was measured of it.

    Attributes:
        text: Any characters; never markup.
        said: Its value in words and numbers; empty where nothing was measured.
        strength: Of its colour, -1 (full `low` of the scale) to 1 (full `high`).
        marked: Whether it stands out beside the other text (underlined).
    """

    text: str
    said: str = ""
    strength: float = 0.0
    marked: bool = False


@dataclass(frozen=True)
class Text:
    """A text that was written or read.

    Attributes:
        title: Whose it is.
        side: `baseline`, `compressed`, or empty for a text of nobody's.
        prompt: What stands before it.
        chips: Its pieces in order; their texts joined are the text.
        parts_at: Index of the first chip where the two texts differ; None where they do not.
        legend: What the colours say; empty where there are none.
        low: Colour of a strength of -1.
        high: Colour of a strength of 1.
        left: How many further pieces the text has that are not listed.
    """

    title: str
    side: str
    prompt: str
    chips: tuple[Chip, ...]
    parts_at: int | None = None
    legend: str = ""
    low: str = ""
    high: str = ""
    left: int = 0


@dataclass(frozen=True)
class Number:
    """One measured number, ready to be read.

    Attributes:
        name: Its name in documents, such as `mean_kl`.
        title: What it is.
        value: As it is written, with its unit.
        interval: Its 95 % interval, and other errors; empty where it has none.
        p: p-value of the test that `meaning` names; empty where there is none.
        n: How many it rests on; empty where that is said elsewhere.
        meaning: A sentence for who asks what it means.
    """

    name: str
    title: str
    value: str
    interval: str = ""
    p: str = ""
    n: str = ""
    meaning: str = ""


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure with its words and its numbers.

    Attributes:
        figure: What is drawn.
        alt: The figure in words, for a reader who does not see it.
        caption: What stands below it.
        table: The numbers behind it, under headings a reader understands.
        sensitive: Whether the words of that table are blurred until asked for.
        title: Heading above it; empty where it stands under another's.
        name: Names it on a page and in addresses, such as `audit_shift`.
        legend: What its colours and signs mean, to stand above it; None where it says so itself.
    """

    figure: go.Figure
    alt: str
    caption: str
    table: pd.DataFrame
    sensitive: bool = False
    title: str = ""
    name: str = ""
    legend: Legend | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers with a heading.

    Attributes:
        caption: What it is.
        frame: Its rows under headings a reader understands.
        folded: Whether it opens only when asked for.
        sensitive: Whether its words are blurred until asked for.
        name: Of a table that a page draws by itself, for its rows can be chosen; else empty.
    """

    caption: str
    frame: pd.DataFrame
    folded: bool = True
    sensitive: bool = False
    name: str = ""


@dataclass(frozen=True)
class Warned:
    """What is known against published numbers of this item.

    Attributes:
        title: A few words.
        weight: `bars`, `caution` or `note`; see `benchmarks.flags.Flag`.
        meaning: What is wrong and how it was found.
        shown: Numbers shown that have it.
        hidden: Numbers left out for it.
    """

    title: str
    weight: str
    meaning: str
    shown: int
    hidden: int


@dataclass(frozen=True)
class Facts:
    """What the limits of a report are written from; what does not apply stays at its default.

    Attributes:
        pair: Text forms of baseline and compressed model.
        measured: Whether models were run here, or by others who kept every item.
        bundled: Whether one of the models is a small one that comes with fairviz.
        greedy: Whether tokens were chosen greedily; None where none were written.
        seeds: Seeds of what was drawn.
        calibrations: Compressed forms that were calibrated, each with one calibration.
        device: Where it ran.
        n: Prompts, items or texts behind the numbers; None for published numbers.
        left_out: How many could not be measured.
        tests: Statistical tests or groups compared in this item.
        corrected: Whether these were corrected for their number.
        published: Published numbers shown.
        hidden: Published numbers left out for what is known against them.
        flagged: How many of those shown have something known against them.
        item_level: Whether single items or tokens are there, so that flips can be seen.
        floor: Whether the noise floor was measured; None where there could be none.
        reviewers: People who judged; None where none did.
        missing: Why the item could not be shown; empty where it is.
    """

    pair: tuple[str, str] = ("", "")
    measured: bool = False
    bundled: bool = False
    greedy: bool | None = None
    seeds: tuple[int, ...] = ()
    calibrations: tuple[str, ...] = ()
    device: str = ""
    n: int | None = None
    left_out: int = 0
    tests: int = 0
    corrected: bool = False
    published: int = 0
    hidden: int = 0
    flagged: int = 0
    item_level: bool = True
    floor: bool | None = None
    reviewers: int | None = None
    missing: str = ""


@dataclass(frozen=True, eq=False)
class Presentation:
    """Everything a reader needs to trust or refute one run, in the language it was made in.

    Attributes:
        kind: `comparison`, `reading`, `audit`, `probe`, `tables`, `review` or `text`.
        title: What it is; the report's own heading stands above it where there is one.
        question: What was asked.
        identities: Both models as loaded; empty where none were.
        texts: What was written or read, with chips.
        numbers: The measured numbers that stand before every figure.
        figures: Each with its words and numbers.
        tables: Further numbers.
        allowed: Sentences that the numbers allow.
        not_allowed: What may not be concluded, and how the numbers are to be read.
        flags: What is known against published numbers.
        provenance: Models, hashes, settings, seeds, versions, device, date.
        command: What repeats it without a browser; empty where nothing does.
        command_note: What the command needs that the report does not hold.
        sensitive: Whether its texts are blurred until asked for.
        facts: What the limits of the report are written from.
    """

    kind: str
    title: str
    question: Rows = ()
    identities: tuple[Card, ...] = ()
    texts: tuple[Text, ...] = ()
    numbers: tuple[Number, ...] = ()
    figures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    allowed: tuple[str, ...] = ()
    not_allowed: tuple[str, ...] = ()
    flags: tuple[Warned, ...] = ()
    provenance: Rows = ()
    command: str = ""
    command_note: str = ""
    sensitive: bool = False
    facts: Facts = field(default_factory=Facts)
