"""Many continuations of each prompt by two models, drawn in one batch with common noise.

Each continuation has a stream of Gumbel noise of its own, and both models draw from the same
one. It is the stream that `decode.write_in_pair` uses for that seed, so that any single
continuation can be opened and read token by token. A step is bound by the head and the noise;
the noise is made once for both models, a few rows at a time, while it is in the cache.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, NamedTuple

from fairviz.core.specs import Decoding
from fairviz.inference.contexts import Contexts, ready
from fairviz.inference.gumbel import choose, gumbel
from fairviz.models.elsewhere import elsewhere
from fairviz.models.finite import check_embeddings
from fairviz.models.handles import Writer

if TYPE_CHECKING:
    from torch import Tensor

# Numbers of noise that exist at once: 8 MB in float64.
_PIECE = 2**20
# Two best scores nearer than this are told apart in float64, as `choose` does.
_TIE = 1e-3


class Ask(NamedTuple):
    """One continuation that is wanted: at least one token id, and the seed of its noise."""

    prompt: tuple[int, ...]
    seed: int


class Sample(NamedTuple):
    """A finished continuation of both models.

    Attributes:
        ask: Its place among what was asked.
        baseline: Token ids; an end-of-text token is the last one.
        compressed: Likewise.
    """

    ask: int
    baseline: list[int]
    compressed: list[int]


class _Side:
    """One model's rows of a batch: those that go on, and their contexts.

    Attributes:
        live: Places in the batch of the rows that go on, in the order of the contexts.
        texts: What each row has written.
    """

    def __init__(self, writer: Writer, batch: Sequence[Ask], width: int) -> None:
        self._eos_ids = writer.eos_ids
        self.live = list(range(len(batch)))
        self.texts: list[list[int]] = [[] for _ in batch]
        # Equal prompts are read once, and their cache is copied.
        prompts = list(dict.fromkeys(ask.prompt for ask in batch))
        self._contexts = Contexts(writer, prompts, width)
        self._contexts.check()
        if len(prompts) < len(batch):
            places = {prompt: place for place, prompt in enumerate(prompts)}
            self._contexts.select([places[ask.prompt] for ask in batch])

    @property
    def logits(self) -> Tensor:
        """(live, V) of the next token."""
        return self._contexts.logits

    def write(self, chosen: dict[int, int]) -> None:
        """Add each row's next token; the rows that have ended leave the batch."""
        for row, token_id in chosen.items():
            self.texts[row].append(token_id)
        ended = [row for row in self.live if chosen[row] in self._eos_ids]
        if ended:
            stay = [place for place, row in enumerate(self.live) if row not in ended]
            if stay:
                self._contexts.select(stay)
            self.live = [self.live[place] for place in stay]

    def go_on(self) -> None:
        """Read the last token of every live row."""
        if self.live:
            self._contexts.feed([self.texts[row][-1:] for row in self.live])
            self._contexts.check()


def _chosen(
    sides: Sequence[_Side], batch: Sequence[Ask], step: int, decoding: Decoding, width: int
) -> list[dict[int, int]]:
    """Row -> next token of each side."""
    import torch

    found: list[dict[int, int]] = [{} for _ in sides]
    places = [{row: place for place, row in enumerate(side.live)} for side in sides]
    rows = sorted(set().union(*places))
    plain = decoding.repetition_penalty == 1 and (
        decoding.greedy or (decoding.top_k == 0 and decoding.top_p == 1)
    )
    at_once = len(rows) if decoding.greedy else max(1, _PIECE // width)
    for start in range(0, len(rows), at_once):
        piece = rows[start : start + at_once]
        noise = (
            None
            if decoding.greedy
            else torch.stack([gumbel(batch[row].seed, step, width) for row in piece])
        )
        for side, place, tokens in zip(sides, places, found, strict=True):
            here = [(at, row) for at, row in enumerate(piece) if row in place]
            if not here:
                continue
            own = noise if noise is None or len(here) == len(piece) else noise[[a for a, _ in here]]
            logits = side.logits[[place[row] for _, row in here]]
            clear = _best(logits, decoding, own) if plain else [None] * len(here)
            for at, ((_, row), token_id) in enumerate(zip(here, clear, strict=True)):
                if token_id is None:
                    context = [*batch[row].prompt, *side.texts[row]]
                    token_id = choose(
                        logits[at], context, decoding, None if own is None else own[at]
                    )
                tokens[row] = token_id
    return found


def _best(logits: Tensor, decoding: Decoding, noise: Tensor | None) -> list[int | None]:
    """Each row's token where nothing is filtered; None where float32 cannot tell."""
    import torch

    if noise is None:
        greedy: list[int | None] = logits.argmax(-1).tolist()
        return greedy
    scores = logits if decoding.temperature == 1 else logits / decoding.temperature
    scores = scores + noise.to(device=scores.device, dtype=torch.float32)
    best = scores.topk(min(2, scores.shape[-1]), dim=-1)
    apart = best.values[:, 0] - best.values[:, -1]
    return [
        token_id if gap > _TIE else None
        for token_id, gap in zip(best.indices[:, 0].tolist(), apart.tolist(), strict=True)
    ]


def draw(
    baseline: Writer,
    compressed: Writer,
    asks: Sequence[Ask],
    decoding: Decoding,
    width: int,
    rows: int = 64,
) -> Generator[list[Sample]]:
    """Both models' continuations of every prompt, as they finish.

    Prompts of one length share a batch, so that nothing is padded. A continuation does not
    depend on what else is in its batch, but for the rounding of the matrix products, which
    decides only where two tokens score alike. A model whose rows disturb each other reads each
    by itself, or keeps them apart (`int8_rows`).

    Args:
        baseline: Writes the first continuation of each.
        compressed: Writes the second one.
        asks: What is wanted, in any order; equal seeds mean equal noise.
        decoding: How each token is chosen; its own seed is not used.
        width: Size V of the vocabulary that both models share.
        rows: The most continuations of a model at once; fewer where a writer asks for fewer.

    Yields:
        After every step of both models the samples that it finished, most often none.
        Closing the iterator stops the models.

    Raises:
        NoEmbedding: If a model has no row for a token of a prompt; before anything is read.
        NotFinite: At the first step where a distribution is not made of numbers.
    """
    named = [(one.name, one.model) for one in (baseline, compressed)]
    for prompt in {ask.prompt for ask in asks}:
        check_embeddings(prompt, named, baseline.spell)
    rows = min([rows, *(one.rows for one in (baseline, compressed) if one.rows and not one.alone)])
    lengths = sorted({len(ask.prompt) for ask in asks})
    far = elsewhere(baseline.model)
    with ready(baseline, compressed) if far is None else nullcontext():
        for length in lengths:
            places = [place for place, ask in enumerate(asks) if len(ask.prompt) == length]
            for start in range(0, len(places), rows):
                here = places[start : start + rows]
                batch = [asks[one] for one in here]
                steps = (
                    _batch(baseline, compressed, batch, decoding, width)
                    if far is None
                    else (far.write((baseline, compressed), batch, decoding, width),)
                )
                for done in steps:
                    yield [Sample(here[row], *texts) for row, *texts in done]


def write_batch(
    writers: tuple[Writer, Writer], batch: Sequence[Ask], decoding: Decoding, width: int
) -> list[tuple[int, list[int], list[int]]]:
    """A whole batch of continuations: the place of each among what was asked, and both texts."""
    with ready(*writers):
        return [one for done in _batch(*writers, batch, decoding, width) for one in done]


def _batch(
    baseline: Writer,
    compressed: Writer,
    batch: Sequence[Ask],
    decoding: Decoding,
    width: int,
) -> Iterator[list[tuple[int, list[int], list[int]]]]:
    # A model against itself is run once, so that its texts cannot differ.
    sides = [_Side(baseline, batch, width)]
    if compressed.model is not baseline.model:
        sides.append(_Side(compressed, batch, width))
    going = set(range(len(batch)))
    for step in range(decoding.max_new_tokens):
        chosen = _chosen(sides, batch, step, decoding, width)
        for side, tokens in zip(sides, chosen, strict=True):
            side.write(tokens)
        last = step + 1 == decoding.max_new_tokens
        still = set() if last else set().union(*(side.live for side in sides))
        finished = sorted(going - still)
        going = still
        yield [(row, sides[0].texts[row], sides[-1].texts[row]) for row in finished]
        if not going:
            return
        for side in sides:
            side.go_on()
