"""One prompt, with what it is about."""

from __future__ import annotations

from typing import NamedTuple


class Prompt(NamedTuple):
    """A beginning that models go on from.

    Attributes:
        id: Names it within its set.
        text: What the models read.
        language: ISO 639-1, as in `fr`; empty where it is not known.
        theme: What it is about, such as `tales`.
        group: Whom it mentions; empty for nobody.
        template: Names the prompts that were made from one pattern or differ in a word only;
            empty for one that stands by itself.
    """

    id: str
    text: str
    language: str = ""
    theme: str = ""
    group: str = ""
    template: str = ""
