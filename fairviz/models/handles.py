"""A loaded model as the inference reads and writes with it, alone or in batches.

Most models read each row of a batch by itself, up to the rounding of sums. Two kinds of layers do
more with what stands beside a row:

- LLM.int8() multiplies in 16 bits the columns in which *any* row of the batch, and any place of
  a text, exceeds the threshold (Dettmers et al. 2022, section 3.2), and one scale for a whole
  tensor of activations is that of its largest row;
- activations that are rounded to integers or 8-bit floats turn the rounding of sums, which differs
  with the size of a batch, into whole steps wherever a value lies on the border of two.

The second is smaller (4e-4 nats on a random Llama, where int8's is 0.1), and still a hundred times
what any other method shows; so models with rounded activations read each text by itself. On a CPU
int8 layers keep the texts of a batch apart instead, where these are equally long
(`inference.int8_rows`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from fairviz.models.elsewhere import elsewhere

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from fairviz.models.kept import Readings


# Asked of the layers once: they may be away later, see `turns`.
_INVARIANT: WeakKeyDictionary[PreTrainedModel, bool] = WeakKeyDictionary()


def batch_invariant(model: PreTrainedModel) -> bool:
    """Whether a text read alone and read in a batch gives the same numbers, up to 1e-5 nats."""
    far = elsewhere(model)
    if far is not None:
        return far.facts.invariant
    if model not in _INVARIANT:
        _INVARIANT[model] = not any(_rounds_activations(module) for module in model.modules())
    return _INVARIANT[model]


def _rounds_activations(module: Any) -> bool:
    # bitsandbytes names its layer so; compressed-tensors gives each layer a scheme.
    scheme = getattr(module, "quantization_scheme", None)
    return type(module).__name__ == "Linear8bitLt" or any(
        getattr(scheme, name, None) is not None
        for name in ("input_activations", "output_activations")
    )


class Reader(NamedTuple):
    """A model that reads."""

    model: PreTrainedModel  # a causal language model
    context_length: int | None  # the most tokens it can read at once; None is any number
    # The most texts that it reads together. None is one where they would disturb each other (see
    # above), else as many as fit.
    rows: int | None = None
    name: str = ""  # what the user calls it; empty is the name it was loaded by
    spell: Callable[[int], str] = str  # from a token id to its text, for errors
    dtype: str = ""  # number type that it computes in up to its head; empty is that of its weights
    readings: Readings | None = None  # where what it reads is kept; None keeps nothing

    @property
    def alone(self) -> bool:
        """Whether it reads each text by itself, whatever the batch."""
        return self.rows == 1 or (self.rows is None and not batch_invariant(self.model))


class Writer(NamedTuple):
    """A model that writes."""

    model: PreTrainedModel  # a causal language model
    eos_ids: frozenset[int]  # the tokens at which it stops
    # The most contexts that it reads together. None is one where they would disturb each other (see
    # above), else as many as there are.
    rows: int | None = None
    name: str = ""  # what the user calls it; empty is the name it was loaded by
    spell: Callable[[int], str] = str  # from a token id to its text, for errors

    @property
    def alone(self) -> bool:
        """Whether it reads each context by itself, as `generate` reads it."""
        return self.rows == 1 or (self.rows is None and not batch_invariant(self.model))
