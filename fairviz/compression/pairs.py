"""Pairs of sentences that a model is to answer alike: they decide what is made even."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise, product
from typing import Any, NamedTuple

from fairviz.core.declared import declared
from fairviz.core.errors import BadSpec
from fairviz.core.specs import digest
from fairviz.i18n import N_, _, ngettext

FEWEST = 10
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


class SentencePair(NamedTuple):
    """A sentence and its counterpart, which differ in whom they name."""

    first: str
    second: str
    language: str = ""  # empty where a file does not say


@dataclass(frozen=True)
class Pairs:
    """Pairs of one source."""

    name: str  # what a reader calls it
    rows: tuple[SentencePair, ...]

    @cached_property
    def hash(self) -> str:
        """Sixteen hexadecimal digits of the sentences."""
        return digest(self.rows)

    def document(self) -> dict[str, Any]:
        """Plain JSON values; the sentences as their hash."""
        return {"name": self.name, "hash": self.hash, "count": len(self.rows)}


@lru_cache(maxsize=1)
def own() -> Pairs:
    """The project's own, French and English: every sentence with every two words of its set."""
    rows = [
        SentencePair(sentence.format(first), sentence.format(second), one["language"])
        for one in declared(__file__)["pairs"]
        for sentence, (first, second) in product(one["sentences"], one["words"])
    ]
    return Pairs(N_("fairviz's own pairs"), tuple(rows))


def asked(
    pairs: Pairs, texts: Sequence[str], language: str = "", control: str = ""
) -> tuple[tuple[str, str], ...]:
    """The pairs of one language, or what stands in for them in a control.

    Args:
        pairs: Of which they are.
        texts: The calibration text, of which the control `unrelated` is made.
        language: `fr` or `en`; empty for all.
        control: `shuffled` puts each sentence beside the counterpart of another; `unrelated` as
            many sentences of the text beside each other; empty leaves the pairs as they are.

    Raises:
        BadSpec: If there are fewer than `FEWEST`.
    """
    found = [(row.first, row.second) for row in pairs.rows if language in ("", row.language)]
    # One cycle through all in a drawn order leaves no sentence beside its own counterpart.
    order = random.Random(0)
    if control == "shuffled":
        order.shuffle(found)
        found = [(one[0], other[1]) for one, other in pairwise([*found, found[0]])] if found else []
    elif control == "unrelated":
        sentences = list(dict.fromkeys(one for text in texts for one in _SENTENCE.split(text)))
        order.shuffle(sentences)
        found = list(zip(sentences[::2], sentences[1::2], strict=False))[: len(found)]
    if len(found) < FEWEST:
        raise BadSpec(
            ngettext("{name} has {n} pair for this.", "{name} has {n} pairs for this.", len(found),
                     name=_(pairs.name)),
            fix=_("Give {fewest} of them or more.", fewest=FEWEST),
        )  # fmt: skip
    return tuple(found)
