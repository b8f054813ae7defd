"""A model that is read in other processes, as what reads and writes here knows it.

It stands where the model itself would: of that it has what is asked before anything is read, and
each batch that would be read here is handed to it whole.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple


class Facts(NamedTuple):
    """What is asked of a model before it reads."""

    name: str  # what the user calls it
    side: str  # `baseline` or `compressed`; one model named twice is `baseline`
    rows: int  # of its table of embeddings
    invariant: bool  # see `handles.batch_invariant`
    dtype: str  # name of its number type
    quantized: str  # with what; empty where its layers can be cast


class Elsewhere(ABC):
    """Stands for a `PreTrainedModel` that is not in this process."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.name_or_path = facts.name
        self.dtype = facts.dtype
        self.quantization_method = facts.quantized or None

    @property
    def device(self) -> Any:
        """Of this process, for what is read here beside it, such as by a classifier."""
        import torch

        from fairviz.models import devices

        return torch.device(devices.choose())

    def get_input_embeddings(self) -> Any:
        """Of which the shape is known."""
        return SimpleNamespace(weight=SimpleNamespace(shape=(self.facts.rows,)))

    def parameters(self) -> tuple[Any, ...]:
        """None are here."""
        return ()

    @abstractmethod
    def why(self, ids: Sequence[int]) -> str:
        """Why a text could not be read; empty where it was, or nobody knows."""

    @abstractmethod
    def read(self, readers: Any, batch: Sequence[Any], width: int, k: int) -> Any:
        """As what `scoring.reading` gives for two readers."""

    @abstractmethod
    def choose(self, reader: Any, items: Sequence[Any], width: int) -> Any:
        """As what `multiple_choice.reading` gives for a reader."""

    @abstractmethod
    def write(self, writers: Any, asks: Sequence[Any], decoding: Any, width: int) -> Any:
        """As `batch_generation.write_batch`."""

    @abstractmethod
    def answer(self, writers: Any, prompt: Sequence[int], most: int, width: int) -> Any:
        """As `set_rows.written`."""


def elsewhere(model: object) -> Elsewhere | None:
    """The model as one that is elsewhere; None where it is here."""
    return model if isinstance(model, Elsewhere) else None
