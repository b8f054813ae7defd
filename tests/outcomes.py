"""Outcomes of probes made of plain numbers, for tests that need no model."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd

from fairviz.analyses.probe.request import ProbeResult, probe_request
from fairviz.analyses.store import Store
from fairviz.core.skips import Skip
from fairviz.core.specs import ModelSpec
from fairviz.probes.record import Items, Outcome

NASTY = "<b>you</b> $x$ are [good | bad]"
PROVENANCE = {
    side: {"source": "demo", "method": "none", "parameters": 1000, "dtype": "float32"}
    for side in ("baseline", "compressed")
} | {"date": "2026-11-21T00:00:00+00:00"}


def groups(*names: str, p_holm: float = 0.01) -> pd.DataFrame:
    """A row `all` and one a name; only the first of these is told to have changed."""
    rows = [
        {
            "group": name, "n": 20, "baseline": 0.5, "baseline_low": 0.4, "baseline_high": 0.6,
            "compressed": 0.7, "compressed_low": 0.6, "compressed_high": 0.8, "difference": 0.2,
            "low": 0.1, "high": 0.3, "flips": 4, "p": 0.5, "units": 20.0,
            "p_holm": math.nan if not place else p_holm if place == 1 else 1.0,
        }
        for place, name in enumerate(("all", *names))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def outcome(n: int = 3) -> Outcome:
    """The last item flips, and the one before it changes most of the others."""
    shift = [0.1 * (place + 1) for place in range(n)]
    items = pd.DataFrame(
        {
            "id": [f"i{place}" for place in range(n)],
            "group": "age",
            "text": [f"{NASTY} {place}" for place in range(n)],
            "prompt": [f"{NASTY} {place}" for place in range(n)],
            "options": [["a", "b"] for _ in range(n)],
            "baseline": 0.0,
            "compressed": shift,
            "shift": shift,
            "flip": [place == n - 1 for place in range(n)],
        }
    )
    metrics = pd.DataFrame(
        [
            {
                "metric": "pair_preference", "axis": "", "group": "", "level": "aggregate",
                "n": n, "value": value, "low": 0.1, "high": 0.9, "unit": "share", "worse": "",
                "side": side,
            }
            for side, value in (("baseline", 0.5), ("compressed", 0.7))
        ]
    )  # fmt: skip
    return Outcome(
        items=items,
        groups=groups("age", "class"),
        measure="share of pairs",
        neutral=0.5,
        sentences=("It *moved* by <b>0.2</b>.",),
        details={"swaps": pd.DataFrame({"id": ["i0"], "difference": [0.25]})},
        metrics=metrics,
    )


def run(probe: str = "minimal_pairs", n: int = 3) -> ProbeResult:
    """A finished run of `demo` against `demo+nf4`."""
    two = ModelSpec.parse("demo"), ModelSpec.parse("demo+nf4")
    items = Items("bundled", pd.DataFrame(index=range(n)), content="abc")
    question = probe_request(probe, *two, items, {"length": "sum"})
    lost = (Skip("line 3", "it is empty"),)
    return ProbeResult(question, outcome(n), {"odd": 2}, lost, PROVENANCE)


def kept_by_schema_1(root: Path, key: str, before: ProbeResult) -> None:
    """A run as the store of schema 1 wrote it, whose tables know no independent units."""
    store = Store(root)
    tables = before.outcome
    old = replace(
        tables,
        groups=tables.groups.drop(columns="units"),
        details={
            name: one.drop(columns="units", errors="ignore") for name, one in tables.details.items()
        },
    )
    store.save("probe", key, replace(before, outcome=old))
    path = store.folder("probe", key) / "probe.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 1}))
