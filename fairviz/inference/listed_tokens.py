"""A model that is loaded here, beside one behind a server: its side of `metrics.bounds`.

Of every place the most likely tokens are kept, and those that the server lists; of the others what
bounds need is known exactly: their mass, the most and the least that one of them has, the entropy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairviz.core.errors import PromptTooLong
from fairviz.core.specs import Decoding
from fairviz.i18n import _, ngettext
from fairviz.inference.batch_generation import Ask, draw
from fairviz.inference.split_forward import halves_of
from fairviz.metrics.bounds import ROUNDED, Listed, joined, listed
from fairviz.metrics.reference import log_normalizer, precision
from fairviz.metrics.traces import Ints
from fairviz.models.finite import check_embeddings, stopped
from fairviz.models.memory import out_of_memory_as_advice

if TYPE_CHECKING:
    from torch import Tensor

    from fairviz.models.loading import LoadedModel

# The most likely tokens that are kept of each place: what is beyond them has little.
_KEPT = 256
# How far sums of probabilities in float64 are off.
_EXACT = 1e-12
# Places whose distributions are there at once, in numbers.
_AT_ONCE = 4_000_000


def read(model: LoadedModel, ids: Sequence[int], beside: Ints | None = None) -> Listed:
    """A text of T + 1 tokens: what the model expects at each but the first.

    Args:
        beside: (T, m) tokens that another model lists there, -1 for none; kept too.

    Raises:
        NotFinite: If a distribution is not made of numbers.
    """
    import torch

    reader, width = model.reader, model.vocabulary_size
    with torch.inference_mode(), out_of_memory_as_advice():
        halves = halves_of(reader)
        given = torch.tensor([list(ids[:-1])], device=halves.device)
        hidden = halves.hidden(given, torch.ones_like(given))[0]
        rows = max(1, _AT_ONCE // width)
        wanted = np.asarray(ids[1:], dtype=np.int64)[:, None]
        if beside is not None:
            wanted = np.concatenate([wanted, beside], axis=1)
        parts = []
        for start in range(0, len(hidden), rows):
            logits = halves.logits(hidden[start : start + rows])[:, :width]
            if not bool(logits.isfinite().all()):
                raise stopped(model.model, str(model.spec), model.vocabulary.text(int(ids[start])))
            parts.append(_reduced(logits, wanted[start : start + rows]))
    return joined(parts)


def _reduced(logits: Tensor, wanted: Ints) -> Listed:
    """(R, V) logits and (R, m) tokens that must be kept."""
    import torch

    kind = precision(logits.device.type)
    wide = getattr(torch, kind)
    log_p = logits.to(wide) - log_normalizer(logits)[:, None]
    entropy = -torch.linalg.vecdot(log_p.exp(), log_p)
    k = min(_KEPT, log_p.shape[1])
    best = log_p.topk(k, dim=-1).indices.cpu().numpy()
    # The written token and the other side's, where they are not among the best; each once.
    more = np.where((wanted[:, :, None] == best[:, None, :]).any(axis=2), -1, wanted)
    more = np.sort(more, axis=1)
    more[:, 1:] = np.where(more[:, 1:] == more[:, :-1], -1, more[:, 1:])
    ids = np.concatenate([best, more], axis=1)
    there = torch.from_numpy(np.maximum(ids, 0)).to(log_p.device)
    kept = log_p.gather(1, there).cpu().numpy().astype(np.float64)
    side = listed(
        ids,
        kept,
        wanted[:, 0],
        size=log_p.shape[1],
        rounding=_EXACT if kind == "float64" else ROUNDED,
        floor=log_p.amin(dim=-1).cpu().numpy().astype(np.float64),
        entropy=entropy.cpu().numpy().astype(np.float64),
    )
    # Those that were kept for the other side may be rare: the most is that of the last of the best.
    most = np.minimum(kept[:, k - 1], np.log(np.maximum(side.rest.high, 1e-300)))
    return side._replace(most=np.where(side.unlisted > 0, most, -np.inf))


def write(model: LoadedModel, ids: Sequence[int], decoding: Decoding) -> list[int]:
    """What the model writes behind a text, alone."""
    ask = Ask(tuple(ids), decoding.seed)
    with out_of_memory_as_advice():
        steps = draw(model.writer, model.writer, [ask], decoding, model.vocabulary_size)
        ((sample,),) = [step for step in steps if step]
    return sample.baseline


def check(model: LoadedModel, ids: Sequence[int], more: int = 0) -> None:
    """Refuse a text that the model cannot read, with so many tokens more.

    Raises:
        PromptTooLong: If the text does not fit the model's context.
        NoEmbedding: If the model has no row for a token of it.
    """
    check_embeddings(ids, [(str(model.spec), model.model)], model.vocabulary.text)
    most = model.context_length
    if most is not None and len(ids) + more > most:
        raise PromptTooLong(
            ngettext(
                "The text has {n} token, and {model} takes {most:,}.",
                "The text has {n} tokens, and {model} takes {most:,}.",
                len(ids) + more,
                model=model.spec,
                most=most,
            ),
            fix=_("Beside a model behind a server a text is read whole: give a shorter one."),
        )
