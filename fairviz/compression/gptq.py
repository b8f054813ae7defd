"""GPTQ: weights are rounded one column at a time, and the rest makes up for the error."""

from __future__ import annotations

from typing import Any

from fairviz.compression import one_shot, refusals, settings
from fairviz.compression.method import ARCHITECTURES, Method, Shape, Work
from fairviz.compression.rounding import grid
from fairviz.compression.rtn import TAKES
from fairviz.core.specs import CompressionSpec
from fairviz.i18n import N_

BITS = (4, 3, 8)


def check(spec: CompressionSpec, shape: Shape | None) -> None:
    """Refuse other bits than 3, 4 and 8, and groups that do not fit."""
    refusals.groups(spec, shape, BITS)


def quantize(work: Work) -> None:
    """llm-compressor's GPTQ, each layer with what the quantized layers before it give."""

    def modifiers() -> list[Any]:
        from llmcompressor.modifiers.gptq import GPTQModifier

        wanted = settings.bits(work.spec, BITS)
        return [GPTQModifier(config_groups=grid(wanted), ignore=one_shot.IGNORE)]

    one_shot.run(work, modifiers)


GPTQ = Method(
    name="gptq",
    title="GPTQ",
    family=N_("quantization"),
    bits=None,
    meaning=N_("Weights are rounded column by column, and those not yet rounded make up for it."),
    paper="Frantar et al. 2023, GPTQ: Accurate Post-Training Quantization for Generative "
    "Pre-trained Transformers",
    does=N_(
        "Round to nearest, with a memory: the error that rounding a column makes on a "
        "calibration text is spread over the columns that are still to come, weighted by the "
        "second derivative of the layer's error. What it keeps is the layer's output on that "
        "text."
    ),
    takes=TAKES,
    forms=("gptq:4", "gptq:3", "gptq:8"),
    cost=N_(
        "Two forward passes over the calibration text and the inverse of a matrix as wide as "
        "each layer."
    ),
    needs=one_shot.NEEDS,
    architectures=ARCHITECTURES,
    calibrated=True,
    grouped=True,
    check=check,
    make=quantize,
)
