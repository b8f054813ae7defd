"""Rows of a bias table by what they are about, under any of the names that are in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.benchmarks.beyond_perplexity.names import AXES, BASE_MODELS, TOXIGEN_GROUPS
from fairviz.benchmarks.metrics import ALIASES
from fairviz.core.declared import declared
from fairviz.core.errors import FairvizError
from fairviz.i18n import _

if TYPE_CHECKING:
    import pandas as pd

# Spellings of other tools and of the studies' files.
_OTHERS: dict[str, dict[str, str]] = declared(__file__)
SPELLINGS = {
    **_OTHERS,
    "base_model": BASE_MODELS,
    "metric": {**ALIASES, **_OTHERS["metric"]},
    "axis": AXES,
    "group": {**TOXIGEN_GROUPS, **_OTHERS["group"]},
}


class NoSuchRows(FairvizError):
    """A filter that names something the tables do not have."""


def rows(frame: pd.DataFrame, wanted: dict[str, str], ratio: float | None = None) -> pd.DataFrame:
    """The rows that are all of `wanted`.

    Args:
        wanted: Column of words -> one word, in any known spelling.
        ratio: Share of the weights' bits removed, if it matters.

    Raises:
        NoSuchRows: If no row of the table has such a word; it lists what there is.
    """
    kept = frame
    for column, word in wanted.items():
        word = SPELLINGS.get(column, {}).get(word, word)
        if column == "method":
            word = SPELLINGS[column].get(word.lower(), word)
        if word not in set(frame[column].astype(str)):
            words = sorted(set(kept[column].astype(str)) - {""})
            raise NoSuchRows(
                _(
                    "The tables have no {column} {word!r}.",
                    column=column.replace("_", " "),
                    word=word,
                ),
                fix=_(
                    "Name one of: {names}.",
                    names=", ".join([*words[:40], *(["…"] if len(words) > 40 else [])]),
                ),
            )
        kept = kept[kept[column] == word]
    if ratio is not None:
        kept = kept[(kept["ratio"] - ratio).abs() < 1e-9]
    return kept
