"""Teacher forcing with every measure against two bare forwards, and the reduction alone.

Run as `python -m bench.score`. All at the real vocabulary of BLOOM, 250,880 words, on random
weights; ways are interleaved and repeated in one process, and the ratios of the medians count.

- score: a text of 438 tokens through two random BLOOMs (151 M parameters, as in
  `bench.decode`), every measure of every token, against `model(ids).logits` of both.
- reduction: 32 rows of both models' logits to all measures, against the plain torch
  expressions and against one `logsumexp` over both; for models that are apart (KL about
  0.005 nats a token) and for close ones (below 0.001, where Jensen-Shannon divergence takes
  a second pass).
- memory: peak of a fresh process that scores T tokens in windows of 512, over that of the
  shortest text; and what one (T, V) array in float32 would take. (Without windows, attention
  over T x T is the models' own.)
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from bench.decode import VOCABULARY, models
from fairviz.inference.scoring import score
from fairviz.metrics.fused import reduce
from fairviz.models.handles import Reader

TOKENS, ROWS = 438, 32
LENGTHS = (4096, 8192, 16384)
CONTEXT = 512


def text(size: int) -> list[int]:
    """Token ids of a text of this many scored tokens."""
    ids: list[int] = torch.randint(
        0, VOCABULARY, (size + 1,), generator=torch.Generator().manual_seed(2)
    ).tolist()
    return ids


def plain(p: torch.Tensor, q: torch.Tensor, targets: torch.Tensor) -> None:
    """Every measure by the expressions that one would write first."""
    log_p, log_q = p.log_softmax(-1), q.log_softmax(-1)
    p, q = log_p.exp(), log_q.exp()
    log_m = ((p + q) / 2).log()
    (-(p * log_p).sum(-1), -(q * log_q).sum(-1))
    ((p * (log_p - log_q)).sum(-1), (q * (log_q - log_p)).sum(-1))
    ((p * (log_p - log_m)).sum(-1) + (q * (log_q - log_m)).sum(-1)) / 2
    for log in (log_p, log_q):
        own = log.gather(1, targets[:, None])
        (1 + (log > own).sum(-1), log.topk(10, dim=-1))


def medians(ways: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median seconds of each way, interleaved."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    with torch.inference_mode():
        for number in range(repeats + 1):
            for name, way in ways.items():
                began = time.perf_counter()
                way()
                if torch.cuda.is_available():
                    torch.cuda.synchronize()
                if number:  # the first round warms up
                    times[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in times.items()}


def scoring(device: str, repeats: int) -> dict[str, float]:
    pair = models(device, torch.float32)
    ids = text(TOKENS)
    whole = torch.tensor([ids], device=device)
    readers = [Reader(model, None) for model in pair]

    def bare() -> None:
        for model in pair:
            model(input_ids=whole, use_cache=False).logits  # noqa: B018

    found = medians(
        {
            "bare": bare,
            "score": lambda: list(score(*readers, [ids], width=VOCABULARY)),
        },
        repeats,
    )
    return {
        "score / two bare forwards": round(found["score"] / found["bare"], 2),
        "bare_seconds": round(found["bare"], 2),
        "score_seconds": round(found["score"], 2),
    }


def reduction(device: str, repeats: int) -> dict[str, dict[str, float]]:
    out = {}
    for name, apart in (("apart", 0.1), ("close", 0.01)):
        torch.manual_seed(0)
        p = torch.randn(ROWS, VOCABULARY, device=device) * 3
        q = p + torch.randn_like(p) * apart
        targets = torch.multinomial(p.softmax(-1), 1)[:, 0]
        inputs = (p, q, targets)

        def all_of(inputs: tuple[torch.Tensor, ...] = inputs) -> object:
            return reduce(*inputs)

        def sums(inputs: tuple[torch.Tensor, ...] = inputs) -> object:
            return inputs[0].logsumexp(-1), inputs[1].logsumexp(-1)

        # Each against the same reduction, two by two: a way that asks for a gigabyte of fresh
        # memory slows down whatever comes after it.
        first = medians({"sums": sums, "reduce": all_of}, 3 * repeats)
        second = medians(
            {"plain": lambda inputs=inputs: plain(*inputs), "reduce": all_of}, 3 * repeats
        )
        out[name] = {
            "plain / reduction": round(second["plain"] / second["reduce"], 1),
            "reduction / logsumexp of both": round(first["reduce"] / first["sums"], 2),
            "reduction_milliseconds": round(1e3 * first["reduce"], 1),
        }
    return out


def peak_megabytes(size: int) -> float:
    """Peak resident memory of scoring a text in this process, in MB, without making the models."""
    pair = models("cpu", torch.float32)
    ids = text(size)
    Path("/proc/self/clear_refs").write_text("5")
    readers = [Reader(model, CONTEXT) for model in pair]
    list(score(*readers, [ids], width=VOCABULARY))
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1e3


def memory() -> dict[str, dict[str, int]]:
    peaks = {
        size: float(
            subprocess.run(
                [sys.executable, "-m", "bench.score", "--peak", str(size)],
                check=True, capture_output=True, text=True,
            ).stdout
        )
        for size in LENGTHS
    }  # fmt: skip
    return {
        f"{size} tokens": {
            "peak_mb": round(peak),
            "over_the_shortest_mb": round(peak - peaks[LENGTHS[0]]),
            "one_whole_array_mb": round(size * VOCABULARY * 4 / 1e6),
        }
        for size, peak in peaks.items()
    }


def main() -> None:
    """Print one JSON object with the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--peak", type=int, help="print the peak memory of this many tokens only")
    arguments = parser.parse_args()
    if arguments.peak:
        print(peak_megabytes(arguments.peak))
        return
    print(
        json.dumps(
            {
                "device": arguments.device,
                "threads": torch.get_num_threads(),
                "torch": torch.__version__,
                "reduction": reduction(arguments.device, arguments.repeats),
                "scoring": scoring(arguments.device, arguments.repeats),
                "memory": memory(),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
