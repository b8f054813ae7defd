"""Fair-GPTQ: weights that answer the two sentences of a pair more alike, then GPTQ.

Proskurina, Metzler and Velcin 2025, "Fair-GPTQ: Bias-Aware Quantization for Large Language
Models" (arXiv 2509.15206). Of a linear layer with weights W that reads X, and reads X0 and X1 in
the two sentences of a pair, the weights W' are sought with least
||W'X - WX||^2 + alpha ||W'(X0 - X1)||^2. Without rounding there is a closed form, `evened`.
"""

from __future__ import annotations

import math
import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import Tensor

# What writes into the residual stream: the last linear layer of an attention and of an MLP.
_OUTPUT = re.compile(r"(?:^|\.)(?:o_proj|out_proj|dense|down_proj|fc2|dense_4h_to_h)$")
# Part of the mean diagonal that is added to it before inverting, as in GPTQ.
_DAMPING = 0.01
# Sentences that are read together; even, as both of a pair are.
_ROWS = 16


def evened(weight: Tensor, hessian: Tensor, apart: Tensor) -> Tensor:
    """W' = W - W H01 (H + H01 + lambda I)^-1, with lambda a hundredth of H's mean diagonal.

    Args:
        weight: (rows, columns).
        hessian: (columns, columns) H, 2/n times the sum of x x^T over the n tokens that are read.
        apart: (columns, columns) H01, alpha 2/m times the sum of d d^T over the m positions at
            which the sentences of the pairs are aligned, with d = x0 - x1.
    """
    import torch

    h, between = hessian.double(), apart.double()
    damping = _DAMPING * float(h.diagonal().mean())
    whole = h + between + damping * torch.eye(len(h), dtype=h.dtype, device=h.device)
    # whole and H01 are symmetric: the transpose is what solving from the left gives.
    change = torch.linalg.solve(whole, between @ weight.double().T).T
    found: Tensor = (weight.double() - change).to(weight.dtype)
    return found


def aligned(first: Sequence[int], second: Sequence[int]) -> list[tuple[int, int]]:
    """Which position of one sentence stands for which of the other.

    Tokens that both have are matched; of words that differ, and may be cut into another number of
    tokens, the last ones, which have read the whole word. What one sentence alone has is left out.
    """
    places: list[tuple[int, int]] = []
    found = SequenceMatcher(None, list(first), list(second), autojunk=False).get_opcodes()
    for kind, start, end, other, other_end in found:
        if kind == "equal":
            places += zip(range(start, end), range(other, other_end), strict=True)
        elif kind == "replace":
            size = min(end - start, other_end - other)
            places += zip(range(end - size, end), range(other_end - size, other_end), strict=True)
    return places


class PairBatch(NamedTuple):
    """Pairs of sentences that are read together, first and second in turn.

    Attributes:
        ids: (2 P, L) tokens, padded on the right.
        mask: (2 P, L) 1 where there is one.
        left: (A,) places of aligned tokens in the flattened ids, of the first sentences.
        right: (A,) those of the second.
    """

    ids: Tensor
    mask: Tensor
    left: Tensor
    right: Tensor


def batched(pairs: Iterable[tuple[Sequence[int], Sequence[int]]]) -> list[PairBatch]:
    """Token ids of pairs, those of similar length together."""
    import torch

    ordered = sorted(pairs, key=lambda pair: max(map(len, pair)))
    found = []
    for start in range(0, len(ordered), _ROWS // 2):
        here = ordered[start : start + _ROWS // 2]
        width = max(len(one) for pair in here for one in pair)
        ids = torch.zeros((2 * len(here), width), dtype=torch.long)
        mask = torch.zeros_like(ids)
        places: list[tuple[int, int]] = []
        for number, pair in enumerate(here):
            for row, one in enumerate(pair, 2 * number):
                ids[row, : len(one)] = torch.tensor(one)
                mask[row, : len(one)] = 1
            begin = 2 * number * width
            places += [(begin + a, begin + width + b) for a, b in aligned(*pair)]
        both = torch.tensor(places, dtype=torch.long).reshape(-1, 2)
        found.append(PairBatch(ids, mask, both[:, 0], both[:, 1]))
    return found


def writes_out(name: str, layers: str, count: int) -> bool:
    """Whether a linear layer is one that is evened.

    Args:
        name: Of the module.
        layers: `all` decoder layers, or the `lower` or `upper` tenth of them, rounded up.
        count: How many there are.
    """
    if not _OUTPUT.search(name):
        return False
    number = next(int(part) for part in name.split(".") if part.isdecimal())
    tenth = math.ceil(count / 10)
    return {"all": True, "lower": number < tenth, "upper": number >= count - tenth}[layers]


@lru_cache(maxsize=1)
def modifier() -> Any:
    """llm-compressor's GPTQ, with the output projections evened before they are rounded."""
    from compressed_tensors.offload import update_offload_parameter
    from llmcompressor.core import active_session
    from llmcompressor.modifiers.gptq import GPTQModifier
    from pydantic import Field, PrivateAttr

    class FairGPTQ(GPTQModifier):
        alpha: float
        begin: int  # number of the first batch of pairs
        # Each hook's line in the log says the whole modifier: these would be printed every time.
        pairs: Any = Field(repr=False)  # the batches of pairs
        evened: Any  # whether a module of this name is to be
        _read: dict[Any, list[Any]] = PrivateAttr(default_factory=dict)

        def calibrate_module(self, module: Any, args: tuple[Tensor, ...], _output: Tensor) -> None:
            number = active_session().state.current_batch_idx - self.begin
            tokens = args[0].reshape(-1, args[0].shape[-1])
            sums = self._read.setdefault(module, [0, 0, 0.0])
            if number >= 0:
                batch = self.pairs[number]
                if self.alpha and self.evened(self._module_names[module]):
                    apart = (tokens[batch.left] - tokens[batch.right]).double()
                    sums[1] += len(apart)
                    sums[2] = sums[2] + apart.T @ apart
                tokens = tokens[batch.mask.flatten().bool()]
                args = (tokens,)
            sums[0] += len(tokens)
            super().calibrate_module(module, args, _output)

        def on_sequential_epoch_end(
            self, state: Any, event: Any, modules: list[Any], **further: Any
        ) -> None:
            module: Any
            for module in list(self._num_samples):
                read, apart, between = self._read.pop(module)
                if apart:
                    # The sum that GPTQ keeps is of 2 x x^T.
                    h = self._hessians[module] / read
                    weight = evened(module.weight, h, 2 * self.alpha / apart * between)
                    update_offload_parameter(module, "weight", weight)
            # The scales are observed here, on the weights as they are now.
            super().on_sequential_epoch_end(state, event, modules, **further)

    return FairGPTQ
