"""How fast a device is beside what it could be: two bare generates, and its memory's bandwidth."""

from __future__ import annotations

import copy
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch

from bench.gpu.lines import OK, SKIPPED, Line, Section
from bench.gpu.pairs import Checkpoint, with_noise
from fairviz.core.specs import Decoding
from fairviz.inference.paired_decoding import write_in_pair
from fairviz.inference.scoring import reduced
from fairviz.models.handles import Writer

PROMPT, NEW, REPEATS = 16, 48, 3
# Rows of logits that are reduced, and the words of the vocabulary.
ROWS, WORDS = {"cuda": 512, "cpu": 32, "mps": 32}, 250_880
COPIED = {"cuda": 2**31, "cpu": 2**27, "mps": 2**29}


def generating(checkpoint: Checkpoint, device: str, dtype: str, seconds: float) -> Section:
    """Paired decoding with every measure over two bare `generate` calls of the same lengths."""

    def lines(_left: Callable[[], float]) -> Iterator[Line]:
        pair = [
            copy.deepcopy(model).to(device=device, dtype=getattr(torch, dtype))
            for model in with_noise(checkpoint.folder)
        ]
        for model in pair:
            model.generation_config.eos_token_id = None
        prompt = torch.tensor([checkpoint.ids[:PROMPT]], device=device)
        ways = {"bare": lambda: _bare(pair, prompt), "paired": lambda: _paired(pair, prompt)}
        times: dict[str, list[float]] = {name: [] for name in ways}
        for repeat in range(REPEATS + 1):
            for name, way in ways.items():
                spent = _seconds(way, device)
                if repeat:  # the first warms up
                    times[name].append(spent)
        medians = {name: statistics.median(values) for name, values in times.items()}
        what = f"{checkpoint.name}, {dtype}, {NEW} tokens each"
        ratio = f"{medians['paired'] / medians['bare']:.2f} times two bare generates"
        per_step = ", ".join(f"{name} {1e3 * medians[name] / NEW:.1f} ms a step" for name in ways)
        yield Line(f"paired decoding, {what}", OK, ratio, f"{per_step}; no limit here")
        yield _waits(pair, prompt, device, checkpoint.name)

    return Section(f"speed of decoding, {checkpoint.name}", seconds, lines)


def _bare(pair: list[Any], prompt: torch.Tensor) -> None:
    for model in pair:
        model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            do_sample=False,
            max_new_tokens=NEW,
            min_new_tokens=NEW,
            pad_token_id=0,
        )


def _paired(pair: list[Any], prompt: torch.Tensor) -> int:
    writers = [Writer(model, frozenset()) for model in pair]
    decoding = Decoding(max_new_tokens=NEW)
    width = pair[0].config.vocab_size
    return len(list(write_in_pair(*writers, prompt[0].tolist(), decoding, width)))


def _waits(pair: list[Any], prompt: torch.Tensor, device: str, name: str) -> Line:
    """How often a step of paired decoding waits for the device to tell something."""
    what = f"waits for the device a step, {name}"
    if device != "cuda":
        return Line(what, SKIPPED, why="only CUDA counts them")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            steps = _paired(pair, prompt)
        finally:
            torch.cuda.set_sync_debug_mode("default")
    waits = sum("synchroniz" in str(one.message) for one in heard)
    return Line(what, OK, f"{waits / steps:.1f} a step", "no limit here")


def bandwidth(device: str, dtype: str) -> Section:
    """The reduction's logits a second, beside the bytes a second of a plain copy."""

    def lines(_left: Callable[[], float]) -> Iterator[Line]:
        whole = torch.zeros(COPIED[device], dtype=torch.uint8, device=device)
        into = torch.empty_like(whole)
        copied = 2 * whole.numel() / _median(lambda: into.copy_(whole), device)
        yield Line("a copy, read and written", OK, f"{copied / 1e9:.0f} GB/s", "what memory gives")
        readings = 2 if device == "cuda" else 1
        for kind in dict.fromkeys(("float32", dtype)):
            torch.manual_seed(0)
            p = torch.randn(ROWS[device], WORDS, device=device).to(getattr(torch, kind))
            q = p + 0.1 * torch.randn_like(p)
            targets = p.argmax(-1)
            spent = _median(lambda p=p, q=q, targets=targets: reduced(p, q, targets, 10), device)
            read = readings * 2 * p.numel() * p.element_size() / spent
            yield Line(
                f"reduction of {ROWS[device]} rows of {WORDS:,} words, {kind}",
                OK,
                f"{read / copied:.0%} of the copy's bandwidth",
                f"{1e3 * spent:.2f} ms; each logit read {('once', 'twice')[readings - 1]}",
            )

    return Section("bandwidth", 40, lines)


def _median(way: Callable[[], object], device: str) -> float:
    with torch.inference_mode():
        _seconds(way, device)
        return statistics.median(_seconds(way, device) for _repeat in range(5))


def _seconds(way: Callable[[], object], device: str) -> float:
    began = time.perf_counter()
    way()
    if device != "cpu":
        torch.accelerator.synchronize()
    return time.perf_counter() - began
