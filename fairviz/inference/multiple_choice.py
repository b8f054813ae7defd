"""Multiple choice: how likely each option is after a context that is read once.

The context's keys and values serve all options of an item; a model that does not read a text
alike in parts and as a whole (see `batch_invariance`) reads context and option in one forward
pass, as the harness does with a batch of one. Tokens are cut as
lm-evaluation-harness cuts them (`_encode_pair`): spaces at the end of a context belong to its
options, and an option's tokens are what the whole text has beyond the context's own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fairviz.core.errors import FairvizError
from fairviz.i18n import _
from fairviz.inference.split_forward import Halves, halves_of, padded
from fairviz.metrics.traces import Floats
from fairviz.models.elsewhere import elsewhere
from fairviz.models.finite import embedding_rows, without_embedding
from fairviz.models.handles import Reader

if TYPE_CHECKING:
    from torch import Tensor

    from fairviz.models.vocabulary import Vocabulary

_LOGITS = 32_000_000


class NoTokens(FairvizError):
    """A context or an option that leaves no token to read or to score."""


class Choice(NamedTuple):
    """One item: ids of its context, at least one, and of each option, at least one each."""

    context: list[int]
    options: list[list[int]]


class Likelihoods(NamedTuple):
    """One item under one model.

    Attributes:
        log_prob: (options,) ln of the probability of all of an option's tokens.
        greedy: (options,) whether every token of it was the most likely one.
        tokens: (options,) how many tokens it has.
    """

    log_prob: Floats
    greedy: np.ndarray[tuple[int], np.dtype[np.bool_]]
    tokens: tuple[int, ...]

    @property
    def finite(self) -> bool:
        """Whether every option got a number: its tokens have embeddings, its model numbers."""
        return bool(np.isfinite(self.log_prob).all())


def encode(vocabulary: Vocabulary, context: str, options: Sequence[str]) -> Choice:
    """Token ids of an item, with exactly one BOS where the tokenizer asks for one.

    Where the context is put in a chat template, the options stand behind the generation prompt,
    without the space before them, as in the harness with `--apply_chat_template`.

    Raises:
        NoTokens: If an option has no tokens of its own, or there is nothing before it.
    """
    context = vocabulary.rendered(context)
    bare = context.rstrip()
    spaces = context[len(bare) :]
    before = vocabulary.ids(bare)
    if not before:
        raise NoTokens(
            _("The context has no tokens, and this tokenizer puts none before a text."),
            fix=_("Give the item a context, such as its question."),
        )
    ends = []
    for number, option in enumerate(options, 1):
        end = vocabulary.ids(bare + spaces + vocabulary.answer(option))[len(before) :]
        if not end:
            raise NoTokens(
                _(
                    "Option {number} ({option}) has no tokens of its own.",
                    number=number,
                    option=repr(option[:40]),
                ),
                fix=_("Leave the item out, or give the option a text."),
            )
        ends.append(end)
    return Choice(before, ends)


def choices(
    reader: Reader,
    items: Sequence[Choice],
    *,
    width: int,
    batch_tokens: int = 8192,
) -> Iterator[tuple[int, Likelihoods]]:
    """Every item under one model; closing the iterator stops it.

    A context too long for the model loses its beginning, as in the harness.

    Args:
        reader: The model, its context length and whether it reads each text by itself.
        items: Encoded items.
        width: Size V of the vocabulary.
        batch_tokens: The most tokens whose keys and values exist at once, padding included.

    Yields:
        Number of an item, its options' likelihoods; short contexts first. Items that cannot be
        read are NaN throughout (see `Likelihoods.finite`), before the others.
    """
    rows = min(width, embedding_rows(reader.model))
    cut = {}
    for number, item in enumerate(items):
        if without_embedding([*item.context, *itertools.chain(*item.options)], rows) is None:
            cut[number] = _fitting(item, reader.context_length)
        else:
            yield number, unreadable(item)
    read = reading(reader)
    for batch in _batches(cut, batch_tokens, None if reader.alone else reader.rows):
        yield from zip(batch, read([cut[number] for number in batch], width), strict=True)


def reading(reader: Reader) -> Callable[[Sequence[Choice], int], list[Likelihoods]]:
    """Reads a batch of items, here or wherever the model is."""
    import torch

    far = elsewhere(reader.model)
    if far is not None:
        return partial(far.choose, reader)
    with torch.inference_mode():
        halves = halves_of(reader)

    def read(items: Sequence[Choice], width: int) -> list[Likelihoods]:
        with torch.inference_mode():
            return _kept(reader, halves, list(items), width)

    return read


def _kept(reader: Reader, halves: Halves, items: list[Choice], width: int) -> list[Likelihoods]:
    def read() -> list[Likelihoods]:
        return (_alone if reader.alone else _batch)(halves, items, width)

    if reader.readings is None:
        return read()
    texts = tuple((*item.context, *(tuple(option) for option in item.options)) for item in items)
    asked = "choices", reader.dtype, reader.alone, width, texts
    return reader.readings.of(asked, read, lambda found: 40 * len(texts) + sum(map(len, texts)))


def unreadable(item: Choice) -> Likelihoods:
    options = len(item.options)
    nothing = np.full(options, np.nan), np.zeros(options, dtype=np.bool_)
    return Likelihoods(*nothing, tuple(map(len, item.options)))


def _fitting(item: Choice, most: int | None) -> Choice:
    longest = max(map(len, item.options))
    if most is None or len(item.context) + longest - 1 <= most:
        return item
    return Choice(item.context[-max(most - longest + 1, 1) :], item.options)


def _batches(
    items: Mapping[int, Choice], batch_tokens: int, most: int | None
) -> Iterator[list[int]]:
    """Numbers of items with contexts of similar length, whose options fit together.

    Args:
        items: By number.
        batch_tokens: The most tokens of all their options with the contexts.
        most: The most options; an item's own are never parted.
    """
    batch: list[int] = []
    rows = 0
    for number in sorted(items, key=lambda one: len(items[one].context)):
        item = items[number]
        longest = len(item.context) + max(
            len(o) for i in [*batch, number] for o in items[i].options
        )
        after = rows + len(item.options)
        if batch and (after * longest > batch_tokens or (most is not None and after > most)):
            yield batch
            batch, rows = [], 0
        batch.append(number)
        rows += len(item.options)
    if batch:
        yield batch


def _alone(halves: Halves, items: list[Choice], width: int) -> list[Likelihoods]:
    """Each text by itself and whole; texts that are equal but for their last token, once."""
    asked = {(*one.context, *option[:-1]) for one in items for option in one.options}
    texts = sorted(asked, key=len)
    ids, mask = padded(texts)
    hidden = halves.hidden(ids.to(halves.device), mask.to(halves.device))
    at = {text: row for row, text in enumerate(texts)}
    found = []
    for item in items:
        sums, greedy = [], []
        for option in item.options:
            text = (*item.context, *option[:-1])
            own = hidden[at[text], len(item.context) - 1 : len(text)]
            log_prob, best = _read(halves, own, option, width)
            sums.append(float(log_prob.sum()))
            greedy.append(bool(best.all()))
        found.append(Likelihoods(np.array(sums), np.array(greedy), tuple(map(len, item.options))))
    return found


def _batch(halves: Halves, items: list[Choice], width: int) -> list[Likelihoods]:
    """The contexts padded on the left, so that all options begin in the same column."""
    import torch
    from transformers import DynamicCache

    device, past = halves.device, DynamicCache()
    ids, mask = padded([item.context for item in items], left=True)
    owner = [row for row, item in enumerate(items) for _rest in item.options]
    options = [option for item in items for option in item.options]
    longest = max(map(len, options))
    keep = past if longest > 1 else None
    hidden = halves.hidden(ids.to(device), mask.to(device), keep)[owner, -1:]
    if longest > 1:
        past.batch_select_indices(torch.tensor(owner, device=device))
        # The last token of an option predicts nothing that is asked for.
        ends, _mask = padded([option[:-1] for option in options])
        mask = torch.cat([mask[owner], torch.ones_like(ends)], dim=1)
        hidden = torch.cat([hidden, halves.hidden(ends.to(device), mask.to(device), past)], dim=1)
    rows = [row for row, option in enumerate(options) for _rest in option]
    places = [place for option in options for place in range(len(option))]
    targets = [token for option in options for token in option]
    log_prob, best = _read(halves, hidden[rows, places], targets, width)
    sums = np.bincount(rows, weights=log_prob, minlength=len(options)).astype(np.float64)
    greedy = np.bincount(rows, weights=~best, minlength=len(options)) == 0
    found, first = [], 0
    for item in items:
        here = slice(first, first + len(item.options))
        found.append(Likelihoods(sums[here], greedy[here], tuple(map(len, item.options))))
        first += len(item.options)
    return found


def _read(
    halves: Halves, hidden: Tensor, targets: list[int], width: int
) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    import torch

    wanted = torch.tensor(targets, device=hidden.device)
    chunk = max(1, _LOGITS // (4 * width))
    found, greedy = [], []
    for start in range(0, len(targets), chunk):
        here = slice(start, start + chunk)
        logits = halves.logits(hidden[here])[:, :width].float()
        own, most = logits.gather(1, wanted[here, None])[:, 0], logits.amax(-1)
        # NaN, plus infinity and minus infinity alone all show in the largest.
        log_prob = (own - logits.logsumexp(-1)).where(most.isfinite(), math.nan)
        found.append(log_prob.double().cpu().numpy())
        greedy.append((own >= most).cpu().numpy())
    return np.concatenate(found), np.concatenate(greedy)
