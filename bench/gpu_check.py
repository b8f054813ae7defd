"""Whether fairviz is right, and how fast it is, on this machine's GPU; without a network.

Run as `python -m bench.gpu_check [MODEL_FOLDER ...]` (`make gpu-check`). It needs torch and
transformers, and what `bench.gpu_carry` collects for a machine that cannot install the rest. On
a machine without a GPU it runs on the CPU, where it checks itself.

- reduction: both forms of the fused reduction against float64.
- scoring, decoding: every measure of every token against the CPU's float32.
- methods: every compression method made on the device, and read there and on the CPU.
- speed of decoding: paired decoding over two bare `generate` calls, and how often it waits.
- bandwidth: what the reduction reads a second, beside a copy.
- a pair in turn: the memory of two 7B-shaped models of which one is there at a time.

Each is done on a tiny random model and on each model named. What would run over the budget is
left out, and said. Writes `gpu-check.md`, a table for BENCHMARKS.md, and `gpu-check.json`;
exits with 1 where something differs.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from transformers.utils import logging

if not torch.cuda.is_available():
    os.environ.setdefault("TRITON_INTERPRET", "1")

from bench.gpu.in_turn import in_turn
from bench.gpu.lines import SKIPPED, Line, Report, Section
from bench.gpu.methods import methods
from bench.gpu.numbers import reading, reduction, writing
from bench.gpu.pairs import real, tiny
from bench.gpu.speed import bandwidth, generating
from fairviz.models import devices

BUDGET = 450.0


def sections(device: str, models: list[Path], folder: Path) -> list[Section]:
    """All of them, what matters most first, so that a budget cuts the least."""
    own = devices.default_dtype(device)
    # No CPU computes half precision fast, but it must be checked here too.
    half = own if own != "float32" else "bfloat16"
    small = tiny(folder / "tiny")
    large = [real(path) for path in models if (path / "config.json").exists()]
    absent = [path for path in models if not (path / "config.json").exists()]
    return [
        reduction(device),
        *(reading(one, device, half, 10 if one is small else 30) for one in (small, *large)),
        *(writing(one, device, 10 if one is small else 30) for one in (small, *large)),
        bandwidth(device, half),
        *(generating(one, device, own, 10 if one is small else 60) for one in (small, *large)),
        methods(small, device, folder, 60),
        in_turn(device, own),
        *(methods(one, device, folder, 60) for one in large),
        *(_absent(path) for path in absent),
    ]


def _absent(path: Path) -> Section:
    line = Line("all of it", SKIPPED, why=f"{path} holds no model")
    return Section(f"everything, {path.name}", 0, lambda _left: iter([line]))


def machine(device: str) -> dict[str, str]:
    """What it runs on."""
    name = torch.cuda.get_device_name() if device == "cuda" else platform.processor() or "CPU"
    found = {"on": f"{name} ({device})", "date": datetime.now(UTC).date().isoformat()}
    for package in ("torch", "transformers", "triton", "llmcompressor", "bitsandbytes"):
        try:
            found[package] = version(package)
        except ImportError:
            found[package] = "missing"
    return found


def check(device: str, models: list[Path], out: Path, budget: float = BUDGET) -> Report:
    """Run every section; both files are written after each.

    Args:
        device: `cuda`, `mps` or `cpu`.
        models: Folders of checkpoints, checked beside the tiny one.
        out: Where the files go.
        budget: Seconds for all of it.
    """
    logging.disable_progress_bar()
    report = Report(machine(device), budget, out)
    with tempfile.TemporaryDirectory() as folder:
        for section in sections(device, models, Path(folder)):
            report.run(section)
    return report


def main() -> int:
    """Check, write the files, and tell whether anything differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", nargs="*", type=Path, help="folders of models to check as well")
    parser.add_argument("--device", default="auto", choices=("auto", "cuda", "mps", "cpu"))
    parser.add_argument("--out", type=Path, default=Path("artifacts/gpu-check"))
    parser.add_argument("--budget", type=float, default=BUDGET, help="seconds for all of it")
    arguments = parser.parse_args()
    device = devices.choose(arguments.device)
    report = check(device, arguments.models, arguments.out, arguments.budget)
    spent = arguments.budget - report.left
    print(f"{spent:.0f} s; the table is in {arguments.out / 'gpu-check.md'}")
    return int(report.differs)


if __name__ == "__main__":
    sys.exit(main())
