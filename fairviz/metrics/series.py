"""tanh y and y tanh y - ln cosh y near y = 0, where their closed forms lose their digits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

# Where |y| is below this, what is averaged over M comes from its series in y^2, else from float64.
REACH = 0.3
# tanh y / y - 1 and (y tanh y - ln cosh y) / y^2, lowest power of y^2 first; the former's begins
# with y^2.
TANH = (-1 / 3, 2 / 15, -17 / 315, 62 / 2835, -1382 / 155925)
BEND = (1 / 2, -1 / 4, 1 / 9, -17 / 360, 31 / 1575)


def terms_of(square: float) -> int:
    """How many terms of a series leave out less than a part in ten million."""
    if square <= 0:
        return 1
    return min(len(BEND), 1 + math.ceil(math.log(1e-7) / math.log(square)))


def series(terms: tuple[float, ...], square: Tensor, out: Tensor) -> Tensor:
    """terms[0] + terms[1] square + terms[2] square^2 + ..."""
    import torch

    *lower, last = terms
    if not lower:
        return out.fill_(last)
    torch.mul(square, last, out=out)
    for term in lower[:0:-1]:
        out.add_(term).mul_(square)
    return out.add_(lower[0])
