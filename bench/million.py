"""An audit of a million prompts: seconds to open, to draw it otherwise, and memory.

Run as `python -m bench.million`. Rows are drawn from those of the demo on the bank, each changed a
little, and kept as any audit is; what is timed is what a page does: open it from the store and
present it, and present it with another option.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

KEY = "million"
# What a reader may change, one after the other.
CHANGES: tuple[dict[str, Any], ...] = (
    {"shift": "js"},
    {"part": "group"},
    {"unsure": "margin"},
    {"plain": True},
)


def made(rows: int) -> None:
    """Keep an audit of so many rows."""
    import fairviz
    from fairviz.analyses.store import Store

    found = fairviz.audit("demo", "demo+nf4", prompts="bank").value
    rng = np.random.default_rng(0)
    table = found.table.iloc[rng.integers(0, len(found.table), rows)].reset_index(drop=True)
    changed: dict[str, Any] = {
        "id": [f"prompt {number}" for number in range(rows)],
        "text": [f"{text} {number}" for number, text in enumerate(table["text"])],
    }
    for name in table.select_dtypes("float64"):
        changed[name] = np.abs(table[name] * (1 + 1e-3 * rng.standard_normal(rows)))
    request = replace(found.request, source="million.csv", content=KEY)
    Store().save("audit", KEY, replace(found, request=request, table=table.assign(**changed)))


def opened() -> dict[str, Any]:
    """Seconds and memory, in a process that has drawn nothing yet but what every page imports."""
    from fairviz.analyses.registry import ANALYSES
    from fairviz.analyses.store import Store

    audit = ANALYSES["audit"]
    small = Store().load("audit", "example") or Store().load("audit", "exampleen")
    audit.present(small, {}, "page")
    before, began = _memory(), time.monotonic()
    found = Store().load("audit", KEY)
    loaded = time.monotonic() - began
    audit.present(found, {}, "page")
    seconds: dict[str, Any] = {"loaded_s": loaded, "opened_s": time.monotonic() - began}
    for given in CHANGES:
        began = time.monotonic()
        audit.present(found, given, "page")
        seconds[f"{next(iter(given))}_s"] = time.monotonic() - began
    return {
        **{name: round(value, 2) for name, value in seconds.items()},
        "memory_gb": round(_memory() - before, 2),
        "rows_mb": round(float(found.table.memory_usage(deep=True).sum()) / 1e6),
    }


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--opened", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.opened:
        print(json.dumps(opened(), indent=1))
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FAIRVIZ_CACHE"] = folder
        made(asked.rows)
        size = sum(path.stat().st_size for path in Path(folder).rglob(f"{KEY}/*")) / 1e6
        print(f"{asked.rows:,} rows, {size:.0f} MB on disk", flush=True)
        command = [sys.executable, "-m", "bench.million", "--opened", folder]
        sys.stdout.flush()
        os.spawnv(os.P_WAIT, sys.executable, command)


if __name__ == "__main__":
    main()
