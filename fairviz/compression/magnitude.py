"""Magnitude pruning: the smallest weights of every linear layer become zero."""

from __future__ import annotations

from fairviz.compression import refusals, settings
from fairviz.compression.layers import matrices
from fairviz.compression.masks import by_matrix
from fairviz.compression.method import PRUNABLE, Method, Work
from fairviz.i18n import N_

TAKES = N_(
    "S, the share of the weights that become zero, from 0.1 to 0.9; or N:M, where N of every M "
    "neighbours do (2:4, 4:8)."
)


def offered(name: str) -> tuple[str, ...]:
    """The text forms of a pruning method, the usual one first."""
    usual = "0.5"
    rest = [ratio for ratio in settings.RATIOS if ratio != usual]
    return tuple(f"{name}:{given}" for given in (usual, *rest, *settings.PATTERNS))


def prune(work: Work) -> None:
    """Set the smallest weights to zero, one ranking for each matrix."""
    wanted = settings.sparsity(work.spec)
    layers = matrices(work.model)
    for done, module in enumerate(layers.values()):
        work.told(done, len(layers))
        weight = module.weight.data
        weight[by_matrix(weight.abs(), wanted)] = 0


MAGNITUDE = Method(
    name="magnitude",
    title=N_("Magnitude pruning"),
    family=N_("pruning"),
    bits=None,
    meaning=N_("The smallest weights of every linear layer become zero."),
    paper="Han et al. 2015, Learning both Weights and Connections for Efficient Neural Networks",
    does=N_(
        "A weight near zero is taken to matter little, so the smallest go, in every linear "
        "layer by itself. It reads no text and takes seconds, and it is the reference that the "
        "other pruning methods must beat: it does not know that a small weight may carry a "
        "large activation."
    ),
    takes=TAKES,
    forms=offered("magnitude"),
    cost=N_("Seconds; the memory of the model."),
    architectures=PRUNABLE,
    check=refusals.pruning,
    make=prune,
)
