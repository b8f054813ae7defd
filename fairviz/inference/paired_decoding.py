"""Two models write in lock-step, and each reads every token that the other writes.

While the texts agree there is one context. From the first divergence on there are two, and
each model runs both, its KV cache forked and never recomputed (see `contexts`): as one batch of
two rows, or one after the other where a row would disturb the other.

Greedy text is that of `generate` alone, token for token, in float32 and for every method. In
bfloat16 and float16 `generate` takes the largest of logits that are rounded to that type, of which
several are often equal; here they are float32 (see `fast_lm_head`), so a text may part from its
where the first two tokens are nearer than that rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

from fairviz.core.specs import Decoding
from fairviz.inference.contexts import Contexts
from fairviz.inference.fast_lm_head import fast_head
from fairviz.inference.gumbel import choose, gumbel
from fairviz.metrics.reference import distance, log_normalizer
from fairviz.metrics.top import Top, same_top
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


def _readings(p: Tensor, q: Tensor, rows: Sequence[int], ids: Sequence[int]) -> list[PairReading]:
    """Both models' readings of token `ids[i]` in row `rows[i]`.

    Args:
        p: (R, V) logits of the baseline.
        q: (R, V) logits of the compressed model.
        rows: The row of each reading; a row may be read twice.
        ids: The token of each reading.
    """
    import torch

    apart = distance(p, q)
    top = min(TOP, p.shape[-1])
    sides, tops = [], []
    for logits, entropy in ((p, apart.entropy_p), (q, apart.entropy_q)):
        norm = log_normalizer(logits)
        best, best_ids = Top(*logits.topk(top, dim=-1))
        tops.append(Top(best, best_ids))
        log_best = best.to(norm.dtype) - norm[:, None]
        picked = logits[list(rows), list(ids)]
        log_prob = picked.to(norm.dtype) - norm[list(rows)]
        above = torch.stack(
            [(logits[row] > value).sum() for row, value in zip(rows, picked, strict=True)]
        )
        sides.append(
            (
                log_prob.tolist(),
                entropy.tolist(),
                above.tolist(),
                log_best.exp()[:, :2].tolist(),
                best_ids.tolist(),
                log_best.tolist(),
            )
        )
    same = same_top(p, q, *tops).tolist()
    kl, reverse, js = (values.tolist() for values in (apart.kl, apart.kl_reverse, apart.js))

    def reading(side: int, place: int) -> Reading:
        log_prob, entropy, above, first_two, best_ids, log_best = sides[side]
        row = rows[place]
        return Reading(
            log_prob=min(log_prob[place], 0.0),
            entropy=entropy[row],
            rank=1 + above[place],
            margin=first_two[row][0] - first_two[row][1] if top > 1 else 1.0,
            top_ids=best_ids[row],
            top_log_probs=log_best[row],
        )

    return [
        PairReading(
            token_id=token_id,
            baseline=reading(0, place),
            compressed=reading(1, place),
            kl=kl[row],
            kl_reverse=reverse[row],
            js=js[row],
            same_top=same[row],
        )
        for place, (row, token_id) in enumerate(zip(rows, ids, strict=True))
    ]


def write_in_pair(
    baseline: Writer,
    compressed: Writer,
    prompt: Sequence[int],
    decoding: Decoding,
    width: int,
) -> Iterator[Step]:
    """Both models' continuations of a prompt, one step of both at a time.

    Every number is read from the models' own distributions, before temperature,
    filters and penalty; those only choose the token.

    Args:
        baseline: Writes the first text and reads both.
        compressed: Writes the second text and reads both.
        prompt: At least one token id.
        decoding: How each step's token is chosen.
        width: Size V of the vocabulary that both models share.

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
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode())
        # A model against itself is run once, so that its shifts are exactly 0.
        by_model: dict[PreTrainedModel, Contexts] = {}
        for writer in writers:
            if writer.model not in by_model:
                stack.enter_context(fast_head(writer.model))
                by_model[writer.model] = Contexts(writer, [list(prompt)], width)
        runs = [by_model[writer.model] for writer in writers]
        contexts = [list(prompt), list(prompt)]
        live, shared = [0, 1], True
        for step in range(decoding.max_new_tokens):
            noise = None if decoding.greedy else gumbel(decoding.seed, step, width)
            rows = [0 if shared else place for place in range(len(live))]
            ids = [
                choose(runs[who].logits[row], contexts[who], decoding, noise)
                for who, row in zip(live, rows, strict=True)
            ]
            read: list[PairReading | None] = [None, None]
            readings = _readings(runs[0].logits, runs[1].logits, rows, ids)
            for who, token_id, reading in zip(live, ids, readings, strict=True):
                read[who] = reading
                contexts[who].append(token_id)
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
