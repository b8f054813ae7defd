"""Whether a text's numbers depend on what is read beside it.

Most models read each row of a batch by itself, up to rounding. Two kinds of layers do not:

- LLM.int8() multiplies in 16 bits the columns in which *any* row of the batch, and any place of
  a text, exceeds the threshold (Dettmers et al. 2022, section 3.2);
- activations that are quantized as they come with one scale for the whole tensor.

A scale for each token or group of channels, or one that was fixed beforehand, concerns one row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def batch_invariant(model: PreTrainedModel) -> bool:
    """Whether a text read alone and read in a batch gives the same numbers, up to rounding."""
    return not any(_mixes_rows(module) for module in model.modules())


def _mixes_rows(module: Any) -> bool:
    # bitsandbytes' Linear8bitLt; without a threshold every row has a scale of its own.
    if type(module).__name__ == "Linear8bitLt":
        return bool(module.state.threshold > 0)
    # compressed-tensors; `dynamic` is "local" where only scales within a row are made anew.
    scheme = getattr(module, "quantization_scheme", None)
    return any(
        activations is not None and activations.dynamic is True and activations.strategy == "tensor"
        for activations in (
            getattr(scheme, name, None) for name in ("input_activations", "output_activations")
        )
    )
