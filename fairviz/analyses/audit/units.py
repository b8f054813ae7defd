"""Which rows of a set depend on each other: the same text again, or one template filled anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def clusters(table: pd.DataFrame) -> list[str]:
    """(N,) a label for each row; rows of one label are one independent unit.

    Rows of one template belong together where the set names templates, and so do rows of one
    text: of an item the question, or question and options where every question reads alike.
    """
    texts = _texts(table)
    templates = table["template"].astype(str) if "template" in table else [""] * len(table)
    first: dict[str, str] = {}
    for text, template in zip(texts, templates, strict=True):
        # A text that was met before stays where it was.
        first.setdefault(text, f"template {template}" if template else f"text {text}")
    return [first[text] for text in texts]


def repeated(table: pd.DataFrame) -> int:
    """How many rows say again what an earlier row says."""
    texts = _texts(table)
    return len(texts) - len(set(texts))


def _texts(table: pd.DataFrame) -> list[str]:
    column = "text" if "text" in table else "context"
    texts = [" ".join(str(one).split()) for one in table[column]]
    if len(set(texts)) > 1 or "options" not in table:
        return texts
    return [f"{text} {list(row)}" for text, row in zip(texts, table["options"], strict=True)]
