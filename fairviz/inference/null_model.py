"""What a disturbance of the same size would do: a baseline with seeded noise on its weights.

A compressed model differs from its baseline by an error of every weight. The null model puts
Gaussian noise of the same root mean square, matrix by matrix, in the place of that error: what it
changes, any error of the size changes, and no compression need be blamed for it. Where the error
is not in the weights alone (activations that are rounded, weights that moved into other layers)
there is no such size; the noise is then a share of each matrix's own, and only its scale, at
which the mean KL is the compressed model's, is told.

A null model shares every tensor of its baseline. Where a layer computes, its noise is drawn, added
and given up again, so one matrix more than the baseline is held at a time.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from fairviz.core.declared import refusals_of
from fairviz.core.errors import BadSpec
from fairviz.models.turns import takes_turns

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

    from fairviz.models.loading import LoadedModel
    from fairviz.models.pair import Pair

refused = refusals_of(__file__, BadSpec)
# Of a matrix's own root mean square, where the form's error is no error of weights.
_SHARE = 0.02


class Sizes(NamedTuple):
    """How large the noise on each matrix is.

    Attributes:
        of: Name of a weight -> root mean square of its noise.
        of_weights: Whether these are the form's own errors; else a share of each weight.
    """

    of: dict[str, float]
    of_weights: bool


def sizes(pair: Pair) -> Sizes:
    """How far each weight of the compressed model, as it computes with it, is from the baseline's.

    Weights that are the same in both are left out.

    Raises:
        BadSpec: If the baseline's weights are no floats, if the two are in memory in turn, or
            nothing differs.
    """
    import torch

    if any(takes_turns(one.model) for one in (pair.baseline, pair.compressed)):
        raise refused("null_in_turn", baseline=pair.baseline.spec)
    if getattr(pair.baseline.model, "quantization_method", None):
        raise refused("null_of_quantized", baseline=pair.baseline.spec)
    ours = _weights(pair.baseline.model)
    found = _errors(pair)
    whole = found is not None
    if found is None:
        found = {
            name: _SHARE * float(module.weight.float().square().mean().sqrt())
            for name, module in ours.items()
            if not isinstance(module, torch.nn.Embedding)
        }
    found = {name: size for name, size in found.items() if size > 0}
    if not found:
        raise refused("nothing_apart", baseline=pair.baseline.spec)
    return Sizes(found, whole)


def _errors(pair: Pair) -> dict[str, float] | None:
    """Name -> root mean square error of each matrix; None where more than matrices differs.

    So it does where activations are rounded, where a method moves a scale from one layer into
    another, and where layers are missing.
    """
    import torch

    first, second = pair.baseline.model, pair.compressed.model
    theirs = dict(second.named_modules())
    rest = {name: one for name, one in second.named_parameters() if one.ndim < 2}
    if not pair.compressed.batch_invariant or any(
        name not in rest or not torch.equal(one.cpu().float(), rest[name].cpu().float())
        for name, one in first.named_parameters()
        if one.ndim < 2
    ):
        return None
    found = {}
    for name, module in _weights(first).items():
        other = dequantized(theirs[name]) if name in theirs else None
        if other is None or other.shape != module.weight.shape:
            return None
        error = other.to(module.weight.device).float() - module.weight.float()
        found[name] = float(error.square().mean().sqrt())
    return found


def _weights(model: PreTrainedModel) -> dict[str, Any]:
    """Name -> module of every matrix; of a matrix that two modules share, the first."""
    import torch

    found, seen = {}, set[int]()
    for name, module in model.named_modules():
        weight = getattr(module, "weight", None)
        if isinstance(weight, torch.Tensor) and weight.ndim == 2 and id(weight) not in seen:
            seen.add(id(weight))
            found[name] = module
    return found


def dequantized(module: Any) -> Tensor:
    """The weight of a module as it computes with it."""
    weight = module.weight
    state = getattr(weight, "quant_state", None)
    if state is not None:
        from bitsandbytes.functional import dequantize_4bit

        found: Tensor = dequantize_4bit(weight.data, state)
        return found
    return weight.data  # type: ignore[no-any-return]  # a module's attribute


def disturbed(baseline: LoadedModel, noise: Sizes, scale: float, seed: int) -> LoadedModel:
    """The baseline with noise on its weights; it shares all tensors with it.

    Args:
        baseline: Whose weights are floats.
        noise: How large.
        scale: Times that.
        seed: Another one is another noise; the same is the same in every bit.
    """
    from torch.nn import Parameter

    shared = {id(one): one for one in (*baseline.model.parameters(), *baseline.model.buffers())}
    model: Any = copy.deepcopy(baseline.model, shared)
    modules = dict(model.named_modules())
    for name, size in noise.of.items():
        module = modules[name]
        add = partial(_noisy, size=size * scale, seed=crc32(f"{seed} {name}".encode()))
        users = [one for one in modules.values() if getattr(one, "weight", None) is module.weight]
        if len(users) > 1 or module is model.get_output_embeddings():
            # The head is read beside its module, and embeddings are looked up row by row.
            weight = Parameter(add(module.weight), requires_grad=False)
            for one in users:
                one.weight = weight
        else:
            module.forward = partial(_forward, module, add)
    return replace(baseline, model=model, readings=None, again=None)


def _noisy(weight: Tensor, size: float, seed: int) -> Tensor:
    import torch

    random = torch.Generator(weight.device).manual_seed(seed)
    noise = torch.empty_like(weight, dtype=torch.float32).normal_(generator=random)
    return noise.mul_(size).add_(weight).to(weight.dtype)


def _forward(module: Any, add: Callable[[Tensor], Tensor], *given: Any, **named: Any) -> Any:
    """The module's own forward pass with noise on its weight."""
    from torch.nn import Parameter

    own = module.weight
    module.weight = Parameter(add(own), requires_grad=False)
    try:
        return type(module).forward(module, *given, **named)
    finally:
        module.weight = own
