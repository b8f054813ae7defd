"""What the engine for large sets costs, and what workers bring: 10,000 short prompts with the demo.

Run as `python -m bench.cluster`. The same audit by the plain runner and by one and two workers of
Ray on this machine, one thread each, one after the other: seconds in which the prompts are read,
and all beside that. The tables must be equal.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

WORDS = "la reine va vers le roi avec son ami et dit que la nuit tombe sur la forêt".split()
MODELS = "demo", "demo+nf4"


class Took(NamedTuple):
    """Seconds, and the table."""

    loading: float
    reading: float
    whole: float
    table: Any


def prompts(folder: Path, many: int) -> str:
    path = folder / "prompts.txt"
    lines = (" ".join([str(n), *WORDS[n % 5 : n % 5 + 2 + n % 9]]) for n in range(many))
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def timed(file: str, many: int, engine: str, workers: int) -> Took:
    """One audit, with the times of the first and the last prompt."""
    import fairviz

    began = time.monotonic()
    marks: list[tuple[float, int]] = []

    def read(done: int) -> None:
        marks.append((time.monotonic(), done))

    def say(words: str) -> None:
        if found := re.match(r"Texts read: ([\d,]+)", words):
            read(int(found[1].replace(",", "")))

    found = fairviz.audit(
        *MODELS, prompts=file, store=False, floor=False, engine=engine, workers=workers,
        on_load=say if engine else None,
        on_step=(lambda step: None) if engine else (lambda step: read(step.done)),
    )  # fmt: skip
    whole = time.monotonic() - began
    # A line through the first and the last that was told: pace, and when it began.
    (first, done), (last, more) = marks[0], marks[-1]
    reading = (last - first) * many / (more - done)
    return Took(whole - reading, reading, whole, found.to_frame())


def table(rows: list[tuple[str, Took]], many: int, tell: Callable[[str], None] = print) -> None:
    plain = rows[0][1]
    tell("| way | beside the reading (s) | reading (s) | prompts a second | of the plain |")
    tell("|---|---|---|---|---|")
    for name, took in rows:
        pace = many / took.reading
        equal = took.table.equals(plain.table)
        tell(
            f"| {name}{'' if equal else ' (ANOTHER TABLE)'} | {took.loading:.1f} "
            f"| {took.reading:.1f} | {pace:,.0f} | {plain.reading / took.reading:.2f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=10_000)
    asked = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"  # of the workers
    from fairviz.engine import run

    run._PACE = 0.2
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FAIRVIZ_CACHE"] = folder
        file = prompts(Path(folder), asked.prompts)
        ways = [("plain", "", 0), ("ray, 1 worker", "ray", 1), ("ray, 2 workers", "ray", 2)]
        rows = [(name, timed(file, asked.prompts, engine, many)) for name, engine, many in ways]
    table(rows, asked.prompts)


if __name__ == "__main__":
    main()
