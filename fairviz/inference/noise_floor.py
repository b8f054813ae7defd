"""How far the baseline is from itself in another number type: what no compression is owed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fairviz.core.errors import FairvizError, OutOfMemory
from fairviz.i18n import N_, _, speaking
from fairviz.inference.pair_scoring import trace
from fairviz.inference.scoring import score
from fairviz.metrics.quantities import QUANTITIES, Quantity
from fairviz.metrics.traces import PairTrace
from fairviz.models.handles import Reader
from fairviz.models.memory import out_of_memory_as_advice

if TYPE_CHECKING:
    from fairviz.models.loading import LoadedModel

# float32 against the format that models are published in, and the other way round. A type that
# rounds to a few digits outweighs what another batch changes by far.
_OTHER = {
    "float32": ("bfloat16", N_("in bfloat16 instead of float32")),
    "bfloat16": ("float32", N_("in float32 instead of bfloat16")),
    "float16": ("float32", N_("in float32 instead of float16")),
}
# As floors were measured before, with a second copy of the baseline; they are still shown.
BEFORE = (
    N_("in bfloat16 instead of float32, in batches of one text"),
    N_("in float32 instead of bfloat16, in batches of one text"),
    N_("in float32 instead of float16, in batches of one text"),
)
_NO_ROOM = N_("the device ran out of memory")
_log = logging.getLogger(__name__)


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
    """The baseline and the same weights computing in another number type, or in other batches.

    The weights are cast layer by layer while they are used (see `recast`): no second copy.

    Args:
        baseline: A loaded model. One with quantized weights cannot be cast; it is read in
            other batches.
        texts: How many texts will be read together; one text has no other batch.

    Returns:
        None where nothing can be changed.
    """
    as_it_reads = baseline.reader
    changed = _OTHER.get(baseline.identity.dtype)
    if changed is not None and not getattr(baseline.model, "quantization_method", None):
        target, how = changed
        return Itself(as_it_reads, as_it_reads._replace(dtype=target), how)
    # One that reads each text by itself is always the same.
    if texts < 2 or as_it_reads.alone:
        return None
    return Itself(as_it_reads, as_it_reads._replace(rows=1), N_("in batches of one text"))


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


def band(traces: Sequence[PairTrace]) -> dict[str, float]:
    """For each quantity, the size that 95 % of the tokens stay below without compression."""
    return {quantity.name: _size(traces, quantity) for quantity in QUANTITIES.values()}


def _size(traces: Sequence[PairTrace], quantity: Quantity) -> float:
    sizes = np.concatenate([np.abs(quantity.of(pair)) for pair in traces])
    sizes = sizes[np.isfinite(sizes)]
    return float(np.quantile(sizes, 0.95)) if len(sizes) else 0.0


def or_why_not(measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A noise floor, or a note of why there is none: what was measured before stands either way.

    Args:
        measure: Gives the floor; empty where nothing can be changed.

    Returns:
        What it gave; `failed` with the reason, in English as it is kept, where it could not.
    """
    try:
        with speaking("en"), out_of_memory_as_advice():
            return measure()
    except OutOfMemory:
        return {"failed": _NO_ROOM}
    except FairvizError as error:
        return {"failed": error.message}
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:
        # An architecture whose layers cannot be cast one by one: its result is no less true.
        _log.warning("the noise floor could not be measured", exc_info=True)
        return {"failed": f"{type(error).__name__}: {error}"}


def measured(floor: Mapping[str, Any]) -> bool:
    """Whether there is a noise floor, or only a note or nothing in its place."""
    return "how" in floor


def told(floor: Mapping[str, Any], quantity: Quantity, asked: bool) -> str:
    """The noise floor of a text's tokens as a sentence, or why there is none.

    Args:
        floor: As it is kept with a reading.
        quantity: The one that is shown.
        asked: Whether a floor was asked for.
    """
    if not measured(floor):
        return why_not(floor, asked)
    if quantity.name not in floor["size"]:
        return _("The noise floor of this quantity was not measured with this run.")
    return _(
        "The noise floor, grey where it is drawn: the baseline {how} moves 95 % of these tokens by "
        "at most {size:.2g} {unit}; what lies within is not compression.",
        how=_(str(floor["how"])),
        size=float(floor["size"][quantity.name]),
        unit=_(quantity.unit),
    )


def why_not(floor: Mapping[str, Any], asked: bool) -> str:
    """Why there is no noise floor, for the reader.

    Args:
        floor: What is kept in its place.
        asked: Whether it was asked for.
    """
    if not asked:
        return _(
            "The noise floor was not asked for, so a small shift cannot be told from rounding."
        )
    if "failed" in floor:
        return _(
            "The noise floor could not be measured ({why}), so a small shift cannot be told from "
            "rounding.",
            why=_(str(floor["failed"])),
        )
    return _("The noise floor was not measured, so a small shift cannot be told from rounding.")
