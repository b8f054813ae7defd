"""Two models of which one at a time is in memory.

The layers of a model come and go; what is small stays: its embeddings, its head and what it does to
its logits, so that a reading that was kept still gives its distributions. A model that must
compute takes its turn, and the layers of those in the way are let go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary, WeakSet

from fairviz.compression.layers import blocks
from fairviz.core.errors import OutOfMemory
from fairviz.models.handles import batch_invariant
from fairviz.models.memory import MARGIN, collect
from fairviz.models.placing import Plan, Size, plan
from fairviz.models.refusals import refusal

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel

    from fairviz.models.loading import LoadedModel


class _Away(NamedTuple):
    layers: nn.ModuleList  # which is empty
    guard: Any  # that refuses to run a model without layers


# A model that takes turns -> what reads it anew.
_READ: WeakKeyDictionary[PreTrainedModel, Callable[[], PreTrainedModel]] = WeakKeyDictionary()
_AWAY: WeakKeyDictionary[PreTrainedModel, _Away] = WeakKeyDictionary()
_HEADS: WeakSet[PreTrainedModel] = WeakSet()
_LOCK = RLock()


def take_turns(model: PreTrainedModel, read: Callable[[], PreTrainedModel]) -> None:
    """From now on the layers of a model may be let go, and are read anew when it computes.

    Args:
        model: As loaded.
        read: Loads it once more, the same in every bit.

    Raises:
        ModelUnavailable: If nobody knows where its layers are.
    """
    if model not in _AWAY:
        blocks(model)
    _READ[model] = read


def seat(loaded: LoadedModel, say: Callable[[str], None]) -> None:
    """From now on a model takes turns."""
    again = loaded.again
    if again is not None:
        take_turns(loaded.model, lambda: again(progress=say).model)


def takes_turns(model: PreTrainedModel) -> bool:
    """Whether its layers come and go."""
    return model in _READ


def is_away(model: PreTrainedModel) -> bool:
    """Whether its layers are not in memory now."""
    return model in _AWAY


def make_room(model: PreTrainedModel | None, device: str) -> None:
    """Let the layers go of all models on a device that take turns, but of this one."""
    with _LOCK:
        away = len(_AWAY)
        for other in [one for one in _READ if one is not model and one.device.type == device]:
            if other not in _AWAY:
                batch_invariant(other)  # its layers are asked, and the answer is kept
                layers = blocks(other)[1]
                _AWAY[other] = _Away(layers, other.register_forward_pre_hook(_refuse))
                layers._modules.clear()
        if len(_AWAY) > away:
            collect()


@contextmanager
def whole(model: PreTrainedModel) -> Iterator[None]:
    """Within the block the model is there with all its layers."""
    if model not in _READ:
        yield
        return
    with _LOCK:
        if model in _AWAY:
            make_room(model, model.device.type)
            read = _READ[model]()
            away = _AWAY.pop(model)
            away.layers.extend(blocks(read)[1])
            away.guard.remove()
            del read
            collect()
        yield


@contextmanager
def head_alone(model: PreTrainedModel) -> Iterator[None]:
    """Within the block a model may run without its layers, for what comes after them."""
    _HEADS.add(model)
    try:
        yield
    finally:
        _HEADS.discard(model)


def _refuse(model: PreTrainedModel, _given: Any) -> None:
    if model not in _HEADS:
        raise refusal("needs_both", OutOfMemory, device=model.device.type)


class Held(NamedTuple):
    """A model that is loaded."""

    now: int  # bytes that it holds
    size: Size  # that it takes at its turn


def held_by(loaded: LoadedModel) -> Held:
    """What a loaded model holds now, its layers there or away, and what it takes at its turn."""
    tables: list[Any] = [loaded.model.get_input_embeddings(), loaded.model.get_output_embeddings()]
    stays = sum({id(one.weight): one.weight.nbytes for one in tables if one is not None}.values())
    whole = loaded.identity.bytes_in_memory
    return Held(stays if is_away(loaded.model) else whole, Size(whole, stays))


def plan_beside(
    sizes: Mapping[str, list[Size]], held: list[Held], rooms: Mapping[str, int], together: bool
) -> Plan:
    """The plan of what is still to be loaded and of what is held, which may make room."""
    main, *_rest = rooms
    more = [one.size for one in held]
    room = {**rooms, main: rooms[main] + round(MARGIN * sum(one.now for one in held))}
    return plan({one: [*new, *more] for one, new in sizes.items()}, room, together=together)
