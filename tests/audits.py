"""Audits made of plain numbers, for tests that need no model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fairviz.analyses.audit.request import Audit, AuditRequest
from fairviz.core.skips import Skip
from fairviz.core.specs import ModelSpec

PROVENANCE = {
    side: {"source": "demo", "method": "none", "parameters": 1000, "dtype": "float32"}
    for side in ("baseline", "compressed")
} | {"date": "2026-11-21T00:00:00+00:00"}


def prompts_table(n: int = 60, seed: int = 0) -> pd.DataFrame:
    """Prompts whose KL grows with the baseline's entropy."""
    rng = np.random.default_rng(seed)
    entropy = rng.uniform(0, 4, n)
    kl = 0.01 * entropy * rng.uniform(0.5, 1.5, n)
    return pd.DataFrame(
        {
            "id": [f"p{number}" for number in range(n)],
            "text": [f"Il était <b>{number}</b> $x$" for number in range(n)],
            "language": np.where(np.arange(n) % 2, "fr", "en"),
            "theme": "tales",
            "group": np.where(np.arange(n) % 3, "", "women"),
            "tokens": 5,
            "baseline_entropy": entropy,
            "baseline_margin": 1 - entropy / 5,
            "baseline_top": " une",
            "baseline_top_prob": 1 - entropy / 6,
            "compressed_entropy": entropy + 0.01,
            "compressed_margin": 1 - entropy / 5,
            "compressed_top": [" un" if number % 10 == 0 else " une" for number in range(n)],
            "compressed_top_prob": 1 - entropy / 6,
            "kl": kl,
            "kl_reverse": kl,
            "js": kl / 4,
            "top_changed": np.arange(n) % 10 == 0,
        }
    )


def items_table(outcomes: str) -> pd.DataFrame:
    """Items of two options, one letter each: R right in both, W wrong in both, L right, then
    wrong, G wrong, then right."""
    sides = {"R": (0, 0), "W": (1, 1), "L": (0, 1), "G": (1, 0)}
    high, low = np.log(0.3), np.log(0.1)

    def log_prob(prediction: int) -> list[float]:
        return [high, low] if prediction == 0 else [low, high]

    return pd.DataFrame(
        {
            "id": [str(number) for number in range(len(outcomes))],
            "context": [f"Question {number}: x?" for number in range(len(outcomes))],
            "options": [[" a", " bb"] for _ in outcomes],
            "right": [[0] for _ in outcomes],
            "group": "",
            "language": "en",
            "tokens": [[1, 1] for _ in outcomes],
            "baseline_log_prob": [log_prob(sides[one][0]) for one in outcomes],
            "baseline_greedy": [[False, False] for _ in outcomes],
            "compressed_log_prob": [log_prob(sides[one][1]) for one in outcomes],
            "compressed_greedy": [[False, False] for _ in outcomes],
        }
    )


def audit(table: pd.DataFrame, kind: str, source: str = "bank") -> Audit:
    """An audit with that table and a noise floor."""
    floor = {
        "how": "in bfloat16 instead of float32",
        "n": 10,
        "share": 0.95,
        "size": {"kl": 1e-4, "js": 1e-5},
        "changed": 0.0,
    }
    return Audit(
        AuditRequest(ModelSpec.parse("demo"), ModelSpec.parse("demo+nf4"), source, "c0ffee", kind),
        table,
        (Skip("line 7", "an empty text"),),
        PROVENANCE,
        floor,
    )
