"""Coupled continuations of a set of prompts, as texts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any

from fairviz.core.errors import BadSpec, NotFinite
from fairviz.core.skips import Skip
from fairviz.core.specs import Decoding
from fairviz.i18n import _, ngettext, said, speaking
from fairviz.inference.batch_generation import Ask, Sample, draw
from fairviz.inference.pair_scoring import strange_token
from fairviz.metrics.traces import BOTH
from fairviz.models.memory import out_of_memory_as_advice
from fairviz.models.pair import Pair
from fairviz.probes.record import Step

# The most samples of one prompt.
MOST = 10_000


# Seeds of neighbouring samples lie this far apart, so that runs with seeds 0 and 1 share no
# noise; odd, so that no two of a run meet below 2^31, where the seeds of the pages end.
_APART, _SEEDS = 1_000_003, 2**31
# Continuations of one model in a batch.
ROWS = 64


def texts(
    pair: Pair,
    prompts: Sequence[str],
    samples: int,
    decoding: Decoding,
    told: Callable[[Step], None],
    source: str = "the prompts",
) -> tuple[list[dict[str, Any]], list[tuple[int, Skip]]]:
    """Every prompt's continuations by both models.

    Each sample has noise of its own; paired decoding with its `seed` writes the same two texts.

    Args:
        samples: How many continuations of each; greedy decoding has only one.

    Returns:
        Rows of `place` (of the prompt), `sample`, `seed`, and per model its text, its tokens and
        whether it ended before the limit, ordered by place and sample; and the places that were
        left out, with why.

    Raises:
        BadSpec: If the number of samples cannot be, or no prompt can be gone on from.
        OutOfMemory: If the device runs out of memory on the way.
    """
    if not 1 <= samples <= MOST:
        raise BadSpec(
            ngettext(
                "{n} sample was asked for.",
                "{n} samples were asked for.",
                samples,
            ),
            fix=_("Ask for 1 to {most:,}.", most=MOST),
        )
    asks: list[Ask] = []
    whose: list[tuple[int, int]] = []
    lost: list[tuple[int, Skip]] = []
    for place, prompt in enumerate(prompts):
        ids = tuple(pair.baseline.vocabulary.encode(prompt))
        reason = _unfit(pair, ids, decoding)
        if reason:
            lost.append((place, Skip(prompt[:60], reason)))
            continue
        for sample in range(1 if decoding.greedy else samples):
            asks.append(Ask(ids, seed_of(decoding.seed, place, sample)))
            whose.append((place, sample))
    if not asks:
        raise _nothing(source, lost)
    writers = [pair.baseline.writer, pair.compressed.writer]
    rows: list[dict[str, Any]] = []
    stopped: dict[int, str] = {}
    told(Step(0, len(asks), []))
    with out_of_memory_as_advice(), closing(_drawn(pair, asks, decoding, stopped)) as steps:
        for finished in steps:
            new: list[dict[str, Any]] = []
            for done in finished:
                ask, (place, sample) = asks[done.ask], whose[done.ask]
                row: dict[str, Any] = {"place": place, "sample": sample, "seed": ask.seed}
                written = (done.baseline, done.compressed)
                for side, writer, ids_of in zip(BOTH, writers, written, strict=True):
                    ended = bool(ids_of) and ids_of[-1] in writer.eos_ids
                    reader = pair.baseline.vocabulary.reader(list(ask.prompt))
                    text = "".join(map(reader.push, ids_of[:-1] if ended else ids_of))
                    row |= {f"{side}_text": text, f"{side}_ended": ended}
                    row[f"{side}_tokens"] = len(ids_of)
                new.append(row)
            rows += new
            # Told after every step, so that a stop takes effect between two of them.
            told(Step(len(rows), len(asks), new))
    for place in sorted({whose[ask][0] for ask in stopped}):
        reason = next(why for ask, why in stopped.items() if whose[ask][0] == place)
        lost.append((place, Skip(prompts[place][:60], reason)))
        rows = [row for row in rows if row["place"] != place]
    if not rows:
        raise _nothing(source, lost)
    return sorted(rows, key=lambda row: (row["place"], row["sample"])), lost


def _drawn(
    pair: Pair, asks: Sequence[Ask], decoding: Decoding, stopped: dict[int, str]
) -> Generator[list[Sample]]:
    """All samples as they finish; those of prompts on which a model has no numbers are `stopped`.

    Where one continuation of a batch has none, each prompt is gone on from by itself.
    """

    writers = pair.baseline.writer, pair.compressed.writer
    done: set[int] = set()
    try:
        with closing(draw(*writers, asks, decoding, pair.vocabulary_size, ROWS)) as steps:
            for finished in steps:
                done |= {one.ask for one in finished}
                yield finished
        return
    except NotFinite:
        left = [number for number in range(len(asks)) if number not in done]
    for prompt in dict.fromkeys(asks[number].prompt for number in left):
        own = [number for number in left if asks[number].prompt == prompt]
        try:
            with speaking("en"):  # the reason is kept
                found = [
                    one._replace(ask=own[one.ask])
                    for step in draw(
                        *writers, [asks[number] for number in own], decoding,
                        pair.vocabulary_size, ROWS,
                    )
                    for one in step
                ]  # fmt: skip
        except NotFinite as error:
            stopped |= dict.fromkeys(own, error.message)
        else:
            yield found


def _nothing(source: str, lost: Sequence[tuple[int, Skip]]) -> BadSpec:
    return BadSpec(
        _("Nothing of {source} can be gone on from.", source=source)
        if not lost
        else _(
            "Nothing of {source} can be gone on from: {reason}.",
            source=source,
            reason=said.shown(lost[0][1].reason),
        ),
        fix=_("Write fewer new tokens, or take other prompts."),
    )


def left_out(reasons: Sequence[str]) -> str:
    """How many prompts were left out, and why the first one was; empty if none was."""
    if not reasons:
        return ""
    return said.ngettext(
        "{n} prompt was left out: {reason}.",
        "{n} prompts were left out; the first: {reason}.",
        len(reasons),
        reason=reasons[0],
    )


def seed_of(seed: int, place: int, sample: int) -> int:
    """Seed of a sample's noise: the first sample of the first prompt has the run's own."""
    return (seed + _APART * (MOST * place + sample)) % _SEEDS


def _unfit(pair: Pair, ids: Sequence[int], decoding: Decoding) -> str:
    """Why a prompt cannot be gone on from; empty where it can."""
    if not ids:
        return said._("an empty prompt for a model without a beginning-of-text token")
    room = pair.context_length or sys.maxsize
    if len(ids) + decoding.max_new_tokens > room:
        return said.ngettext(
            "{n} token and {new} to be written; the context holds {room}",
            "{n} tokens and {new} to be written; the context holds {room}",
            len(ids),
            new=decoding.max_new_tokens,
            room=room,
        )
    return strange_token(pair, ids)
