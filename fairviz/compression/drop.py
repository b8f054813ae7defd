"""Whole layers are dropped: those whose removal changes the hidden states least."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairviz.compression import settings
from fairviz.compression.layers import blocks
from fairviz.compression.method import Work

if TYPE_CHECKING:
    from torch import Tensor, nn

_BATCH = 8


def influence(work: Work) -> Tensor:
    """(layers,) block influence: 1 - mean cosine of what goes in and what comes out of a layer.

    Men et al. 2024, section 3.2, over every token of the calibration text.
    """
    import torch

    layers = blocks(work.model)[1]
    cosine = torch.zeros(len(layers), dtype=torch.float64)
    hooks = [
        layer.register_forward_hook(_comparing(cosine, number), with_kwargs=True)
        for number, layer in enumerate(layers)
    ]
    batches = work.samples.split(_BATCH)
    try:
        with torch.inference_mode():
            for number, ids in enumerate(batches):
                work.model(input_ids=ids.to(work.model.device), use_cache=False)
                work.told(number + 1, len(batches) + 1)
    finally:
        for hook in hooks:
            hook.remove()
    return 1 - cosine / work.samples.numel()


def _comparing(cosine: Tensor, number: int) -> Any:
    import torch

    def hook(module: nn.Module, given: Any, named: dict[str, Any], found: Any) -> None:
        before = given[0] if given else named["hidden_states"]
        after = found[0] if isinstance(found, tuple) else found
        same = torch.nn.functional.cosine_similarity(before.double(), after.double(), dim=-1)
        cosine[number] += same.sum().cpu()

    return hook


def drop(work: Work) -> None:
    """Take out the N layers of least influence, ranked once on the whole model."""
    count = settings.layers(work.spec)
    layers = blocks(work.model)[1]
    least = influence(work).argsort(stable=True)[:count].tolist()
    config = work.model.config
    kept = [number for number in range(len(layers)) if number not in least]
    for number in sorted(least, reverse=True):
        del layers[number]
    for place, layer in enumerate(layers):
        for module in layer.modules():
            if hasattr(module, "layer_idx"):
                setattr(module, "layer_idx", place)  # noqa: B010 not in its type
    for name in ("num_hidden_layers", "n_layer"):
        if hasattr(config, name):
            setattr(config, name, len(kept))
    if getattr(config, "layer_types", None):
        config.layer_types = [config.layer_types[number] for number in kept]
