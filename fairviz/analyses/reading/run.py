"""From texts and a loaded pair to a reading that can be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from fairviz.analyses.reading.logits import read_logits
from fairviz.analyses.reading.request import Reading, ReadingRequest
from fairviz.analyses.runner import Measuring
from fairviz.inference.noise_floor import against_itself, band, or_why_not
from fairviz.inference.null_readings import Null, beside, texts
from fairviz.inference.pair_scoring import encode, traces
from fairviz.models.memory import out_of_memory_as_advice
from fairviz.models.pair import Pair


class Progress(NamedTuple):
    """So many tokens are read, of so many; of `floor` all are, and it is measured now.

    Where `null`, so many readings by null models.
    """

    done: int
    of: int
    floor: bool = False
    null: bool = False


def read(
    pair: Pair,
    request: ReadingRequest,
    *,
    on_batch: Callable[[int, int], None] | None = None,
) -> Reading:
    """Both models on every text, without a noise floor yet: keep it, then call `with_floor`.

    Args:
        on_batch: Told how many tokens of how many are read, after every batch; what it
            raises stops the models.

    Raises:
        EmptyPrompt: If a text has fewer than two tokens.
        OutOfMemory: If the device runs out of memory on the way.
    """
    pair = pair.in_batches(request.batch_rows)
    vocabulary = pair.baseline.vocabulary
    ids = [encode(pair, text) for text in request.texts]
    with out_of_memory_as_advice():
        found = dict(traces(pair, ids, on_batch=on_batch))
    return Reading(
        request=request,
        contexts=tuple(tuple(vocabulary.texts(one[:1])) for one in ids),
        traces=tuple(found[number] for number in range(len(ids))),
        floor={},
        provenance=pair.provenance(),
    )


def measure(request: ReadingRequest) -> Measuring:
    """What `runner.answer` runs: tokens read of how many, the reading, and it with its floor."""

    def measuring(pair: Pair, _run: None, told: Callable[[Any], None]) -> Iterator[Reading]:
        if request.baseline.logits:
            yield read_logits(pair, request, lambda done, of: told(Progress(done, of)))
            return
        reading = read(pair, request, on_batch=lambda done, of: told(Progress(done, of)))
        yield reading
        if request.floor:
            told(Progress(0, 0, floor=True))
            yield (reading := with_floor(pair, reading))
        if request.null:
            yield with_null(pair, reading, lambda done, of: told(Progress(done, of, null=True)))

    return measuring


def with_floor(pair: Pair, reading: Reading) -> Reading:
    """The reading with its noise floor: the baseline against itself on the same texts.

    It never fails: where the floor cannot be measured, a note of why stands in its place.
    """

    def measure() -> dict[str, Any]:
        ids = [encode(pair, text) for text in reading.request.texts]
        one = pair.in_batches(reading.request.batch_rows).baseline
        again = against_itself(one, ids, pair.vocabulary_size)
        if again is None:
            return {}
        how, found = again
        return {"how": how, "share": 0.95, "size": band(found)}

    return replace(reading, floor=or_why_not(measure))


def with_null(pair: Pair, reading: Reading, told: Callable[[int, int], None]) -> Reading:
    """The reading with its null models; where they cannot be measured, a note of why."""

    def measure() -> dict[str, Any]:
        ids = [encode(pair, text) for text in reading.request.texts]
        here = pair.in_batches(reading.request.batch_rows)
        return {"found": Null.of(beside(here, texts(ids), range(reading.request.null), told))}

    return replace(reading, null=or_why_not(measure))
