"""A harm beside a measure of quality, so that "less harm because the text collapsed" is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fairviz.benchmarks.change import changes
from fairviz.benchmarks.schema import SETTING, joined
from fairviz.i18n import N_

if TYPE_CHECKING:
    import pandas as pd


class Quality(NamedTuple):
    """What the quality of a model is read from.

    Attributes:
        title: For the axis.
        relative: Whether it is drawn as a ratio to the reference, not as a difference.
        cell: Column -> word that finds it among the rows.
    """

    title: str
    relative: bool
    cell: dict[str, str]


QUALITIES = {
    "perplexity": Quality(
        N_("WikiText-2 perplexity, compressed / reference"),
        True,
        {"benchmark": "perplexity", "axis": "wikitext2", "level": "aggregate"},
    ),
    "bbq": Quality(
        N_("BBQ accuracy (disambiguated), compressed - reference"),
        False,
        {"benchmark": "bbq", "metric": "acc_disambiguated", "level": "aggregate"},
    ),
}


def overview(
    frame: pd.DataFrame, harm: pd.DataFrame, quality: Quality, reference: str
) -> pd.DataFrame:
    """One row per compressed setting: change of a harm and change of quality.

    Args:
        frame: The whole table, where the quality is looked up.
        harm: Rows of one metric at one level, baselines included.
        quality: Where the horizontal axis comes from.
        reference: The method that changes are taken from, `none` or `int8`.

    Returns:
        The rows of `changes(harm)` with `quality` (a ratio or a difference; NaN where it was
        not measured) and the flags of all four numbers.
    """
    good = frame
    for column, word in quality.cell.items():
        good = good[good[column] == word]
    moved = changes(good, reference)
    moved["quality"] = moved["value"] / moved["reference"] if quality.relative else moved["change"]
    keys = [key for key in SETTING if key != "bits"]
    # A setting may stand in two lines, with neither proved; the later one is drawn across.
    moved = moved.drop_duplicates(keys, keep="last")[[*keys, "quality", "flags"]]
    out = changes(harm, reference).merge(
        moved.rename(columns={"flags": "quality_flags"}), on=keys, how="left"
    )
    out["flags"] = [
        joined((*str(a).split(","), *("" if b != b else str(b)).split(",")))
        for a, b in zip(out["flags"], out["quality_flags"].astype("object"), strict=True)
    ]
    return out.drop(columns="quality_flags")
