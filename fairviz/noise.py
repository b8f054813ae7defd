"""How far the baseline is from itself in another number type: what no compression is owed."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fairviz.language import later
from fairviz.quantities import QUANTITIES, Quantity
from fairviz.score import Reader, score
from fairviz.scoring import trace
from fairviz.traces import PairTrace

if TYPE_CHECKING:
    from fairviz.models.loading import LoadedModel

# float32 against the format that models are published in, and the other way round; in words,
# for several texts and for one.
_OTHER = {
    "float32": (
        "bfloat16",
        later("in bfloat16 instead of float32, in batches of one text"),
        later("in bfloat16 instead of float32"),
    ),
    "bfloat16": (
        "float32",
        later("in float32 instead of bfloat16, in batches of one text"),
        later("in float32 instead of bfloat16"),
    ),
    "float16": (
        "float32",
        later("in float32 instead of float16, in batches of one text"),
        later("in float32 instead of float16"),
    ),
}


class Itself(NamedTuple):
    """A baseline beside itself.

    Attributes:
        baseline: As it reads.
        other: The same weights as another machine would read them.
        how: In what they differ, in words that are kept; translate them where they are shown.
    """

    baseline: Reader
    other: Reader
    how: str


def itself(baseline: LoadedModel, texts: int) -> Itself | None:
    """The baseline and the same weights in another number type and batch size.

    Args:
        baseline: A loaded model. One with quantized weights cannot be cast; it is read in
            other batches only.
        texts: How many texts will be read together; one text has no other batch.

    Returns:
        None where nothing can be changed.
    """
    model, reader = baseline.model, baseline.reader
    changed = _OTHER.get(baseline.identity.dtype)
    if changed is None or getattr(model, "quantization_method", None):
        # One that reads each text by itself is always the same.
        if texts < 2 or reader.alone:
            return None
        return Itself(reader, reader._replace(rows=1), later("in batches of one text"))
    import torch

    target, of_several, of_one = changed
    other = copy.deepcopy(model).to(getattr(torch, target))
    how = of_several if texts > 1 else of_one
    return Itself(reader, reader._replace(model=other, rows=1), how)


def against_itself(
    baseline: LoadedModel, texts: Sequence[Sequence[int]], width: int
) -> tuple[str, list[PairTrace]] | None:
    """What no compression is owed: the baseline and itself on the same texts.

    Args:
        baseline: A loaded model.
        texts: Token ids, the first of each is context.
        width: Size V of the vocabulary.

    Returns:
        What was changed, in words, and a trace per text, in their order; None where nothing
        can be changed.
    """
    two = itself(baseline, len(texts))
    if two is None:
        return None
    vocabulary = baseline.vocabulary
    found = score(two.baseline, two.other, texts, width=width, bos_id=vocabulary.bos_id)
    traces = {number: trace(vocabulary, scored) for number, scored in found}
    return two.how, [traces[number] for number in range(len(texts))]


def band(traces: Sequence[PairTrace], share: float = 0.95) -> dict[str, float]:
    """For each quantity, the size that `share` of the tokens stay below without compression."""
    return {quantity.name: _size(traces, quantity, share) for quantity in QUANTITIES}


def _size(traces: Sequence[PairTrace], quantity: Quantity, share: float) -> float:
    sizes = np.concatenate([np.abs(quantity.of(pair)) for pair in traces])
    sizes = sizes[np.isfinite(sizes)]
    return float(np.quantile(sizes, share)) if len(sizes) else 0.0
