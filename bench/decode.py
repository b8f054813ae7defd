"""Paired decoding with every measure against bare `generate` and against the usual way.

Run as `python -m bench.decode`. A random 150 M-parameter BLOOM with the real 250,880-word
vocabulary and a copy of it with noise on the weights write 48 tokens each after a prompt
of 16, in three ways, interleaved and repeated in one process; the ratios of the medians
are what counts. Peak memory is of one fresh process a way.

- bare: `generate(do_sample=False)` of each model alone; nothing is measured.
- paired: `decode.write_in_pair`, every measure on both texts under both models.
- usual: both `generate` calls, then both texts are read by both models and the measures
  are taken with the plain torch expressions.
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
from typing import Any

import torch
from transformers import BloomConfig, BloomForCausalLM

from fairviz.core.specs import Decoding
from fairviz.inference.paired_decoding import write_in_pair
from fairviz.models.handles import Writer

VOCABULARY, PROMPT, NEW = 250_880, 16, 48


def models(device: str, dtype: torch.dtype) -> tuple[BloomForCausalLM, BloomForCausalLM]:
    """Two models that diverge early, so that most steps run both contexts."""
    torch.manual_seed(0)
    config = BloomConfig(
        vocab_size=VOCABULARY, hidden_size=512, n_layer=7, n_head=8, eos_token_id=None
    )
    pair = []
    for noise in (0.0, 0.02):
        torch.manual_seed(1)
        model = BloomForCausalLM(config).eval()
        with torch.no_grad():
            for weight in model.transformer.h.parameters():
                # At its initial scale the head only echoes the last token.
                if weight.dim() > 1:
                    weight.mul_(6)
                weight.add_(torch.randn_like(weight), alpha=noise)
        pair.append(model.to(device=device, dtype=dtype))
    return pair[0], pair[1]


def bare(pair: tuple[Any, Any], prompt: torch.Tensor) -> list[torch.Tensor]:
    return [
        model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            do_sample=False,
            max_new_tokens=NEW,
            min_new_tokens=NEW,
            pad_token_id=0,
        )
        for model in pair
    ]


def paired(pair: tuple[Any, Any], prompt: torch.Tensor) -> int:
    writers = [Writer(model, frozenset()) for model in pair]
    steps = list(
        write_in_pair(*writers, prompt[0].tolist(), Decoding(max_new_tokens=NEW), VOCABULARY)
    )
    return sum(
        step.on_baseline is not None
        and step.on_compressed is not None
        and step.on_baseline.token_id != step.on_compressed.token_id
        for step in steps
    )


def usual(pair: tuple[Any, Any], prompt: torch.Tensor) -> None:
    with torch.inference_mode():
        for text in bare(pair, prompt):
            log_p, log_q = (
                model(text[:, :-1]).logits[0, PROMPT - 1 :].float().log_softmax(-1)
                for model in pair
            )
            picked = text[0, PROMPT:, None]
            p, q = log_p.exp(), log_q.exp()
            mixture = torch.logaddexp(log_p, log_q) - torch.log(torch.tensor(2.0))
            ((p * (log_p - mixture)).sum(-1) + (q * (log_q - mixture)).sum(-1)).mul(0.5)
            (p * (log_p - log_q)).sum(-1), (q * (log_q - log_p)).sum(-1)
            for log in (log_p, log_q):
                value = log.gather(-1, picked)
                (-(log.exp() * log).sum(-1), 1 + (log > value).sum(-1), log.topk(10, dim=-1))


WAYS: dict[str, Callable[[tuple[Any, Any], torch.Tensor], object]] = {
    "bare": bare,
    "paired": paired,
    "usual": usual,
}


def seconds(way: str, pair: tuple[Any, Any], prompt: torch.Tensor) -> float:
    began = time.perf_counter()
    WAYS[way](pair, prompt)
    if prompt.is_cuda:
        torch.cuda.synchronize()
    return time.perf_counter() - began


def peak_megabytes(way: str, device: str) -> float:
    """Peak memory of one way in this process, in MB: of the device, else resident.

    The peak of making the models is forgotten first.
    """
    pair = models(device, torch.float32)
    prompt = torch.arange(PROMPT, device=device)[None] * 1000
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        WAYS[way](pair, prompt)
        return torch.cuda.max_memory_allocated() / 1e6
    Path("/proc/self/clear_refs").write_text("5")
    WAYS[way](pair, prompt)
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1e3


def main() -> None:
    """Print one JSON object with the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--peak", choices=WAYS, help="print the peak memory of one way only")
    arguments = parser.parse_args()
    if arguments.peak:
        print(peak_megabytes(arguments.peak, arguments.device))
        return
    peaks = {
        way: float(
            subprocess.run(
                [sys.executable, "-m", "bench.decode", "--peak", way, "--device", arguments.device],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
        )
        for way in WAYS
    }
    pair = models(arguments.device, torch.float32)
    prompt = torch.arange(PROMPT, device=arguments.device)[None] * 1000
    apart = paired(pair, prompt)
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(arguments.repeats):
        for way in WAYS:
            times[way].append(seconds(way, pair, prompt))
    medians = {way: statistics.median(values) for way, values in times.items()}
    print(
        json.dumps(
            {
                "device": arguments.device,
                "threads": torch.get_num_threads(),
                "torch": torch.__version__,
                "parameters_millions": round(pair[0].num_parameters() / 1e6),
                "steps_with_two_contexts": apart,
                "paired / bare": round(medians["paired"] / medians["bare"], 3),
                "usual / paired": round(medians["usual"] / medians["paired"], 3),
                "bare_seconds": [round(value, 2) for value in times["bare"]],
                "paired_seconds": [round(value, 2) for value in times["paired"]],
                "usual_seconds": [round(value, 2) for value in times["usual"]],
                "peak_mb": {way: round(peak) for way, peak in peaks.items()},
                "peak_mb_paired_over_bare": round(peaks["paired"] - peaks["bare"]),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
