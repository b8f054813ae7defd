"""A loaded model as the inference reads and writes with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from fairviz.models.batch_invariance import batch_invariant

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Reader(NamedTuple):
    """A model that reads.

    Attributes:
        model: A causal language model.
        context_length: The most tokens it can read at once; None is any number.
        rows: The most texts that it reads together. None is one where they would disturb each
            other (see `batch_invariance`), else as many as fit.
        name: What the user calls it; empty is the name it was loaded by.
        spell: From a token id to its text, for errors.
        dtype: Number type that it computes in up to its head; empty is that of its weights.
    """

    model: PreTrainedModel
    context_length: int | None
    rows: int | None = None
    name: str = ""
    spell: Callable[[int], str] = str
    dtype: str = ""

    @property
    def alone(self) -> bool:
        """Whether it reads each text by itself, whatever the batch: one text, one forward."""
        return self.rows == 1 or (self.rows is None and not batch_invariant(self.model))


class Writer(NamedTuple):
    """A model that writes.

    Attributes:
        model: A causal language model.
        eos_ids: The tokens at which it stops.
        rows: The most contexts that it reads together. None is one where they would disturb
            each other (see `batch_invariance`), else as many as there are.
        name: What the user calls it; empty is the name it was loaded by.
        spell: From a token id to its text, for errors.
    """

    model: PreTrainedModel
    eos_ids: frozenset[int]
    rows: int | None = None
    name: str = ""
    spell: Callable[[int], str] = str

    @property
    def alone(self) -> bool:
        """Whether it reads each context by itself, as `generate` reads it."""
        return self.rows == 1 or (self.rows is None and not batch_invariant(self.model))
