"""What null models read: a pair on texts, prompts or items, and the same of null models beside it.

A null model is known by its pair, its scale and its seed, so what it read once is kept in the
cache, whoever asks again: the next run, another analysis of the same texts, or one with more of
them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

import numpy as np

from fairviz.core.disk import cache_root, whole_file
from fairviz.core.specs import batch, digest
from fairviz.inference.null_model import disturbed, refused, sizes
from fairviz.inference.pair_scoring import under_both
from fairviz.inference.scoring import following, score
from fairviz.metrics.traces import Floats
from fairviz.models.catalog import fingerprint

if TYPE_CHECKING:
    from fairviz.models.pair import Pair

FOLDER = "null_models"
# Of what is kept.
_VERSION = 1
# The scale at which both have one mean KL is looked for so often, and within so much of it.
_TRIES, _NEAR = 6, 0.02

Columns = Mapping[str, Floats]


class Reading(NamedTuple):
    """What is read, and how."""

    name: str  # equal for what gives equal columns
    # Of a pair, each (T,): `kl`, and what else is wanted.
    read: Callable[[Pair], Columns]


class Beside(NamedTuple):
    """A pair beside R null models."""

    seeds: tuple[int, ...]
    # Noise of so many times the form's own errors gives the pair's mean KL; times a share of each
    # matrix where the error is not in the weights.
    scale: float
    form: Columns  # of the pair itself
    # (R, T) KL with noise of the form's own size, nats; (0, T) where there is no such size.
    equal_weights: Floats
    equal_kl: Mapping[str, Floats]  # (R, T) each, at that scale


class Null(NamedTuple):
    """A pair and its null models at every token, prompt or item.

    Attributes:
        seeds, equal_weights, scale: As of `Beside`.
        equal_kl: (R, T) KL of the null models at the scale.
        uniformity: (R + 1, T) Var_P(d) / (1 - sum P^2) of the pair, then of each null model; (0, T)
            of items, which have none.
    """

    seeds: tuple[int, ...]
    equal_weights: Floats
    equal_kl: Floats
    scale: float
    uniformity: Floats

    @classmethod
    def of(cls, found: Beside) -> Null:
        """Of readings that have `kl`, and `even` where it is known."""
        kl = found.equal_kl["kl"]
        even = np.zeros((0, kl.shape[1]))
        if "even" in found.form:
            even = np.vstack([found.form["even"], found.equal_kl["even"]])
        return cls(found.seeds, found.equal_weights, kl, found.scale, even)


def texts(ids: Sequence[Sequence[int]], *, ends: bool = False) -> Reading:
    """Every token of texts, the first of each being context; or, of prompts, what comes next.

    Args:
        ids: Token ids, at least one each.
        ends: Whether they are prompts, of one distribution each.
    """
    way = following if ends else score

    def read(pair: Pair) -> Columns:
        found = dict(under_both(way, pair, ids, k=1))
        kl, variance, collision = (
            np.concatenate([getattr(found[one], name) for one in range(len(ids))])
            for name in ("kl", "variance", "collision")
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return {"kl": kl, "even": variance / (1 - collision)}

    return Reading(digest([way.__name__, [list(map(int, one)) for one in ids]]), read)


class _NullModels:
    """Those of a pair, as they read; see `beside` for its arguments."""

    def __init__(self, pair: Pair, told: Callable[[int, int], None], *, keep: bool) -> None:
        self.pair, self.keep, self._told = pair, keep, told
        self.noise, self.done, self.of = sizes(pair), 0, 0
        identity = pair.baseline.identity
        self._of = [
            _VERSION,
            [[str(one.spec), fingerprint(one.spec)] for one in (pair.baseline, pair.compressed)],
            [identity.device, identity.dtype, batch(pair.baseline.batch_rows)],
            pair.vocabulary_size,
        ]

    def told(self) -> None:
        """One reading more begins."""
        self._told(self.done, max(self.of, self.done + 1))
        self.done += 1

    def read(self, reading: Reading, scale: float, seed: int) -> Columns:
        """What one of them reads, or has read."""
        self.told()

        def read() -> Columns:
            other = disturbed(self.pair.baseline, self.noise, scale, seed)
            return reading.read(replace(self.pair, compressed=other))

        name = digest([*self._of, reading.name, scale, seed])
        return _kept(cache_root() / FOLDER / f"{name}.npz", read) if self.keep else read()

    def of_own_size(self, reading: Reading, seeds: Sequence[int]) -> list[Floats]:
        """The KL of each with noise of the form's own size; none where there is no such size."""
        if not self.noise.of_weights:
            return []
        return [self.read(reading, 1.0, seed)["kl"] for seed in seeds]


def of_own_size(
    pair: Pair,
    reading: Reading,
    seeds: Sequence[int],
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Floats:
    """(R, T) KL of null models with noise of the form's own size, nats; (0, 0) without such a size.

    Raises:
        BadSpec: As `null_model.sizes`.
    """
    models = _NullModels(pair, told, keep=True)
    models.of = len(seeds)
    found = models.of_own_size(reading, seeds)
    return np.array(found).reshape(len(found), -1) if found else np.zeros((0, 0))


def beside(
    pair: Pair,
    reading: Reading,
    seeds: Sequence[int],
    told: Callable[[int, int], None] = lambda done, of: None,
    *,
    then: Reading | None = None,
    keep: bool = True,
) -> Beside:
    """A pair and its null models.

    Args:
        pair: Whose baseline holds floats.
        reading: On which the mean KL is made equal.
        seeds: Of the null models, at least one.
        told: How many readings of about how many are done; may raise to stop, and what is read
            stays.
        then: What is read by null models of that scale, if something else.
        keep: Whether readings are found in the cache and kept there.

    Raises:
        BadSpec: As `null_model.sizes`, or if the pair's mean KL is 0, or noise does not reach it.
    """
    models = _NullModels(pair, told, keep=keep)
    models.of = 1 + len(seeds) * (1 + models.noise.of_weights) + _TRIES // 2
    models.told()
    form = reading.read(pair)
    wanted = float(np.nanmean(form["kl"]))
    if not wanted > 0:
        raise refused("nothing_apart", baseline=pair.baseline.spec)
    equal = models.of_own_size(reading, seeds)
    first = partial(models.read, reading, seed=seeds[0])
    scale = _scale(lambda one: float(np.nanmean(first(one)["kl"])), wanted)
    if scale is None:
        raise refused("no_scale", baseline=pair.baseline.spec, kl=wanted)
    matched = [models.read(then or reading, scale, seed) for seed in seeds]
    return Beside(
        tuple(seeds),
        scale,
        form,
        np.array(equal).reshape(len(equal), len(form["kl"])),
        {name: np.array([one[name] for one in matched]) for name in matched[0]},
    )


def _kept(path: Path, read: Callable[[], Columns]) -> Columns:
    """Columns of a file, else what is read now, and kept where the cache can be written."""
    try:
        with np.load(path) as there:
            return {name: there[name] for name in there.files}
    except (OSError, ValueError, EOFError, BadZipFile):
        found = read()
    with suppress(OSError):
        whole_file(path, lambda part: _write(part, found))
    return found


def _write(path: Path, columns: Columns) -> None:
    named: dict[str, Any] = dict(columns)
    with path.open("wb") as file:
        np.savez(file, **named)


def _scale(mean_kl: Callable[[float], float], wanted: float) -> float | None:
    """The scale of noise, of those read, whose mean KL is nearest to what is wanted.

    KL grows as its square. None where it never came within a factor of 2.
    """
    scale, low, high = 1.0, 0.0, math.inf
    away: dict[float, float] = {}
    for _try in range(_TRIES):
        found = mean_kl(scale)
        usable = math.isfinite(found) and found > 0
        away[scale] = abs(math.log(found / wanted)) if usable else math.inf
        if away[scale] < _NEAR:
            break
        if not found > wanted:
            low = scale
        else:
            high = scale
        guess = scale * math.sqrt(wanted / found) if usable else 4 * scale
        # Few digits, so that a last one of the mean KL asks for no other null models.
        guess = float(f"{guess:.3g}")
        inside = low < guess < high
        scale = guess if inside else (low + high) / 2 if math.isfinite(high) else 4 * scale
    nearest = min(away, key=away.__getitem__)
    return nearest if away[nearest] < math.log(2) else None
