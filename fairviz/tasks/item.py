"""One question of a zero-shot task, ready to be asked."""

from __future__ import annotations

from typing import NamedTuple


class Item(NamedTuple):
    """A question with its options.

    Attributes:
        options: What it may go on with, each with what stands between it and the context.
        right: Which of them are right; none where the task does not say.
        group: Subject, bias type or whom it is about; empty where it has none.
        language: ISO 639-1, as in `fr`; empty where it is not known.
    """

    id: str
    context: str
    options: tuple[str, ...]
    right: tuple[int, ...]
    group: str = ""
    language: str = ""


class Open(NamedTuple):
    """A question that is answered in the model's own words."""

    id: str
    context: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    group: str = ""
    language: str = ""
