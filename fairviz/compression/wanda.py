"""Wanda: weights go where size times the norm of their input is least."""

from __future__ import annotations

from typing import Any

from fairviz.compression import one_shot, refusals, settings
from fairviz.compression.magnitude import TAKES, offered
from fairviz.compression.method import PRUNABLE, Method, Work
from fairviz.i18n import N_


def prune(work: Work) -> None:
    """llm-compressor's Wanda, each layer with what the pruned layers before it give."""

    def modifiers() -> list[Any]:
        from llmcompressor.modifiers.pruning import WandaPruningModifier

        wanted = settings.sparsity(work.spec)
        return [
            WandaPruningModifier(
                sparsity=wanted.share,
                mask_structure=wanted.pattern,
                targets=[one_shot.block_type(work)],
                ignore=one_shot.IGNORE,
            )
        ]

    one_shot.run(work, modifiers)


WANDA = Method(
    name="wanda",
    title="Wanda",
    family=N_("pruning"),
    bits=None,
    meaning=N_("Weights go where size times the norm of their input is least."),
    paper="Sun et al. 2023, A Simple and Effective Pruning Approach for Large Language Models",
    does=N_(
        "A small weight on a loud input matters more than a large one on a silent input. Wanda "
        "reads a calibration text, measures how loud every input of a layer is, and lets every row "
        "lose the weights with the least product. Nothing is retrained."
    ),
    takes=TAKES,
    forms=offered("wanda"),
    cost=N_(
        "Two forward passes over the calibration text; memory of the model and of a layer's "
        "activations."
    ),
    needs=one_shot.NEEDS,
    architectures=PRUNABLE,
    calibrated=True,
    check=refusals.pruning,
    make=prune,
)
