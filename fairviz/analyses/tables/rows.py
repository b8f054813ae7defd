"""What a view of the tables shows, and the published numbers under headings that are understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fairviz.analyses.presentation import Picture, Table, data_frame
from fairviz.analyses.tables.view import TableView
from fairviz.benchmarks import labels, metrics
from fairviz.benchmarks.flags import flag
from fairviz.benchmarks.items import paired
from fairviz.benchmarks.schema import split
from fairviz.core.declared import declared
from fairviz.i18n import _, joined, ngettext, number

if TYPE_CHECKING:
    import pandas as pd


class Drawn(NamedTuple):
    """What a view shows."""

    shown: pd.DataFrame  # the published rows that are shown
    hidden: pd.DataFrame  # those that are hidden for what is known against them
    pictures: tuple[Picture, ...] = ()  # its figures
    tables: tuple[Table, ...] = ()  # further numbers
    allowed: tuple[str, ...] = ()  # what the picture allows to say
    reading: tuple[str, ...] = ()  # how it is to be read, and what it does not allow


# Column of a bias table -> its heading.
HEADINGS: dict[str, str] = declared(__file__)["columns"]


def numbers(rows: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """The columns that a picture shows, the base model and the method in front.

    Args:
        rows: Rows of a bias table, or of what was computed from one.
    """
    out = {}
    if "form" not in columns:
        out[_("Base model")] = rows["base_model"].astype(str).map(labels.base_model)
        columns = {"method": _("Method"), **columns}
    for name, heading in columns.items():
        values = rows[name]
        if name == "method":
            values = values.astype(str).map(labels.method)
        elif name == "ratio":
            values = values.map(lambda share: number(share, ".0%") if share == share else "")
        elif name in ("group", "lowest", "highest"):
            values = values.astype(str).map(labels.word)
        out[heading] = values
    return data_frame(out).reset_index(drop=True)


def behind(rows: pd.DataFrame, *, whole: bool) -> Table:
    """The rows behind the pictures, each with what is known against it and where it stands.

    Args:
        whole: Whether with the columns that are alike in most rows.
    """
    alike = () if whole else ("level", "unit", "worse", "column")
    known = {
        flags: joined([_(flag(name).title) for name in split(flags)])
        for flags in rows["flags"].astype(str).unique()
    }
    frame = rows.assign(
        base_model=rows["base_model"].astype(str).map(labels.base_model),
        form=[labels.form(row) for row in labels.records(rows)],
        axis=rows["axis"].astype(str).map(labels.word),
        group=rows["group"].astype(str).map(labels.word),
        level=rows["level"].astype(str).map(_),
        unit=rows["unit"].astype(str).map(metrics.unit),
        worse=rows["worse"].astype(str).map(_),
        flags=rows["flags"].astype(str).map(known),
    )
    names = [name for name in HEADINGS if name in frame and name not in alike]
    title = ngettext("The numbers shown, {n:,} row", "The numbers shown, {n:,} rows", len(rows))
    return Table(
        title,
        frame[names]
        .rename(columns={name: _(HEADINGS[name]) for name in names})
        .reset_index(drop=True),
    )


def of_items(view: TableView) -> tuple[Table, ...]:
    """Flips and paired tests of every source that has its questions' outcomes, and what flipped."""
    headings = {name: _(words) for name, words in declared(__file__)["items"].items()}
    tables = []
    for name, outcomes in view.items.items():
        title = _(
            "{source}: lost and gained count the questions whose answer changed sides",
            source=view.sources[name].title,
        )
        tables.append(Table(title, paired(outcomes).rename(columns=headings), folded=False))
        changed = outcomes[outcomes["baseline"] != outcomes["compressed"]]
        title = ngettext(
            "The {n:,} question whose outcome changed",
            "The {n:,} questions whose outcome changed",
            len(changed),
        )
        tables.append(Table(title, changed.rename(columns=headings)))
    return tuple(tables)
