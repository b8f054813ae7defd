"""Two models write in lock-step, and each reads every token that the other writes.

While the texts agree there is one context. From the first divergence on there are two,
and each model runs both as one batch of two rows, its KV cache forked and never
recomputed: a step is bound by reading the weights, so the second row is nearly free.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.batch_invariance import batch_invariant
from fairviz.divergence import distance, log_normalizer
from fairviz.few_rows import fast_head
from fairviz.finite import check_embeddings, stopped
from fairviz.reduction import Top, same_top
from fairviz.sampling import choose, gumbel
from fairviz.specs import Decoding

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

TOP = 10


class Writer(NamedTuple):
    """A model that writes.

    Attributes:
        model: A causal language model.
        eos_ids: The tokens at which it stops.
        rows: The most contexts that it reads together. None is one where they would disturb
            each other (see `batch_invariance`), else as many as there are.
        name: What the user calls it; empty is the name it was loaded by.
        spell: From a token id to its text, for errors.
    """

    model: PreTrainedModel
    eos_ids: frozenset[int]
    rows: int | None = None
    name: str = ""
    spell: Callable[[int], str] = str

    @property
    def alone(self) -> bool:
        """Whether it reads each context by itself, as `generate` reads it."""
        return self.rows == 1 or (self.rows is None and not batch_invariant(self.model))


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


class _Run:
    """One model's side of the decoding: its KV cache and the logits of its live rows."""

    def __init__(self, model: PreTrainedModel, prompt: Sequence[int], width: int) -> None:
        self._model, self._width = model, width
        self._cache: Any = None
        self.feed([list(prompt)])

    def feed(self, rows: list[list[int]]) -> None:
        """Read the next tokens of every row, (R, t), and keep the last logits, (R, V)."""
        import torch

        ids = torch.tensor(rows, device=self._model.device)
        out = self._model(
            input_ids=ids, past_key_values=self._cache, use_cache=True, logits_to_keep=1
        )
        self._cache = out.past_key_values
        self.logits: Tensor = out.logits[:, -1, : self._width].float()

    def fork(self) -> None:
        """From one row to two with the same past."""
        self._cache.batch_repeat_interleave(2)

    def keep(self, row: int) -> None:
        """From two rows to one."""
        import torch

        self._cache.batch_select_indices(torch.tensor([row], device=self._model.device))


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


def _check(writers: Sequence[Writer], reading: PairReading, last: int) -> None:
    """Stop where a distribution after the token `last` is not made of numbers."""
    for writer, entropy in zip(
        writers, (reading.baseline.entropy, reading.compressed.entropy), strict=True
    ):
        if not math.isfinite(entropy):
            raise stopped(writer.model, writer.name, writer.spell(last))


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
        models = {writer.model for writer in writers}
        for model in models:
            stack.enter_context(fast_head(model))
        # A model against itself is run once, so that its shifts are exactly 0.
        by_model = {model: _Run(model, prompt, width) for model in models}
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
            for who, reading in zip(live, readings, strict=True):
                _check(writers, reading, contexts[who][-1])
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
                        run.fork()
            elif not shared and len(going) < len(live):
                for run in by_model.values():
                    run.keep(live.index(going[0][0]))
            live = [who for who, _ in going]
            heads = going[:1] if shared else going
            for run in by_model.values():
                run.feed([[token_id] for _, token_id in heads])
