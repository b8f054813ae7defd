"""Comparisons made of plain numbers, for tests that need no model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairviz.analyses.comparison.request import Comparison, ComparisonRequest
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.metrics.traces import PairTrace, TokenTrace, first_divergence

TOP = 10


def trace(rng: np.random.Generator, ids: Sequence[int]) -> TokenTrace:
    """A reading whose top-10 starts with each token itself."""
    count = len(ids)
    top = np.sort(rng.dirichlet(np.ones(TOP + 1), size=count)[:, :TOP], axis=1)[:, ::-1]
    return TokenTrace(
        ids=np.array(ids, dtype=np.int64),
        log_prob=np.log(top[:, 0]) if count else np.zeros(0),
        entropy=rng.uniform(0.1, 3.0, size=count),
        rank=rng.integers(1, 9, size=count),
        margin=top[:, 0] - top[:, 1] if count else np.zeros(0),
        top_ids=rng.integers(0, 99, size=(count, TOP)),
        top_log_probs=np.log(top),
        top_tokens=tuple(
            tuple(f" mot{place}{number}" for number in range(TOP)) for place in range(count)
        ),
    )


def pair_trace(tokens: Sequence[str], *, ids: Sequence[int] | None = None) -> PairTrace:
    """Two invented readings of `tokens`."""
    rng = np.random.default_rng(len(tokens))
    ids = list(range(len(tokens))) if ids is None else ids
    count = len(tokens)
    return PairTrace(
        tokens=tuple(tokens),
        baseline=trace(rng, ids),
        compressed=trace(rng, ids),
        kl=rng.exponential(0.1, size=count),
        kl_reverse=rng.exponential(0.1, size=count),
        js=np.minimum(rng.exponential(0.05, size=count), np.log(2)),
        same_top=rng.random(count) > 0.2,
    )


def comparison(
    baseline: Sequence[str] = (" un", " p", "êcheur", " qui", " vi", "vait", "."),
    compressed: Sequence[str] = (" un", " p", "êcheur", " <b>", " $x$", "\n", "", "é"),
    prompt: str = "Il était une fois",
) -> Comparison:
    """Two texts; equal tokens have equal ids."""
    known = {token: number for number, token in enumerate(dict.fromkeys([*baseline, *compressed]))}
    ids = [[known[token] for token in text] for text in (baseline, compressed)]
    card = {
        "revision": "abc123",
        "method": "none",
        "parameters": 3_000_000,
        "bits_per_weight": 32.0,
        "zero_share": 0.0,
        "bytes_in_memory": 12_000_000,
        "device": "cpu",
        "dtype": "float32",
        "bos": "none",
        "context_length": 256,
    }
    return Comparison(
        request=ComparisonRequest(
            ModelSpec.parse("demo"), ModelSpec.parse("demo+nf4"), prompt, Decoding()
        ),
        context=("Il", " était", " une", " fois"),
        on_baseline=pair_trace(baseline, ids=ids[0]),
        on_compressed=pair_trace(compressed, ids=ids[1]),
        first_divergence=first_divergence(ids[0], ids[1]),
        provenance={
            "baseline": {"source": "demo", **card},
            "compressed": {"source": "demo+nf4", **card, "method": "nf4", "bits_per_weight": 4.5},
            "device": "cpu",
            "dtype": "float32",
            "date": "2026-11-21T00:00:00+00:00",
            "seconds": 1.0,
        },
    )
