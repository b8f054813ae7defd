"""A model's own weights in another number type, one layer at a time: no second copy of it.

While a layer computes, its weights are replaced by themselves in the other type; what it gives
on stays in that type, so that the whole pass before the head is what `model.to(dtype)` would
compute. An embedding table is looked up in its own type and what was found is cast: rounding a
row and looking up a rounded row are the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


@contextmanager
def recast(model: PreTrainedModel, dtype: str) -> Iterator[None]:
    """Within the block `model` computes in another number type, up to its head.

    The most that is held beside the model are the weights of one module in the other type.

    Args:
        model: Of floating-point weights; quantized ones cannot be cast.
        dtype: Name of a torch type, such as `bfloat16`.
    """
    import torch

    target: torch.dtype = getattr(torch, dtype)
    head = model.get_output_embeddings()
    with ExitStack() as stack:
        for module in model.modules():
            if module is head or not _numbers(module):
                continue
            if isinstance(module, torch.nn.Embedding):
                hook = module.register_forward_hook(
                    lambda _module, _inputs, output: output.to(target)
                )
                stack.callback(hook.remove)
                continue
            swap = _Swap(module, target)
            before = module.register_forward_pre_hook(swap.cast)
            after = module.register_forward_hook(swap.restore, always_call=True)
            stack.callback(swap.put_back)
            stack.callback(before.remove)
            stack.callback(after.remove)
        yield


def _numbers(module: Any) -> list[str]:
    """Names of a module's own floating-point weights, in whatever precision."""
    return [
        name
        for name, weight in module._parameters.items()
        if weight is not None and weight.is_floating_point()
    ]


class _Swap:
    """One module's weights, in the other type while it computes."""

    def __init__(self, module: torch.nn.Module, target: torch.dtype) -> None:
        self._module, self._target = module, target
        self._own: dict[str, Any] = {}

    def cast(self, _module: Any, _inputs: Any) -> None:
        import torch

        for name in _numbers(self._module):
            weight = self._module._parameters[name]
            if weight is None or weight.dtype == self._target:
                continue
            self._own[name] = weight
            self._module._parameters[name] = torch.nn.Parameter(
                weight.detach().to(self._target), requires_grad=False
            )

    def restore(self, _module: Any, _inputs: Any, output: Any) -> Any:
        self.put_back()
        return output

    def put_back(self) -> None:
        """The weights as they were; nothing where they are."""
        for name, weight in self._own.items():
            self._module._parameters[name] = weight
        self._own.clear()
