"""Batches of whole documents of like length: each starts at position 0, so none sees another."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from fairviz.demo.grammar import documents

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerFast

POOL = 4096
IGNORED = -100


def batches(
    tokenizer: PreTrainedTokenizerFast, seed: int, tokens: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Pairs (ids, targets) of shape (B, T), each of about `tokens` tokens, for ever.

    Rows end in EOS and are padded on the right; padding has target `IGNORED`. Targets are the ids
    themselves, not shifted.
    """
    import torch

    rng = random.Random(seed)
    stream = documents(seed)
    end = tokenizer.eos_token_id
    while True:
        rows = [[*ids, end] for ids in tokenizer(list(islice(stream, POOL)))["input_ids"]]
        rows.sort(key=len)
        groups: list[list[list[int]]] = [[]]
        for row in rows:
            if len(row) * (len(groups[-1]) + 1) > tokens:
                groups.append([])
            groups[-1].append(row)
        rng.shuffle(groups)
        for group in groups:
            width = max(map(len, group))
            ids = torch.full((len(group), width), end)
            targets = torch.full((len(group), width), IGNORED)
            for i, row in enumerate(group):
                ids[i, : len(row)] = targets[i, : len(row)] = torch.tensor(row)
            yield ids, targets
