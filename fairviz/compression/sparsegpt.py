"""SparseGPT: weights go one column at a time, and the rest makes up for them."""

from __future__ import annotations

from typing import Any

from fairviz.compression import one_shot, refusals, settings
from fairviz.compression.magnitude import TAKES, offered
from fairviz.compression.method import PRUNABLE, Method, Work
from fairviz.i18n import N_


def prune(work: Work) -> None:
    """llm-compressor's SparseGPT, each layer with what the pruned layers before it give."""

    def modifiers() -> list[Any]:
        from llmcompressor.modifiers.pruning import SparseGPTModifier

        wanted = settings.sparsity(work.spec)
        return [
            SparseGPTModifier(
                sparsity=wanted.share,
                mask_structure=wanted.pattern,
                targets=[one_shot.block_type(work)],
                ignore=one_shot.IGNORE,
            )
        ]

    one_shot.run(work, modifiers)


SPARSEGPT = Method(
    name="sparsegpt",
    title="SparseGPT",
    family=N_("pruning"),
    bits=None,
    meaning=N_("Weights go column by column, and those that stay are changed to make up for it."),
    paper="Frantar and Alistarh 2023, SparseGPT: Massive Language Models Can Be Accurately Pruned "
    "in One-Shot",
    does=N_(
        "Which weight may go is read from the second derivative of the layer's error on a "
        "calibration text; after every column that is pruned, the columns to its right are "
        "moved so that the layer's output stays close. So the weights that are left are other "
        "ones too."
    ),
    takes=TAKES,
    forms=offered("sparsegpt"),
    cost=N_(
        "Two forward passes over the calibration text and the inverse of a matrix as wide as "
        "each layer."
    ),
    needs=one_shot.NEEDS,
    architectures=PRUNABLE,
    calibrated=True,
    check=refusals.pruning,
    make=prune,
)
