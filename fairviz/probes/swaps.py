"""What a swap of words does to what follows, under both models: the effect of every swap.

Where a template says what is expected, the effect is a difference of shares: of the
probability of all listed continuations, how much more goes to `more` after the first filler
than after the second, from -1 to 1. Where it does not, it is the size of the change: the total
variation distance of the two next-word distributions over the listed continuations, all others
as one, from 0 to 1 (a lower bound of the distance over the whole vocabulary).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fairviz.core import skips
from fairviz.core.skips import Skip
from fairviz.i18n import speaking
from fairviz.inference.multiple_choice import Choice, NoTokens, choices, encode
from fairviz.inference.scoring import following
from fairviz.inference.unread import why
from fairviz.metrics.traces import BOTH, Floats
from fairviz.probes.template_files import behind, filled

if TYPE_CHECKING:
    from fairviz.models.pair import Pair
    from fairviz.models.vocabulary import Vocabulary

Row = dict[str, Any]


class Swap(NamedTuple):
    """One swap of one template.

    Attributes:
        id: Of the template.
        first: Its fillers, as a reader sees them.
        second: What they are swapped for.
        prompts: The template with the first and with the second.
        more: Continuations expected after the first, or all where none are expected.
        less: Those expected after the second.
    """

    id: str
    first: str
    second: str
    prompts: tuple[str, str]
    more: tuple[str, ...]
    less: tuple[str, ...]


class Measured(NamedTuple):
    """One swap under both models.

    Attributes:
        swap: Which.
        continuations: Whose probabilities are below: `more`, then `less`; the models' own
            likeliest tokens where none are listed.
        log_prob: (2, 2, C) their ln-probabilities: baseline and compressed, then after the
            first and after the second filler.
        cut: Their token ids behind the first prompt.
    """

    swap: Swap
    continuations: tuple[str, ...]
    log_prob: Floats
    cut: tuple[tuple[int, ...], ...]

    @property
    def mass(self) -> float:
        """The least probability that all continuations have together, over models and fillers."""
        return float(np.exp(self.log_prob).sum(axis=-1).min())

    @property
    def shares(self) -> Floats:
        """(2, 2) share of `more` among the listed, by model and filler; NaN without `less`."""
        ahead = len(self.swap.more)
        if not self.swap.less:
            return np.full((2, 2), np.nan)
        odds = np.logaddexp.reduce(self.log_prob[..., :ahead], axis=-1) - np.logaddexp.reduce(
            self.log_prob[..., ahead:], axis=-1
        )
        found: Floats = 1 / (1 + np.exp(-odds.clip(-700, 700)))
        return found

    @property
    def effects(self) -> Floats:
        """(2,) the effect under the baseline and under the compressed model."""
        if self.swap.less:
            shares = self.shares
            signed: Floats = shares[:, 0] - shares[:, 1]
            return signed
        probability = np.exp(self.log_prob)
        change = probability[:, 0] - probability[:, 1]
        size: Floats = (np.abs(change).sum(axis=-1) + np.abs(change.sum(axis=-1))) / 2
        return size


def swaps_of(row: Row) -> list[Swap]:
    """The swaps of a template, as `template_files` gives it."""
    found = []
    for first, second in zip(row["first"], row["second"], strict=True):
        prompts = filled(row["template"], first), filled(row["template"], second)
        # Both prompts end alike unless the slot does; the first one says where a space goes.
        more, less = (
            tuple(behind(prompts[0], one) for one in row[listed]) for listed in ("more", "less")
        )
        names = " + ".join(first), " + ".join(second)
        found.append(Swap(str(row["id"]), *names, prompts, more, less))
    return found


def measure(pair: Pair, swaps: Sequence[Swap], top: int, lost: list[Skip]) -> list[Measured | None]:
    """Every swap under both models; each prompt is read once for all its continuations.

    Args:
        pair: The two models.
        swaps: In any number.
        top: Of a swap without continuations, how many of each distribution's likeliest next
            tokens stand in.
        lost: Grows by the swaps that the models cannot read: without a token, with one that has
            no embedding, or without finite numbers. They are None among what is returned.
    """
    vocabulary = pair.baseline.vocabulary
    encoded: dict[int, tuple[tuple[str, ...], list[Choice]]] = {}
    own = _likeliest(pair, [swap for swap in swaps if not swap.more], top)
    for number, swap in enumerate(swaps):
        try:
            with speaking("en"):  # the reason is kept
                encoded[number] = _encoded(vocabulary, swap, own.get(swap.prompts, []))
        except NoTokens as error:
            lost.append(skips.of_error(_called(swap), error))
    asked = [choice for _, both in encoded.values() for choice in both]
    found: list[list[Floats]] = [[], []]
    readers = pair.baseline.reader, pair.compressed.reader
    for side, one in enumerate(readers):
        if side and one == readers[0]:
            found[1] = found[0]
            continue
        likely = dict(choices(one, asked, width=pair.vocabulary_size))
        found[side] = [likely[number].log_prob for number in range(len(asked))]
    measured: list[Measured | None] = [None] * len(swaps)
    for place, (number, (names, both)) in enumerate(encoded.items()):
        here = slice(2 * place, 2 * place + 2)
        log_prob = np.array([found[side][here] for side in range(len(BOTH))])
        if np.isfinite(log_prob).all():
            cut = tuple(tuple(option) for option in both[0].options)
            measured[number] = Measured(swaps[number], names, log_prob, cut)
            continue
        ids = [token for choice in both for token in chain(choice.context, *choice.options)]
        read = np.isfinite(log_prob).all(axis=(1, 2)).tolist()
        lost.append(Skip(_called(swaps[number]), why(pair, ids, *read)))
    return measured


def _encoded(
    vocabulary: Vocabulary, swap: Swap, ids: Sequence[int]
) -> tuple[tuple[str, ...], list[Choice]]:
    """What may follow, and both prompts with it; the given tokens where nothing is listed.

    Raises:
        NoTokens: If a prompt or a continuation has none.
    """
    if swap.more:
        names = (*swap.more, *swap.less)
        return names, [encode(vocabulary, prompt, names) for prompt in swap.prompts]
    contexts = [vocabulary.encode(prompt) for prompt in swap.prompts]
    if not all(contexts):
        encode(vocabulary, "", ())  # says so
    options = [[one] for one in ids]
    return tuple(map(vocabulary.text, ids)), [Choice(context, options) for context in contexts]


def _called(swap: Swap) -> str:
    """A swap as a reader finds it among those that were left out."""
    return f"{swap.id}: {swap.first} | {swap.second}"


def _likeliest(pair: Pair, swaps: Sequence[Swap], top: int) -> dict[tuple[str, str], list[int]]:
    """The union of the likeliest next tokens of both models after both prompts."""
    if not swaps:
        return {}
    vocabulary = pair.baseline.vocabulary
    encoded = {prompt: vocabulary.encode(prompt) for swap in swaps for prompt in swap.prompts}
    prompts = [prompt for prompt, ids in encoded.items() if ids]
    tops: dict[str, list[int]] = {}
    found = following(
        pair.baseline.reader,
        pair.compressed.reader,
        [encoded[prompt] for prompt in prompts],
        width=pair.vocabulary_size,
        bos_id=vocabulary.bos_id,
        k=min(top, pair.vocabulary_size),
    )
    for number, one in found:
        sides = [getattr(one, side).top_ids[0].tolist() for side in BOTH]
        tops[prompts[number]] = [token for ranked in zip(*sides, strict=True) for token in ranked]
    return {
        swap.prompts: list(dict.fromkeys(tops[swap.prompts[0]] + tops[swap.prompts[1]]))
        for swap in swaps
        if all(prompt in tops for prompt in swap.prompts)
    }
