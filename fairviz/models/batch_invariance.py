"""Whether a text's numbers depend on what is read beside it.

Most models read each row of a batch by itself, up to the rounding of sums. Two kinds of layers do
more with what stands beside a row:

- LLM.int8() multiplies in 16 bits the columns in which *any* row of the batch, and any place of
  a text, exceeds the threshold (Dettmers et al. 2022, section 3.2), and one scale for a whole
  tensor of activations is that of its largest row;
- activations that are rounded to integers or 8-bit floats turn the rounding of sums, which differs
  with the size of a batch, into whole steps wherever a value lies on the border of two.

The second is smaller (4e-4 nats on a random Llama, where int8's is 0.1), and still a hundred times
what any other method shows; so models with rounded activations read each text by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def batch_invariant(model: PreTrainedModel) -> bool:
    """Whether a text read alone and read in a batch gives the same numbers, up to 1e-5 nats."""
    return not any(_rounds_activations(module) for module in model.modules())


def _rounds_activations(module: Any) -> bool:
    # bitsandbytes names its layer so; compressed-tensors gives each layer a scheme.
    scheme = getattr(module, "quantization_scheme", None)
    return type(module).__name__ == "Linear8bitLt" or any(
        getattr(scheme, name, None) is not None
        for name in ("input_activations", "output_activations")
    )
