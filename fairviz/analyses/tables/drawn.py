"""What one view of the tables shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fairviz.analyses.presentation import Picture, Table

if TYPE_CHECKING:
    import pandas as pd


class Drawn(NamedTuple):
    """What a view shows.

    Attributes:
        shown: The published rows that are shown.
        hidden: Those that are hidden for what is known against them.
        pictures: Its figures.
        tables: Further numbers.
        allowed: What the picture allows to say.
        reading: How it is to be read, and what it does not allow.
    """

    shown: pd.DataFrame
    hidden: pd.DataFrame
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    allowed: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
