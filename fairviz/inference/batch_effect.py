"""What a batch does to a reading: the same model and text, alone and beside another text.

LLM.int8() multiplies in 16 bits the columns in which any row of a batch has an outlier, so that
what one row reads depends on the others by design. Measured with `python -m bench.batch_effect`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fairviz.compression.registry import METHODS
from fairviz.core.home import SHIPPED
from fairviz.i18n import _, ngettext

if TYPE_CHECKING:
    import torch

    from fairviz.metrics.traces import Floats

FILE = SHIPPED / "methods" / "batch_effect.json"
# Read to the same length, so that nothing is padded and only the neighbour differs.
PLACES = 7
TEXT = "Il était une fois, dans un petit village au bord de la mer, une pêcheuse et ses enfants."
BESIDE = "The committee published 1,204 pages of minutes; nobody had read them before the vote."


class Effect(NamedTuple):
    """What was measured of one form of a model, in nats at each of `PLACES` places.

    Attributes:
        model: The baseline's name.
        form: The method with its settings; `none` for the baseline itself.
        batch: KL of the form alone to itself beside another text.
        compression: KL of the baseline alone to the form alone.
    """

    model: str
    form: str
    batch: tuple[float, ...]
    compression: tuple[float, ...]


def read(model: torch.nn.Module, ids: Sequence[int], *beside: Sequence[int]) -> Floats:
    """(places, words) ln p after each of the last places of a text.

    Args:
        model: Reads it.
        ids: The text.
        beside: Others of the same length, in a batch with it; by itself where there are none.
    """
    import torch

    with torch.inference_mode():
        device = next(model.parameters()).device
        logits = model(torch.tensor([ids, *beside], device=device)).logits[0, -PLACES:]
        return np.asarray(logits.double().log_softmax(-1).cpu())


def divergence(log_p: Floats, log_q: Floats) -> Floats:
    """(places,) KL of the second distributions from the first, in nats, in float64."""
    return np.asarray((np.exp(log_p) * (log_p - log_q)).sum(-1))


@lru_cache(maxsize=1)
def measured() -> tuple[Effect, ...]:
    """What ships with fairviz; nothing where the file is missing."""
    try:
        rows = json.loads(FILE.read_text(encoding="utf-8"))["effects"]
        return tuple(
            Effect(row["model"], row["form"], tuple(row["batch"]), tuple(row["compression"]))
            for row in rows
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def told(name: str) -> str:
    """What the batch does to a method, in a few sentences, with what was measured."""
    found = [one for one in measured() if one.form.partition(":")[0] == name]
    if METHODS[name].batch_invariant:
        most = [
            _("KL at most {most:.1g} nats on {model}", most=max(one.batch), model=one.model)
            for one in found
        ]
        same = _("a text gets the same numbers alone and beside others, up to rounding")
        return _("{same} ({measured}).", same=same, measured="; ".join(most)) if most else same
    said = [_by_design(one) for one in found]
    first = _(
        "by design, what is computed of a text depends on what is read beside it in a batch; "
        "fairviz reads each text alone unless it is told otherwise."
    )
    return " ".join([first, *said])


def of_card(method: str) -> str:
    """The same for the method of an identity card; empty where a batch changes nothing."""
    name = method.partition(",")[0].partition(":")[0]
    if name not in METHODS or METHODS[name].batch_invariant:
        return ""
    text = told(name)
    return text[:1].upper() + text[1:]


def _by_design(effect: Effect) -> str:
    return ngettext(
        "On {model}, at {n} place, the same model alone and beside another text is KL {low:.2g} to "
        "{high:.2g} nats apart; from the uncompressed model it is {least:.2g} to {most:.2g} apart.",
        "On {model}, at {n} places, the same model alone and beside another text is KL {low:.2g} "
        "to {high:.2g} nats apart; from the uncompressed model it is {least:.2g} to {most:.2g} "
        "apart.",
        len(effect.batch),
        model=effect.model,
        low=min(effect.batch),
        high=max(effect.batch),
        least=min(effect.compression),
        most=max(effect.compression),
    )
