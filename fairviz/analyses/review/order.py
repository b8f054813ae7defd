"""What each reviewer sees: the order of the items, and whose text stands as A.

Both are drawn for each person anew, so that neither place nor side is the same model's for all.
Python keeps `Random(seed).random()` the same in every version, so whoever goes on later, after an
update too, finds everything where it was.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from fairviz.analyses.review.request import Item, Review
from fairviz.metrics.traces import BOTH


class Shown(NamedTuple):
    """An item as one person sees it; `first` is the model whose text stands as A."""

    item: Item
    first: str

    @property
    def texts(self) -> tuple[str, str]:
        """What stands as A and as B."""
        one, other = self.item.texts
        return (one, other) if self.first == BOTH[0] else (other, one)


def order(review: Review, reviewer: str) -> tuple[Shown, ...]:
    """The items of a review in one person's order, each with its sides."""
    shown = [Shown(item, _first(review.seed, reviewer, item.id)) for item in review.items]
    return tuple(sorted(shown, key=lambda one: _draw(review.seed, reviewer, one.item.id, "place")))


def _first(seed: str, reviewer: str, item: str) -> str:
    return BOTH[_draw(seed, reviewer, item, "side") < 0.5]


def _draw(*words: str) -> float:
    return Random("\0".join(words)).random()
