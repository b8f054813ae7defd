"""The tables of measured swaps: one row a swap, a continuation, a token where it arises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from fairviz.inference.scoring import score
from fairviz.metrics.traces import BOTH, Floats
from fairviz.probes.sentences import readings
from fairviz.probes.swaps import Measured, Row

if TYPE_CHECKING:
    from fairviz.models.pair import Pair

AFTER = ("first", "second")


def swap_row(one: Measured) -> Row:
    """A swap: its prompts, the share of `more` after each, the effect, and what changed."""
    swap, shares, effects = one.swap, one.shares, one.effects
    row: Row = {"id": swap.id, "first": swap.first, "second": swap.second}
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
        row: Row = {"id": one.swap.id, "first": one.swap.first, "second": one.swap.second}
        row |= {"continuation": continuation, "expected": expected}
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
        texts += [[*vocabulary.encode(prompt.rstrip()), *end] for prompt in one.swap.prompts]
    unique = list(dict.fromkeys(map(tuple, texts)))
    found = dict(
        score(
            pair.baseline.reader,
            pair.compressed.reader,
            unique,
            width=pair.vocabulary_size,
            bos_id=vocabulary.bos_id,
            k=1,
        )
    )
    by_text = {unique[number]: scored for number, scored in found.items()}
    rows: list[Row] = []
    for place, one in enumerate(swaps):
        first, second = (tuple(text) for text in texts[2 * place : 2 * place + 2])
        if not (by_text[first].finite and by_text[second].finite):
            continue
        # The first token of a text has no probability.
        size = min(_same_end(first, second), len(first) - 1, len(second) - 1)
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
                    "id": one.swap.id,
                    "first": one.swap.first,
                    "second": one.swap.second,
                    "place": at,
                    "token": token,
                    "part": "continuation" if at >= size - own else "template",
                    "baseline": float(effects[0, at]),
                    "compressed": float(effects[1, at]),
                    "difference": float(effects[1, at] - effects[0, at]),
                }
            )
    return rows


def _same_end(first: tuple[int, ...], second: tuple[int, ...]) -> int:
    pairs = zip(reversed(first), reversed(second), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))
