"""What is known against a published number, in plain words; shown wherever the number is."""

from __future__ import annotations

from typing import NamedTuple

from fairviz.core.declared import records
from fairviz.i18n import N_


class Flag(NamedTuple):
    """One kind of defect."""

    name: str  # as in the tables
    title: str  # a few words for a badge
    meaning: str  # what is wrong and how it was found, for a reader without the files
    # `bars`: the number can carry no finding. `caution`: it may mislead. `note`: it is sound as far
    # as the file can tell, and the reader should know how it was chosen.
    weight: str


FLAGS = records(Flag, __file__, "flags")
BY_NAME = {flag.name: flag for flag in FLAGS}


def flag(name: str) -> Flag:
    """The record of a flag; one that a table of one's own brings explains itself by its name."""
    known = BY_NAME.get(name)
    return known or Flag(
        name, name.replace("_", " "), N_(N_("Flagged in the imported table.")), "caution"
    )


def weight(flags: str) -> str:
    """The gravest weight among a cell's flags, joined by commas; empty without flags."""
    weights = {flag(name).weight for name in flags.split(",") if name}
    return next((one for one in ("bars", "caution", "note") if one in weights), "")
