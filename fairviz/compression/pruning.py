"""Pruning that is done here: a score of each weight, and the lowest of a row or a matrix go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairviz.compression import settings
from fairviz.compression.layers import matrices
from fairviz.compression.method import Work
from fairviz.compression.settings import Sparsity

if TYPE_CHECKING:
    from torch import Tensor, nn

# GBLM's weight of the gradient term, of the paper.
_ALPHA = 100.0


def magnitude(work: Work) -> None:
    """Set the smallest weights to zero, one ranking for each matrix."""
    wanted = settings.sparsity(work.spec)
    layers = matrices(work.model)
    for done, module in enumerate(layers.values()):
        work.told(done, len(layers))
        weight = module.weight.data
        weight[by_matrix(weight.abs(), wanted)] = 0


def score(weight: Tensor, activation: Tensor, gradient: Tensor) -> Tensor:
    """How much a weight matters: |W| (||X|| + alpha ||G||), Das et al. 2023, section 3.

    Args:
        weight: (rows, columns).
        activation: (columns,) root of the inputs' squares, summed over tokens, mean over samples.
        gradient: (rows, columns) root of the squares of the loss's gradients, summed over samples.
    """
    return weight.abs() * (activation + _ALPHA * gradient)


def gblm(work: Work) -> None:
    """One pass over the samples for activations and gradients of all layers, then the masks."""
    import torch

    wanted = settings.sparsity(work.spec)
    layers = matrices(work.model)
    total = len(work.samples) + len(layers)
    inputs = {name: torch.zeros(module.in_features) for name, module in layers.items()}
    gradients = {name: torch.zeros(module.weight.shape) for name, module in layers.items()}
    hooks = [
        module.register_forward_pre_hook(_summing(inputs, name)) for name, module in layers.items()
    ]
    work.model.requires_grad_(False)
    for module in layers.values():
        module.weight.requires_grad_(True)
    try:
        for number, sample in enumerate(work.samples):
            work.told(number, total)
            ids = sample[None].to(work.model.device)
            with torch.enable_grad():
                loss = work.model(input_ids=ids, labels=ids, use_cache=False).loss
                loss.backward()
            for name, module in layers.items():
                if module.weight.grad is not None:
                    gradients[name] += module.weight.grad.float().square().cpu()
                module.weight.grad = None
    finally:
        for hook in hooks:
            hook.remove()
        work.model.requires_grad_(False)
    for done, (name, module) in enumerate(layers.items()):
        work.told(len(work.samples) + done, total)
        weight = module.weight.data
        activation = (inputs[name] / len(work.samples)).sqrt()
        importance = score(weight.float().cpu(), activation, gradients[name].sqrt())
        weight[by_row(importance, wanted).to(weight.device)] = 0


def _summing(inputs: dict[str, Tensor], name: str) -> Any:
    def hook(module: nn.Module, given: tuple[Tensor, ...]) -> None:
        values = given[0].detach().float()
        inputs[name] += values.reshape(-1, values.shape[-1]).square().sum(0).cpu()

    return hook


def by_row(score: Tensor, wanted: Sparsity) -> Tensor:
    """(rows, columns) True where the score is among the lowest of its row, or of its N:M group.

    A row loses floor(share * columns) weights, as in Wanda; equal scores go from the left.
    """
    if wanted.m:
        return by_group(score, wanted.n, wanted.m)
    return _lowest(score, int(score.shape[1] * wanted.share))


def by_matrix(score: Tensor, wanted: Sparsity) -> Tensor:
    """The same with one ranking for the whole matrix: floor(share * size) weights go."""
    if wanted.m:
        return by_group(score, wanted.n, wanted.m)
    flat = score.reshape(1, -1)
    return _lowest(flat, int(flat.shape[1] * wanted.share)).reshape(score.shape)


def by_group(score: Tensor, n: int, m: int) -> Tensor:
    """True for the n lowest of every m neighbours in a row; m divides the columns."""
    rows, columns = score.shape
    return _lowest(score.reshape(rows * columns // m, m), n).reshape(rows, columns)


def _lowest(score: Tensor, count: int) -> Tensor:
    import torch

    lowest = score.argsort(dim=1, stable=True)[:, :count]
    return torch.zeros_like(score, dtype=torch.bool).scatter_(1, lowest, True)
