"""Two loaded models and a third that points to parts of either: which part makes the difference.

`restore(u)` is the compressed model with the part u of the baseline, `only(u)` the baseline with
that of the compressed. A part is exchanged by a pointer: a mixed model has modules of its own and
weights of nobody's but the two. What comes before the first exchanged part is what its host reads,
so the hidden states at the borders of the host's layers are kept, and a part of layer i is computed
from that layer on.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from fairviz.compression.layers import blocks, short
from fairviz.core.declared import refusals_of
from fairviz.core.errors import BadSpec
from fairviz.inference.split_forward import Halves

if TYPE_CHECKING:
    from torch import Tensor, nn

    from fairviz.models.loading import LoadedModel
    from fairviz.models.pair import Pair

_refused = refusals_of(__file__, BadSpec)
# How fine a model is taken apart.
FINENESS = ("layer", "part", "linear")
EMBEDDING, HEAD = "embedding", "head"
_GROUP = 128


class Unit(NamedTuple):
    """A part that can be exchanged.

    Attributes:
        name: `3`, `3.mlp`, `3.mlp.down`, `embedding` or `head`.
        layer: Its decoder layer; -1 before the first, the number of layers behind the last.
        modules: Names of what is exchanged.
        weights: How many numbers these hold in the baseline.
    """

    name: str
    layer: int
    modules: tuple[str, ...]
    weights: int


def units(pair: Pair, fineness: str) -> list[Unit]:
    """The parts of a compressed model that differ from the baseline's, in the order of computing.

    Args:
        pair: Two models of one shape.
        fineness: One of `FINENESS`: `part` is attention and MLP, `linear` single linear layers.

    Raises:
        BadSpec: If the two are not of one shape, are the same, or if something else than linear
            layers differs within a layer, so that its parts do not stand for each other's.
    """
    from torch import nn

    ours, theirs = (_leaves(one.model) for one in (pair.baseline, pair.compressed))
    if ours.keys() != theirs.keys() or any(_width(ours[n]) != _width(theirs[n]) for n in ours):
        raise _refused("shape", baseline=pair.baseline.spec, compressed=pair.compressed.spec)
    other = {name: one for name, one in ours.items() if not _same(one, theirs[name])}
    prefix, layers = blocks(pair.baseline.model)
    within = [name for name in other if name.startswith(f"{prefix}.")]
    if fineness != "layer" and not all(isinstance(ours[name], nn.Linear) for name in within):
        raise _refused("moved", compressed=pair.compressed.spec)
    head = next(
        (n for n, one in ours.items() if one is pair.baseline.model.get_output_embeddings()), ""
    )
    tied = getattr(ours.get(head), "weight", None) is getattr(
        pair.baseline.model.get_input_embeddings(), "weight", None
    )
    found: dict[str, tuple[int, list[str]]] = {}
    for name in other:
        if name in within:
            whole = short(name)
            kept = {"layer": 1, "part": 2, "linear": 3}[fineness]
            key, layer = ".".join(whole.split(".")[:kept]), int(whole.split(".")[0])
        elif name == head and not tied:
            key, layer = HEAD, len(layers)
        else:
            key, layer = EMBEDDING, -1
        found.setdefault(key, (layer, []))[1].append(name)
    if not found:
        raise _refused("same", baseline=pair.baseline.spec, compressed=pair.compressed.spec)
    sizes = {name: sum(one.numel() for one in ours[name].parameters()) for name in other}
    every = (
        Unit(name, layer, tuple(names), sum(sizes[one] for one in names))
        for name, (layer, names) in found.items()
    )
    return sorted(every, key=lambda one: one.layer)


def _leaves(model: nn.Module) -> dict[str, nn.Module]:
    """Name -> every module with weights and nothing within it."""
    return {
        name: one
        for name, one in model.named_modules()
        if not any(one.children()) and any(True for _rest in one.parameters(recurse=False))
    }


def _width(module: nn.Module) -> tuple[Any, ...]:
    # A packed weight has another shape than what it stands for.
    named = getattr(module, "in_features", None), getattr(module, "out_features", None)
    return named if None not in named else tuple(one.shape for one in module.parameters())


def _same(one: nn.Module, other: nn.Module) -> bool:
    import torch

    left, right = (dict(module.named_parameters(recurse=False)) for module in (one, other))
    return (
        type(one) is type(other)
        and left.keys() == right.keys()
        and all(
            weight is right[name] or torch.equal(weight, right[name].to(weight.device))
            for name, weight in left.items()
        )
    )


class Mixed:
    """A host of which parts are exchanged for those of a guest.

    Args:
        host: Whose structure it has. Read a text unmixed once: later readings of the same text go
            on from what was kept of it.
        guest: Of the same shape, on the same device.
        room: The most bytes of hidden states that are kept.

    Attributes:
        loaded: The mixed model, as it stands within `having`.
        steps: Tokens times decoder layers that were computed.
    """

    def __init__(self, host: LoadedModel, guest: LoadedModel, room: int) -> None:
        own = host.model
        shared: dict[int, Any] = {id(one): one for one in _leaves(own).values()}
        shared |= {id(one): one for one in (*own.parameters(), *own.buffers())}
        self._model: Any = copy.deepcopy(own, shared)
        self.loaded = replace(host, model=self._model, readings=None, again=None)
        self.steps = 0
        self._of = {"host": _leaves(own), "guest": _leaves(guest.model)}
        self._layers = blocks(self._model)[1]
        self._room = room
        # Ids and mask of one row -> what comes out of each of the host's layers, (1, T, H).
        self._kept: dict[Any, list[Tensor]] = {}
        self._rows: list[Any] = []
        # What a layer gives beside the hidden states; None where it gives these alone.
        self._beside: tuple[None, ...] | None = None
        # The first layer that is not the host's; None where all is the host's.
        self._first: int | None = None
        for place, layer in enumerate(self._layers):
            layer.forward = partial(self._through, place, layer)
        self._model.register_forward_pre_hook(self._begin, with_kwargs=True)
        Halves(self._model)  # it asks each model one token, once; here, before steps are counted
        self.steps = 0

    @contextmanager
    def having(self, guests: Iterable[Unit], bits: int = 16) -> Iterator[LoadedModel]:
        """Within the block it has these parts of the guest.

        Args:
            bits: Below 16, their linear layers are rounded to so many first, in groups.
        """
        chosen = list(guests)
        names = [name for unit in chosen for name in unit.modules]
        self._first = min((unit.layer for unit in chosen), default=None)
        try:
            for name in names:
                guest = self._of["guest"][name]
                self._put(name, guest if bits == 16 else rounded(guest, bits))
            yield self.loaded
        finally:
            self._first = None
            for name in names:
                self._put(name, self._of["host"][name])

    def _put(self, name: str, module: nn.Module) -> None:
        parent, _dot, leaf = name.rpartition(".")
        setattr(self._model.get_submodule(parent), leaf, module)

    def _begin(self, _model: Any, _given: tuple[Any, ...], named: dict[str, Any]) -> None:
        """A forward pass begins: which rows of it were kept, or are to be."""
        ids, mask = named.get("input_ids"), named.get("attention_mask")
        self._rows = []
        if ids is None or named.get("past_key_values") is not None or named.get("use_cache"):
            return
        read = [[None] * len(ids) if one is None else one.tolist() for one in (ids, mask)]
        rows = [(tuple(one), mask and tuple(mask)) for one, mask in zip(*read, strict=True)]
        missing = [one for one in rows if one not in self._kept]
        if self._first is None:
            size = self._model.config.get_text_config().hidden_size * self._model.dtype.itemsize
            need = len(missing) * ids.shape[1] * size * len(self._layers)
            if not missing or need > self._room:
                return
            self._room -= need
            self._kept.update({one: [] for one in rows})
        elif missing:
            return
        self._rows = rows

    def _through(self, place: int, layer: nn.Module, *given: Any, **named: Any) -> Any:
        """One decoder layer: computed, or what was kept of it."""
        import torch

        hidden = given[0] if given else named["hidden_states"]
        if self._rows and self._first is not None and place < self._first:
            # Of those that are passed only the last is read from.
            if place == self._first - 1:
                hidden = torch.cat([self._kept[row][place] for row in self._rows])
            return hidden if self._beside is None else (hidden, *self._beside)
        self.steps += hidden.shape[0] * hidden.shape[1]
        found = type(layer).forward(layer, *given, **named)
        if self._rows and self._first is None:
            whole = isinstance(found, tuple)
            self._beside = (None,) * (len(found) - 1) if whole else None
            for row, states in zip(
                self._rows, (found[0] if whole else found).split(1), strict=True
            ):
                self._kept[row].append(states)
        return found


def rounded(module: nn.Module, bits: int) -> nn.Module:
    """A linear layer whose weights lie on the grids of their groups, from least to greatest."""
    import torch

    if not isinstance(module, torch.nn.Linear):
        return module
    weight = module.weight.detach().float()
    group = next((one for one in (_GROUP, 64, 32) if weight.shape[1] % one == 0), weight.shape[1])
    parts = weight.reshape(len(weight), -1, group)
    low, high = parts.amin(-1, keepdim=True).clamp(max=0), parts.amax(-1, keepdim=True).clamp(min=0)
    step = ((high - low) / (2**bits - 1)).clamp(min=torch.finfo(torch.float32).tiny)
    grid = ((parts - low) / step).round() * step + low
    found = copy.copy(module)
    found._parameters = {
        **module._parameters,
        "weight": torch.nn.Parameter(grid.reshape(weight.shape).to(module.weight.dtype), False),
    }
    return found


def screen(
    pair: Pair,
    parts: Sequence[Unit],
    texts: Sequence[Sequence[int]],
    slope: Callable[[int, Tensor, Tensor], Tensor],
) -> dict[str, float]:
    """What restoring each part changes, to first order, by one pass there and back.

    A part's output moves by what the baseline's makes of the same input, minus its own; the
    gradient of what is measured says what that does. Back through a compressed layer the gradient
    goes by the baseline's weights, so that methods that round activations have one too.

    Args:
        pair: The two models.
        parts: Linear layers of the decoder layers.
        texts: Token ids, each within the context.
        slope: Index of a text, (T, V) log-probabilities of the baseline and of the compressed ->
            (T, V) derivative of what is measured by the compressed model's logits.

    Returns:
        Name -> first-order change of what is measured.
    """
    import torch

    ours, theirs = (_leaves(one.model) for one in (pair.baseline, pair.compressed))
    of = {module: unit.name for unit in parts for module in unit.modules}
    found = dict.fromkeys((unit.name for unit in parts), 0.0)

    def passed(name: str, _module: Any, given: tuple[Any, ...], output: Tensor) -> Tensor:
        other = ours[name](given[0])
        error = (other - output).detach()

        def back(gradient: Tensor) -> None:
            found[of[name]] += float((gradient.double() * error.double()).sum())

        if other.requires_grad:
            other.register_hook(back)
        moved: Tensor = other - error
        return moved

    head: Any = pair.baseline.model.get_output_embeddings()
    first, second = (Halves(one.model) for one in (pair.baseline, pair.compressed))
    hooks = [theirs[name].register_forward_hook(partial(passed, name)) for name in of]
    table: Any = pair.compressed.model.get_input_embeddings()
    hooks.append(table.register_forward_hook(lambda _m, _i, out: out.detach().requires_grad_(True)))
    try:
        for number, ids in enumerate(texts):
            if len(ids) < 2:
                continue
            read = torch.tensor([list(ids)[:-1]], device=pair.baseline.model.device)
            with torch.no_grad():
                p = first.hidden(read)[0]
            with torch.enable_grad():
                q = second.hidden(read)[0]
            with torch.no_grad():
                logs = [
                    halves.logits(one)[:, : pair.vocabulary_size].float().log_softmax(-1)
                    for halves, one in ((first, p), (second, q.detach()))
                ]
                gradient = slope(number, *logs).to(q.dtype) @ head.weight[: pair.vocabulary_size]
            q.backward(gradient)
    finally:
        for hook in hooks:
            hook.remove()
    return found
