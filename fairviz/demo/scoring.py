"""The demo's texts under a model: log-probabilities, surprisal, and how far a variant is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from fairviz.metrics.reference import distance

if TYPE_CHECKING:
    import torch
    from transformers import BloomForCausalLM, PreTrainedTokenizerFast

ROWS = 64


class Scored(NamedTuple):
    """One text under one model: ids (T,), log_p (T - 1, V) of ids[1:] given what is before."""

    ids: torch.Tensor
    log_p: torch.Tensor


def score(
    model: BloomForCausalLM, words: PreTrainedTokenizerFast, texts: Sequence[list[int]]
) -> list[Scored]:
    """Log-probabilities in nats of every token of every text, in the order given."""
    import torch

    end = int(words.eos_token_id)
    scored: list[Scored] = []
    for start in range(0, len(texts), ROWS):
        rows = texts[start : start + ROWS]
        ids = torch.full((len(rows), max(map(len, rows))), end)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = torch.tensor(row)
        with torch.inference_mode():
            log_p = model(ids, use_cache=False).logits.float().log_softmax(-1)
        scored.extend(Scored(ids[i, : len(r)], log_p[i, : len(r) - 1]) for i, r in enumerate(rows))
    return scored


def encode(words: PreTrainedTokenizerFast, texts: Sequence[str]) -> list[list[int]]:
    """Whole documents as token ids, the final EOS included."""
    end = int(words.eos_token_id)
    return [[*ids, end] for ids in words(list(texts))["input_ids"]]


def surprisal(scored: Sequence[Scored]) -> float:
    """Mean nats per token; its exponential is the perplexity."""
    total = sum(-float(s.log_p.gather(1, s.ids[1:, None]).sum()) for s in scored)
    return total / sum(len(s.log_p) for s in scored)


def mean_kl(baseline: Sequence[Scored], variant: Sequence[Scored]) -> float:
    """Mean KL(baseline || variant) in nats per token of the same texts."""
    pairs = zip(baseline, variant, strict=True)
    total = sum(float(distance(b.log_p, v.log_p).kl.sum()) for b, v in pairs)
    return total / sum(len(s.log_p) for s in baseline)
