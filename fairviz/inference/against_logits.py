"""A model reads the tokens of a llama.cpp logits file, against the model that wrote it.

What llama.cpp measures is measured as it does (`log_softmax` and `kl_divergence` in its
tools/perplexity/perplexity.cpp): the KL is the sum, over the tokens that the baseline gives more
than e^-16, of p (ln p - ln q), with p as it is stored and not normalized again; the chance of the
text's own token is the stored one; of two equally likely tokens the one of the smaller id is the
top. So a KL can lie below 0 by rounding, and equals llama.cpp's up to its float32.

What llama.cpp does not measure needs care where p is a floor, 16 nats below the most likely token,
since V such floors add up to as much as 3 % of the mass at V = 262,144. Entropy, the most likely
tokens and the Jensen-Shannon divergence are of the tokens above e^-16 alone, normalized; KL(Q || P)
takes the floors as they are, and so is too small by what Q has there and P has not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fairviz.inference.paired_decoding import TOP
from fairviz.inference.scoring import Scored, joined, reduced
from fairviz.inference.split_forward import Halves, halves_of
from fairviz.metrics.reference import log_normalizer, precision
from fairviz.models.llama_logits import LogitsFile

if TYPE_CHECKING:
    from torch import Tensor

    from fairviz.metrics.fused import Reduced
    from fairviz.models.handles import Reader

# What llama.cpp leaves out of its KL: everything at or below this natural logarithm.
LEAST = -16.0
# Probabilities of one model reduced at once: float64, of which a few stand side by side.
_AT_ONCE = 4_000_000


class Quantized(NamedTuple):
    """What is lost of a baseline that is stored in 16 bits.

    Attributes:
        step: The largest distance of two stored log-probabilities, in nats; each is within half.
        clipped: Tokens of the text that the baseline gave less than the least that is stored.
        outside: Mean mass of the compressed model on the tokens that the KL leaves out.
    """

    step: float
    clipped: int
    outside: float


class Chunk(NamedTuple):
    """One chunk of the file, of which the tokens that have a row are scored.

    Attributes:
        context: Ids of what stands before them, as the model was given it.
        scored: Their columns; its ids begin with the last of the context.
        quantized: What is lost of the baseline.
    """

    context: list[int]
    scored: Scored
    quantized: Quantized


def chunks(
    reader: Reader,
    file: LogitsFile,
    *,
    bos_id: int | None = None,
    on_batch: Callable[[int, int], None] | None = None,
) -> Iterator[Chunk]:
    """Every chunk of a file under a model; closing the iterator stops it.

    Args:
        reader: The compressed model, of the file's vocabulary.
        file: What the baseline expected.
        bos_id: Beginning-of-text token, put in the place of each chunk's first.
        on_batch: Told how many tokens of how many are read, after every chunk.

    Raises:
        Unreadable: If a row of the file is no distribution.
    """
    import torch

    halves = halves_of(reader)
    for number in range(file.n_chunks):
        ids = file.tokens[number].tolist()
        if bos_id is not None:
            ids[0] = bos_id
        with torch.inference_mode():
            found, quantized = _chunk(halves, file, number, ids)
        context = ids[: file.first]
        yield Chunk(context, joined([context[-1], *ids[file.first :]], found), quantized)
        if on_batch is not None:
            on_batch((number + 1) * file.n_ctx, file.n_chunks * file.n_ctx)


def _chunk(
    halves: Halves, file: LogitsFile, number: int, ids: list[int]
) -> tuple[Sequence[Reduced], Quantized]:
    """The rows of one chunk, a few at a time; the tensors of each are let go before the next."""
    import torch

    text = torch.tensor([ids[:-1]], dtype=torch.long, device=halves.device)
    hidden = halves.hidden(text, torch.ones_like(text))[0, file.first - 1 :]
    few = max(1, _AT_ONCE // file.vocabulary_size)
    parts, step, clipped, outside = [], 0.0, 0, 0.0
    for start in range(0, file.scored, few):
        end = min(start + few, file.scored)
        rows = file.rows(number, start, end)
        targets = ids[file.first + start : file.first + end]
        q = halves.logits(hidden[start:end])[:, : file.vocabulary_size]
        p = torch.from_numpy(rows.log_probs).to(q.device)
        wanted = torch.tensor(targets, dtype=torch.long, device=q.device)
        found, mass = _rows(p, q, wanted)
        parts.append(found)
        step = max(step, float(rows.scale.max()))
        clipped += int((rows.steps[np.arange(end - start), targets] == 0).sum())
        outside += float(mass.sum())
    return parts, Quantized(step, clipped, outside / file.scored)


def _rows(p: Tensor, q: Tensor, targets: Tensor) -> tuple[Reduced, Tensor]:
    """As `reduce`, of stored log-probabilities p and logits q; and Q's mass that the KL leaves out.

    Args:
        p: (R, V) stored natural logarithms, float32, not normalized.
        q: (R, V) logits.
        targets: (R,) token ids.
    """
    import torch

    wide = getattr(torch, precision(q.device.type))
    counted = p > LEAST
    found = reduced(p.masked_fill(~counted, -torch.inf), q, targets, TOP)
    log_p = p.to(wide)
    log_q = q.to(wide) - log_normalizer(q)[:, None]
    apart = log_p - log_q
    kl = (log_p.exp() * apart).masked_fill_(~counted, 0.0).sum(dim=-1)
    mass = log_q.exp()
    reverse = -(mass * apart).sum(dim=-1)
    own = log_p.gather(1, targets[:, None])[:, 0].clamp_(max=0)
    baseline = found.baseline._replace(
        log_prob=own, top_log_probs=log_p.gather(1, found.baseline.top_ids)
    )
    same = p.argmax(dim=-1) == q.argmax(dim=-1)
    both = kl.isfinite() & found.compressed.entropy.isfinite()
    found = found._replace(
        baseline=baseline,
        kl=kl.where(both, torch.nan),
        kl_reverse=reverse.where(both, torch.nan).clamp_(min=0),
        same_top=same & both,
    )
    return found, mass.masked_fill_(counted, 0.0).sum(dim=-1)
