"""Where the weights are that methods compress: the linear layers within the decoder layers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from fairviz.core.errors import ModelUnavailable
from fairviz.i18n import _

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel

_IN_LAYER = re.compile(r"(?:^|\.)(?:h|layers)\.(\d+)\..+\.weight$")
_LINEAR = re.compile(r"(?:^|\.)(?:h|layers)\.(\d+)\.(.+)")
_DEPTH = ("num_hidden_layers", "n_layer")


def depth(config: object) -> int:
    """How many decoder layers a config speaks of; 0 if it does not say."""
    found = (getattr(config, name, None) for name in _DEPTH)
    return next((value for value in found if isinstance(value, int)), 0)


def in_layer(name: str) -> bool:
    """Whether a tensor's name is that of a weight within a decoder layer."""
    return _IN_LAYER.search(name) is not None


def blocks(model: PreTrainedModel) -> tuple[str, nn.ModuleList]:
    """Name and list of the decoder layers.

    Raises:
        ModelUnavailable: If the model is built in a way that is not known.
    """
    from torch import nn

    wanted = depth(model.config.get_text_config())
    for name, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == wanted:
            return name, module
    raise ModelUnavailable(
        _(
            "The decoder layers of a {kind} are not where they usually are.",
            kind=type(model).__name__,
        ),
        fix=_("Choose BLOOM, OPT, Llama, Mistral or Qwen."),
    )


def matrices(model: PreTrainedModel) -> dict[str, nn.Linear]:
    """Name -> linear layer, in the order of the decoder layers."""
    from torch import nn

    prefix, layers = blocks(model)
    return {
        f"{prefix}.{name}": module
        for name, module in layers.named_modules()
        if isinstance(module, nn.Linear)
    }


def short(name: str) -> str:
    """What a layer's part is called: `model.layers.3.mlp.down_proj` is `3.mlp.down`.

    What lies in no attention counts as MLP; a name that is of no decoder layer stays as it is.
    """
    found = _LINEAR.search(name)
    if found is None:
        return name
    layer, rest = found.groups()
    before, _dot, leaf = rest.rpartition(".")
    part = "attn" if re.search("attn|attention", before) else "mlp"
    return f"{layer}.{part}.{leaf.removesuffix('_proj')}"


def kept(names: Iterable[str], keep: Iterable[str]) -> list[str]:
    """The linear layers that are in one of these parts: `3.mlp` has `3.mlp.down` and others.

    Args:
        names: Of all linear layers.
        keep: Of parts; see `short`.
    """
    wanted = tuple(keep)
    return [
        name for name in names if any(f"{short(name)}.".startswith(f"{one}.") for one in wanted)
    ]
