"""What is mended of a compressed model before it is saved, so that it loads as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fairviz.models.failures import GENERATION

_IDS = ("bos_token_id", "eos_token_id", "pad_token_id")


def settings_that_cannot_be_saved(model: Any, folder: Path) -> tuple[str, ...]:
    """Take out of a generation config what `save_pretrained` refuses to write.

    It reads settings that contradict each other, such as a temperature without sampling, and
    does not save them. Nothing here decodes by them: only the ids of special tokens are kept.

    Returns:
        The names of what was taken out; none where all can be saved.
    """
    before = model.generation_config
    try:
        before.validate(strict=True)
    except ValueError:
        model.generation_config = type(before)(**{name: getattr(before, name) for name in _IDS})
        file = folder / GENERATION
        written = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        numbers = {name for name, value in written.items() if type(value) in (int, float)}
        return tuple(sorted(numbers - {*_IDS}))
    return ()


def rounded_to(model: Any, config: dict[str, Any]) -> Any:
    """Round what is not quantized to the number type that the baseline is stored in.

    Returns:
        The type, or None where that is float32 or unknown.
    """
    import torch

    name = str(config.get("dtype") or config.get("torch_dtype") or "float32")
    if name not in ("float16", "bfloat16"):
        return None
    stored = getattr(torch, name)
    for module in not_quantized(model):
        for tensor in module.parameters(recurse=False):
            tensor.data = tensor.data.to(stored).to(tensor.dtype)
    return stored


def not_quantized(model: Any) -> list[Any]:
    """The modules whose tensors are stored as numbers, not as codes."""
    return [module for module in model.modules() if not hasattr(module, "quantization_scheme")]
