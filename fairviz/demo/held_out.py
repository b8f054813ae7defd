"""Texts of the grammar that no training run has drawn."""

from __future__ import annotations

import random
from itertools import islice

from fairviz.demo import english, french
from fairviz.demo.grammar import documents
from fairviz.prompts.planted import Language

# Far from the seeds that anyone would train with.
_DOCUMENTS, _STORIES = 7_000_001, 8_000_001


def texts(count: int) -> list[str]:
    """Documents of the grammar that training never drew."""
    return list(islice(documents(_DOCUMENTS), count))


def stories(language: Language, count: int) -> list[str]:
    """Stories that training never drew."""
    tell = french.story if language == "fr" else english.story
    return [tell(random.Random(_STORIES + i)) for i in range(count)]
