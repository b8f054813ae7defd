"""Two models write in lock-step, and each reads every token that the other writes.

While the texts agree there is one context. From the first divergence on there are two, and
each model runs both, its KV cache forked and never recomputed (see `contexts`): as one batch of
two rows, or one after the other where a row would disturb the other. A step asks the device once:
tokens are chosen and every measure of them is taken there, and come as one table.

Greedy text is that of `generate` alone, token for token, in float32 and for every method. In
bfloat16 and float16 `generate` takes the largest of logits that are rounded to that type, of which
several are often equal; here they are float32 (see `fast_lm_head`), so a text may part from its
where the first two tokens are nearer than that rounding.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fairviz.core.specs import Decoding
from fairviz.inference.contexts import Contexts, ready
from fairviz.inference.gumbel import chosen, gumbel
from fairviz.inference.scoring import reduced
from fairviz.models.finite import check_embeddings
from fairviz.models.handles import Writer

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

TOP = 10


class Reading(NamedTuple):
    """What one model held of one token; see `traces.TokenTrace` for the fields."""

    log_prob: float
    entropy: float
    rank: int
    margin: float
    top_ids: list[int]
    top_log_probs: list[float]


class PairReading(NamedTuple):
    """One token of one text under both models; see `traces.PairTrace`."""

    token_id: int
    baseline: Reading
    compressed: Reading
    kl: float
    kl_reverse: float
    js: float
    same_top: bool


class Step(NamedTuple):
    """One step of both texts; None for a text that has ended."""

    on_baseline: PairReading | None
    on_compressed: PairReading | None


def _readings(p: Tensor, q: Tensor, ids: Sequence[Tensor]) -> list[PairReading]:
    """Both models' readings of token `ids[i]` in row i, or of all in the only row.

    Args:
        p: (R, V) logits of the baseline.
        q: (R, V) logits of the compressed model; the same object for the same model.
        ids: The tokens; without dimensions, on any device.
    """
    import torch

    tokens = torch.stack([token_id.to(p.device, non_blocking=True) for token_id in ids])
    rows, top = len(tokens), min(TOP, p.shape[-1])
    first, second = (logits.expand(rows, -1).to(p.device) for logits in (p, q))
    found = reduced(first, second, tokens, top)
    # The last digit of a sum depends on where its numbers lie.
    sides = (found.baseline, found.baseline if q is p else found.compressed)
    apart = (found.kl, found.kl_reverse, found.js, found.same_top)
    columns = [
        field.reshape(rows, -1).to(found.kl.dtype)
        for field in (tokens, *apart, *(field for side in sides for field in side))
    ]
    readings = []
    for token_id, kl, kl_reverse, js, same_top, *both in torch.cat(columns, dim=1).tolist():
        of_baseline, of_compressed = (
            Reading(
                log_prob,
                entropy,
                rank=int(rank),
                margin=margin,
                top_ids=[int(one) for one in best[:top]],
                top_log_probs=best[top:],
            )
            for log_prob, entropy, rank, margin, *best in (both[: 4 + 2 * top], both[4 + 2 * top :])
        )
        readings.append(
            PairReading(
                int(token_id), of_baseline, of_compressed, kl, kl_reverse, js, bool(same_top)
            )
        )
    return readings


def write_in_pair(
    baseline: Writer,
    compressed: Writer,
    prompt: Sequence[int],
    decoding: Decoding,
    width: int,
    written: int = 0,
) -> Generator[Step]:
    """Both models' continuations of a prompt, one step of both at a time.

    Every number is read from the models' own distributions, before temperature,
    filters and penalty; those only choose the token.

    Args:
        baseline: Writes the first text and reads both.
        compressed: Writes the second text and reads both.
        prompt: At least one token id.
        decoding: How each step's token is chosen.
        width: Size V of the vocabulary that both models share.
        written: How many tokens of the prompt were written before; the noise goes on behind theirs.

    Yields:
        A `Step` until both texts have ended or `max_new_tokens` are written. An
        end-of-text token is the last token of its text. Closing the iterator stops
        the models.

    Raises:
        NoEmbedding: If a model has no row for a token of the prompt.
        NotFinite: At the first step whose distributions are not made of numbers.
    """
    import torch

    writers = (baseline, compressed)
    check_embeddings(prompt, [(one.name, one.model) for one in writers], baseline.spell)
    with torch.inference_mode(), ready(*writers):
        # A model against itself is run once, so that its shifts are exactly 0.
        by_model: dict[PreTrainedModel, Contexts] = {}
        for writer in writers:
            if writer.model not in by_model:
                by_model[writer.model] = Contexts(writer, [list(prompt)], width)
        runs = [by_model[writer.model] for writer in writers]
        contexts = [list(prompt), list(prompt)]
        live, shared = [0, 1], True
        place = runs[0].logits.device
        for step in range(decoding.max_new_tokens):
            noise = None
            if not decoding.greedy:
                noise = gumbel(decoding.seed, written + step, width, place)
            tokens = [
                chosen(runs[who].logits[0 if shared else row], contexts[who], decoding, noise)
                for row, who in enumerate(live)
            ]
            readings = _readings(runs[0].logits, runs[1].logits, tokens)
            for run, side in zip(runs, ("baseline", "compressed"), strict=True):
                run.check([not math.isnan(getattr(one, side).entropy) for one in readings])
            ids = [reading.token_id for reading in readings]
            read: list[PairReading | None] = [None, None]
            for who, reading in zip(live, readings, strict=True):
                read[who] = reading
                contexts[who].append(reading.token_id)
            yield Step(*read)
            going = [
                (who, token_id)
                for who, token_id in zip(live, ids, strict=True)
                if token_id not in writers[who].eos_ids
            ]
            if not going or step + 1 == decoding.max_new_tokens:
                return
            if shared and (len(going) == 1 or ids[0] != ids[1]):
                shared = False
                if len(going) == 2:
                    for run in by_model.values():
                        run.select([0, 0])
            elif not shared and len(going) < len(live):
                for run in by_model.values():
                    run.select([live.index(going[0][0])])
            live = [who for who, _ in going]
            heads = going[:1] if shared else going
            for run in by_model.values():
                run.feed([[token_id] for _, token_id in heads])
