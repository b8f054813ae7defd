"""Items that depend on each other: their numbers, means, draws of whole clusters, their worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Labels = Sequence[object] | npt.NDArray[np.generic]
# Numbers of one piece of draws: 16 MB.
PIECE = 2_000_000


def places(clusters: Labels | None, n: int) -> npt.NDArray[np.int64]:
    """(N,) number of each item's cluster, from 0.

    Args:
        clusters: (N,) labels; None makes every item its own.
        n: Items.

    Raises:
        ValueError: If there are not n labels.
    """
    if clusters is None:
        return np.arange(n)
    if len(clusters) != n:
        raise ValueError(f"{len(clusters)} clusters for {n} items")
    if isinstance(clusters, np.ndarray) and clusters.dtype.kind == "i":
        return in_order(clusters)
    labels = [str(one) for one in clusters]
    numbers = {label: number for number, label in enumerate(dict.fromkeys(labels))}
    return np.array([numbers[label] for label in labels], dtype=np.int64)


def in_order(labels: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """(N,) a number for each label, from 0 in the order in which they come."""
    import pandas as pd

    if labels.dtype.kind == "i" and (labels[1:] > labels[:-1]).all():
        return np.arange(len(labels))
    return pd.factorize(labels)[0].astype(np.int64)


def means(values: npt.ArrayLike, place: npt.NDArray[np.int64]) -> Floats:
    """(G,) the mean of each cluster, by the numbers that `places` gives."""
    numbers = np.asarray(values, dtype=np.float64)
    found: Floats = np.bincount(place, weights=numbers) / np.bincount(place)
    return found


def multiplicities(
    units: int, resamples: int, rng: np.random.Generator, width: int
) -> Iterator[Floats]:
    """How often each unit is in each draw of as many units with replacement, in pieces (B, G).

    Args:
        units: How many units there are.
        resamples: How many draws.
        rng: Draws them.
        width: Numbers that the caller makes of each draw.
    """
    most = max(1, PIECE // max(width, 1))
    for start in range(0, resamples, most):
        here = min(most, resamples - start)
        yield rng.multinomial(units, np.full(units, 1 / units), size=here).astype(np.float64)


def effective(values: npt.ArrayLike, clusters: Labels | None) -> float:
    """How many independent items a share of these is worth: its n by the design effect (Kish 1965).

    The variance of the share over clusters against that of as many independent items; where
    it cannot be told (all values alike) every cluster counts as if its items were one.

    Args:
        values: (N,) of 0 and 1.
        clusters: (N,) labels; None takes every item as its own.

    Returns:
        At most N and at least 1; 0 for no item.
    """
    hits = np.asarray(values, dtype=np.float64)
    n = len(hits)
    if clusters is None or n < 2:
        return float(n)
    place = places(clusters, n)
    sizes = np.bincount(place).astype(np.float64)
    units, share = len(sizes), float(hits.mean())
    alike = n * n / float((sizes * sizes).sum())
    if units < 2 or not 0 < share < 1:
        return alike
    residual = np.bincount(place, weights=hits - share)
    variance = units / (units - 1) * float((residual * residual).sum()) / (n * n)
    # Never more than the items, and never fewer than clusters whose items are all alike.
    return float(min(max(share * (1 - share) / variance, alike), n)) if variance > 0 else float(n)
