"""A pair of sentences as a reader sees it: what they share, and what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def spelled(table: pd.DataFrame) -> pd.Series[str]:
    """Each pair as a reader recognizes it: `Notre juge a dit qu'[il | elle]`."""
    import pandas as pd

    pairs = zip(table["more"], table["less"], strict=True)
    return pd.Series([marked(more, less) for more, less in pairs], index=table.index, dtype=object)


def shared(more: str, less: str) -> str:
    """The words that both sentences begin with; whole words, so that Compare can go on."""
    end = next((i for i, (a, b) in enumerate(zip(more, less, strict=False)) if a != b), None)
    end = min(len(more), len(less)) if end is None else end
    while end and more[end - 1].isalnum():
        end -= 1
    return more[:end]


def marked(more: str, less: str) -> str:
    """Both sentences in one, with what differs in brackets."""
    before, after = _around(more, less)
    a, b = (one[len(before) : len(one) - len(after)] for one in (more, less))
    return f"{before}[{a} | {b}]{after}"


def frame(more: str, less: str) -> str:
    """What a pair is made from: the words that both sentences share around what differs.

    The same frame with other groups in it, or the other way round, is the same frame. Where
    nothing is shared, a pair is its own.
    """
    before, after = (" ".join(one.casefold().split()) for one in _around(more, less))
    return f"{before} [] {after}" if before or after else f"{more} | {less}"


def _around(more: str, less: str) -> tuple[str, str]:
    """The words before and behind what differs."""
    before = shared(more, less)
    after = shared(more[len(before) :][::-1], less[len(before) :][::-1])[::-1]
    return before, after
