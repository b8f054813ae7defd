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
from typing import Any, NamedTuple

import numpy as np

from fairviz.core import skips
from fairviz.core.skips import Skip
from fairviz.i18n import speaking
from fairviz.inference.multiple_choice import Choice, NoTokens, choices, encode
from fairviz.inference.pair_scoring import under_both, why
from fairviz.inference.scoring import following
from fairviz.metrics.traces import BOTH, Floats, common
from fairviz.models.pair import Pair
from fairviz.models.vocabulary import Vocabulary
from fairviz.probes.sentences import readings, scored
from fairviz.probes.template_files import behind, filled

Row = dict[str, Any]


class Swap(NamedTuple):
    """One swap of one template.

    Attributes:
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

    @property
    def row(self) -> Row:
        """What every row of it begins with."""
        return {"id": self.id, "first": self.first, "second": self.second}


class Measured(NamedTuple):
    """One swap under both models.

    Attributes:
        continuations: Whose probabilities are below: `more`, then `less`; the models' own
            likeliest tokens where none are listed.
        log_prob: (2, 2, C) their ln-probabilities: baseline and compressed, then after the
            first and after the second filler.
        cut: Their token ids behind the first prompt.
        before: Token ids of both prompts, up to the continuations.
    """

    swap: Swap
    continuations: tuple[str, ...]
    log_prob: Floats
    cut: tuple[tuple[int, ...], ...]
    before: tuple[list[int], ...]

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
    readers = pair.baseline.reader, pair.compressed.reader
    found: list[list[Floats]] = []
    for one in dict.fromkeys(readers):  # one model named twice is read once
        likely = dict(choices(one, asked, width=pair.vocabulary_size))
        found.append([likely[number].log_prob for number in range(len(asked))])
    measured: list[Measured | None] = [None] * len(swaps)
    for place, (number, (names, both)) in enumerate(encoded.items()):
        here = slice(2 * place, 2 * place + 2)
        log_prob = np.array([found[0][here], found[-1][here]])
        if np.isfinite(log_prob).all():
            cut = tuple(tuple(option) for option in both[0].options)
            before = tuple(
                choice.context if swaps[number].more else vocabulary.encode(prompt.rstrip())
                for choice, prompt in zip(both, swaps[number].prompts, strict=True)
            )
            measured[number] = Measured(swaps[number], names, log_prob, cut, before)
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
    texts, k = [encoded[prompt] for prompt in prompts], min(top, pair.vocabulary_size)
    for number, one in under_both(following, pair, texts, k=k):
        sides = [getattr(one, side).top_ids[0].tolist() for side in BOTH]
        tops[prompts[number]] = [token for ranked in zip(*sides, strict=True) for token in ranked]
    return {
        swap.prompts: list(dict.fromkeys(tops[swap.prompts[0]] + tops[swap.prompts[1]]))
        for swap in swaps
        if all(prompt in tops for prompt in swap.prompts)
    }


AFTER = ("first", "second")


def swap_row(one: Measured) -> Row:
    """A swap: its prompts, the share of `more` after each, the effect, and what changed."""
    swap, shares, effects = one.swap, one.shares, one.effects
    row = swap.row
    row |= {f"prompt_{name}": prompt for name, prompt in zip(AFTER, swap.prompts, strict=True)}
    for side, who in enumerate(BOTH):
        row |= {f"{who}_{name}": float(shares[side, at]) for at, name in enumerate(AFTER)}
        row[who] = float(effects[side])
    return row | {"difference": float(effects[1] - effects[0]), "mass": one.mass}


def continuation_rows(one: Measured) -> list[Row]:
    """Each continuation of a swap.

    `baseline` and `compressed` are ln P(after the first) - ln P(after the second), `difference`
    what compression adds to it; `carried` is the same in points of probability, which says how
    much of what is written it can carry.
    """
    rows: list[Row] = []
    probability, carried = np.exp(one.log_prob), _carried(one)
    ahead = len(one.swap.more) if one.swap.less else 0
    for place, continuation in enumerate(one.continuations):
        expected = ("more" if place < ahead else "less") if ahead else ""
        row = one.swap.row | {"continuation": continuation, "expected": expected}
        for side, who in enumerate(BOTH):
            for at, name in enumerate(AFTER):
                row[f"{who}_{name}"] = float(probability[side, at, place])
            row[who] = float(one.log_prob[side, 0, place] - one.log_prob[side, 1, place])
        row["difference"] = row["compressed"] - row["baseline"]
        row["carried"] = float(carried[place])
        rows.append(row)
    return rows


def carrier(one: Measured) -> int:
    """Place of the continuation that carries most of the change."""
    return int(np.argmax(np.abs(_carried(one))))


def _carried(one: Measured) -> Floats:
    """(C,) what compression adds to the effect of the swap on each probability."""
    probability = np.exp(one.log_prob)
    effects = probability[:, 0] - probability[:, 1]
    change: Floats = effects[1] - effects[0]
    return change


def token_rows(pair: Pair, swaps: Sequence[Measured]) -> list[Row]:
    """Token by token, what a swap does to all that follows the slot, under both models.

    Both filled texts are read with the continuation that carries most; the tokens that they
    share at the end are compared in pairs. A token's effect is ln P(after the first) -
    ln P(after the second); those of a text sum to the effect on all that follows the slot.
    """
    vocabulary = pair.baseline.vocabulary
    texts: list[list[int]] = []
    for one in swaps:
        end = one.cut[carrier(one)]
        texts += [[*before, *end] for before in one.before]
    unique = list(dict.fromkeys(map(tuple, texts)))
    found = dict(scored(pair, unique))
    by_text = {unique[number]: one for number, one in found.items()}
    rows: list[Row] = []
    for place, one in enumerate(swaps):
        first, second = (tuple(text) for text in texts[2 * place : 2 * place + 2])
        if not (by_text[first].finite and by_text[second].finite):
            continue
        # The first token of a text has no probability.
        same_end = common(first[::-1], second[::-1])
        size = min(same_end, len(first) - 1, len(second) - 1)
        if not size:
            continue
        log_prob: Floats = np.array(
            [
                [getattr(by_text[text], who).log_prob[-size:] for text in (first, second)]
                for who in readings(pair)
            ]
        )
        spelled = vocabulary.texts(list(first))[-size:]
        own = len(one.cut[carrier(one)])
        effects = log_prob[:, 0] - log_prob[:, 1]
        for at, token in enumerate(spelled):
            rows.append(
                {
                    **one.swap.row,
                    "place": at,
                    "token": token,
                    "part": "continuation" if at >= size - own else "template",
                    "baseline": float(effects[0, at]),
                    "compressed": float(effects[1, at]),
                    "difference": float(effects[1, at] - effects[0, at]),
                }
            )
    return rows
