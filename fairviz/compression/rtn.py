"""Round to nearest: every weight on its own, the reference that every method must beat."""

from __future__ import annotations

from typing import Any

from fairviz.compression import one_shot, refusals, settings
from fairviz.compression.method import ARCHITECTURES, Method, Shape, Work
from fairviz.compression.rounding import grid
from fairviz.core.specs import CompressionSpec
from fairviz.i18n import N_

BITS = (4, 8)
TAKES = N_(
    "Bits of a weight, then the number of neighbours in a row that share a scale: 128 unless "
    "given, 64 or 32 where rows are narrow."
)


def check(spec: CompressionSpec, shape: Shape | None) -> None:
    """Refuse other bits than 4 and 8, and groups that do not fit."""
    refusals.groups(spec, shape, BITS)


def quantize(work: Work) -> None:
    """Round the weights of every group to its grid; no text is read."""

    def modifiers() -> list[Any]:
        from llmcompressor.modifiers.quantization import QuantizationModifier

        wanted = settings.bits(work.spec, BITS)
        return [QuantizationModifier(config_groups=grid(wanted), ignore=one_shot.IGNORE)]

    one_shot.run(work, modifiers, reads=False)


RTN = Method(
    name="rtn",
    title=N_("Round to nearest"),
    family=N_("quantization"),
    bits=None,
    meaning=N_("Every weight becomes the nearest of 16 (or 256) values of its group."),
    paper=N_("The usual reference, as in Dettmers and Zettlemoyer 2023"),
    does=N_(
        "Each group of neighbours in a row gets an even grid from its least to its greatest "
        "weight, and every weight goes to the nearest point. No text is read and nothing makes "
        "up for the error: what a cleverer method gains is the difference to this one."
    ),
    takes=TAKES,
    forms=("rtn:4", "rtn:8"),
    cost=N_("Seconds; the memory of the model."),
    needs=one_shot.NEEDS,
    architectures=ARCHITECTURES,
    grouped=True,
    check=check,
    make=quantize,
)
