"""GBLM: weights are kept by their size, their input's, and the gradient of the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fairviz.compression import refusals, settings
from fairviz.compression.layers import matrices
from fairviz.compression.magnitude import TAKES, offered
from fairviz.compression.masks import by_row
from fairviz.compression.method import PRUNABLE, Method, Work
from fairviz.i18n import N_

if TYPE_CHECKING:
    from torch import Tensor, nn

# The paper's weight of the gradient term.
ALPHA = 100.0


def score(weight: Tensor, activation: Tensor, gradient: Tensor) -> Tensor:
    """How much a weight matters: |W| (||X|| + alpha ||G||), Das et al. 2023, section 3.

    Args:
        weight: (rows, columns).
        activation: (columns,) root of the inputs' squares, summed over tokens, mean over samples.
        gradient: (rows, columns) root of the squares of the loss's gradients, summed over samples.
    """
    return weight.abs() * (activation + ALPHA * gradient)


def prune(work: Work) -> None:
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


GBLM = Method(
    name="gblm",
    title="GBLM-Pruner",
    family=N_("pruning"),
    bits=None,
    meaning=N_(
        "Weights go where size times input, plus size times gradient of the loss, is least."
    ),
    paper="Das et al. 2023, Beyond Size: How Gradients Shape Pruning Decisions in Large Language "
    "Models",
    does=N_(
        "Wanda's score with a second term: how strongly the loss on the calibration text depends "
        "on the weight. Every row of a layer loses its share. What the calibration text does not "
        "speak of has no gradient, so the text decides what is forgotten."
    ),
    takes=TAKES,
    forms=offered("gblm"),
    cost=N_(
        "One forward and one backward pass over the calibration text; memory of the model three "
        "times over."
    ),
    architectures=PRUNABLE,
    calibrated=True,
    check=refusals.pruning,
    make=prune,
)
