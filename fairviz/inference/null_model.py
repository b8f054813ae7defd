"""What a disturbance of the same size would do: a baseline with seeded noise on its weights.

A compressed model differs from its baseline by an error of every weight. The null model puts
Gaussian noise of the same root mean square, matrix by matrix, in the place of that error: what it
changes, any error of the size changes, and no compression need be blamed for it. Where the error
is not in the weights alone (activations that are rounded, weights that moved into other layers)
there is no such size; the noise is then a share of each matrix's own, and only its scale, at
which the mean KL is the compressed model's, is told.

A null model shares every tensor of its baseline. Where a layer computes, its noise is drawn, added
and given up again, so one matrix more than the baseline is held at a time.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import numpy as np

from fairviz.core.declared import refusals_of
from fairviz.core.errors import BadSpec
from fairviz.inference.scoring import score
from fairviz.metrics.traces import Floats

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel

    from fairviz.models.loading import LoadedModel
    from fairviz.models.pair import Pair

_refused = refusals_of(__file__, BadSpec)
# The scale at which both have one mean KL is looked for so often, and within so much of it.
_TRIES, _NEAR = 6, 0.02
# Of a matrix's own root mean square, where the form's error is no error of weights.
_SHARE = 0.02


class Sizes(NamedTuple):
    """How large the noise on each matrix is.

    Attributes:
        of: Name of a weight -> root mean square of its noise.
        of_weights: Whether these are the form's own errors; else a share of each weight.
    """

    of: dict[str, float]
    of_weights: bool


class Null(NamedTuple):
    """A pair on some texts, beside null models on the same.

    Attributes:
        seeds: R of them.
        equal_weights: (R, T) KL of the baseline to it with noise of the form's own size, nats;
            (0, T) where the form's error is not in its weights.
        equal_kl: (R, T) with noise at the scale that gives the pair's mean KL.
        scale: That scale, times the form's own size; times a share of the weights where it has
            none.
        uniformity: (R + 1, T) Var_P(d) / (1 - sum P^2) of the pair, then of each `equal_kl`.
    """

    seeds: tuple[int, ...]
    equal_weights: Floats
    equal_kl: Floats
    scale: float
    uniformity: Floats


def sizes(pair: Pair) -> Sizes:
    """How far each weight of the compressed model, as it computes with it, is from the baseline's.

    Weights that are the same in both are left out.

    Raises:
        BadSpec: If the baseline's weights are no floats, or nothing differs.
    """
    import torch

    if getattr(pair.baseline.model, "quantization_method", None):
        raise _refused("null_of_quantized", baseline=pair.baseline.spec)
    ours = _weights(pair.baseline.model)
    found = _errors(pair)
    whole = found is not None
    if found is None:
        found = {
            name: _SHARE * float(module.weight.float().square().mean().sqrt())
            for name, module in ours.items()
            if not isinstance(module, torch.nn.Embedding)
        }
    found = {name: size for name, size in found.items() if size > 0}
    if not found:
        raise _refused("nothing_apart", baseline=pair.baseline.spec)
    return Sizes(found, whole)


def _errors(pair: Pair) -> dict[str, float] | None:
    """Name -> root mean square error of each matrix; None where more than matrices differs.

    So it does where activations are rounded, where a method moves a scale from one layer into
    another, and where layers are missing.
    """
    import torch

    first, second = pair.baseline.model, pair.compressed.model
    theirs = dict(second.named_modules())
    rest = {name: one for name, one in second.named_parameters() if one.ndim < 2}
    if not pair.compressed.batch_invariant or any(
        name not in rest or not torch.equal(one.cpu().float(), rest[name].cpu().float())
        for name, one in first.named_parameters()
        if one.ndim < 2
    ):
        return None
    found = {}
    for name, module in _weights(first).items():
        other = dequantized(theirs[name]) if name in theirs else None
        if other is None or other.shape != module.weight.shape:
            return None
        error = other.to(module.weight.device).float() - module.weight.float()
        found[name] = float(error.square().mean().sqrt())
    return found


def _weights(model: PreTrainedModel) -> dict[str, Any]:
    """Name -> module of every matrix; of a matrix that two modules share, the first."""
    import torch

    found, seen = {}, set[int]()
    for name, module in model.named_modules():
        weight = getattr(module, "weight", None)
        if isinstance(weight, torch.Tensor) and weight.ndim == 2 and id(weight) not in seen:
            seen.add(id(weight))
            found[name] = module
    return found


def dequantized(module: Any) -> Tensor:
    """The weight of a module as it computes with it."""
    weight = module.weight
    state = getattr(weight, "quant_state", None)
    if state is not None:
        from bitsandbytes.functional import dequantize_4bit

        found: Tensor = dequantize_4bit(weight.data, state)
        return found
    return weight.data  # type: ignore[no-any-return]  # a module's attribute


def disturbed(baseline: LoadedModel, noise: Sizes, scale: float, seed: int) -> LoadedModel:
    """The baseline with noise on its weights; it shares all tensors with it.

    Args:
        baseline: Whose weights are floats.
        noise: How large.
        scale: Times that.
        seed: Another one is another noise; the same is the same in every bit.
    """
    from torch.nn import Parameter

    shared = {id(one): one for one in (*baseline.model.parameters(), *baseline.model.buffers())}
    model: Any = copy.deepcopy(baseline.model, shared)
    modules = dict(model.named_modules())
    for name, size in noise.of.items():
        module = modules[name]
        add = partial(_noisy, size=size * scale, seed=crc32(f"{seed} {name}".encode()))
        users = [one for one in modules.values() if getattr(one, "weight", None) is module.weight]
        if len(users) > 1 or module is model.get_output_embeddings():
            # The head is read beside its module, and embeddings are looked up row by row.
            weight = Parameter(add(module.weight), requires_grad=False)
            for one in users:
                one.weight = weight
        else:
            module.forward = partial(_forward, module, add)
    return replace(baseline, model=model, readings=None, again=None)


def _noisy(weight: Tensor, size: float, seed: int) -> Tensor:
    import torch

    random = torch.Generator(weight.device).manual_seed(seed)
    noise = torch.empty_like(weight, dtype=torch.float32).normal_(generator=random)
    return noise.mul_(size).add_(weight).to(weight.dtype)


def _forward(module: Any, add: Callable[[Tensor], Tensor], *given: Any, **named: Any) -> Any:
    """The module's own forward pass with noise on its weight."""
    from torch.nn import Parameter

    own = module.weight
    module.weight = Parameter(add(own), requires_grad=False)
    try:
        return type(module).forward(module, *given, **named)
    finally:
        module.weight = own


def beside(
    pair: Pair,
    texts: Sequence[Sequence[int]],
    seeds: Sequence[int],
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Null:
    """A pair and its null models on texts.

    Args:
        pair: Whose baseline holds floats.
        texts: Token ids; the first of each is context.
        seeds: Of the null models.
        told: How many readings of about how many are done; may raise to stop.

    Raises:
        BadSpec: As `sizes`, or if the pair's mean KL is 0, or noise does not reach it.
    """
    noise = sizes(pair)
    of = 1 + len(seeds) * (1 + noise.of_weights) + _TRIES // 2
    done = 0

    def read(other: LoadedModel) -> tuple[Floats, Floats]:
        nonlocal done
        told(done, max(of, done + 1))
        readers = pair.baseline.reader, other.reader
        bos, width = pair.baseline.vocabulary.bos_id, pair.vocabulary_size
        found = dict(score(*readers, texts, width=width, bos_id=bos, k=1))
        done += 1
        columns = [
            np.concatenate([getattr(found[one], name) for one in range(len(texts))])
            for name in ("kl", "variance", "collision")
        ]
        with np.errstate(divide="ignore", invalid="ignore"):
            return columns[0], columns[1] / (1 - columns[2])

    def noisy(scale: float, seed: int) -> tuple[Floats, Floats]:
        return read(disturbed(pair.baseline, noise, scale, seed))

    observed, uniformity = read(pair.compressed)
    wanted = float(observed.mean())
    if not wanted > 0:
        raise _refused("nothing_apart", baseline=pair.baseline.spec)
    equal = [noisy(1.0, seed)[0] for seed in seeds] if noise.of_weights else []
    scale = _scale(lambda one: float(noisy(one, seeds[0])[0].mean()), wanted)
    if scale is None:
        raise _refused("no_scale", baseline=pair.baseline.spec, kl=wanted)
    matched = [noisy(scale, seed) for seed in seeds]
    return Null(
        tuple(seeds),
        np.array(equal).reshape(len(equal), len(observed)),
        np.array([kl for kl, _rest in matched]),
        scale,
        np.array([uniformity, *(one for _rest, one in matched)]),
    )


def _scale(mean_kl: Callable[[float], float], wanted: float) -> float | None:
    """The scale of noise at which the mean KL is what is wanted; KL grows as its square."""
    scale, low, high = 1.0, 0.0, math.inf
    for _try in range(_TRIES):
        found = mean_kl(scale)
        if math.isfinite(found) and abs(found / wanted - 1) < _NEAR:
            break
        if not found > wanted:
            low = scale
        else:
            high = scale
        guess = scale * math.sqrt(wanted / found) if found > 0 else 4 * scale
        inside = low < guess < high
        scale = guess if inside else (low + high) / 2 if math.isfinite(high) else 4 * scale
    return scale if math.isfinite(found) and 0.5 < found / wanted < 2 else None
