"""The memory of a pair of which one model at a time is on the device."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from bench.gpu.lines import DIFFERS, OK, SKIPPED, Line, Section, within
from fairviz.inference.scoring import _reduced
from fairviz.inference.split_forward import Halves
from fairviz.models.devices import free_memory
from fairviz.models.memory import collect

TOKENS = 512
# A second model beside the first would be 1.
_MOST = 0.25


class Shape(NamedTuple):
    """A model's size; weights are random."""

    name: str
    hidden: int
    inner: int
    layers: int
    heads: int
    words: int

    @property
    def parameters(self) -> int:
        """How many weights the matrices have."""
        inside = 4 * self.hidden**2 + 3 * self.hidden * self.inner
        return self.layers * inside + 2 * self.words * self.hidden


SEVEN = Shape("7B-shaped", 4096, 11_008, 32, 32, 32_000)
TINY = Shape("tiny", 64, 128, 2, 4, 320)


def in_turn(device: str, dtype: str) -> Section:
    """A text read by one random model, then by another in its place, and both compared."""

    def lines(left: Callable[[], float]) -> Iterator[Line]:
        yield from _read(TINY, device, dtype)
        needed = SEVEN.parameters * getattr(torch, dtype).itemsize * 1.2
        free = free_memory(device)
        if device != "cuda":
            yield Line(f"{SEVEN.name} pair", SKIPPED, why="no GPU")
        elif free < needed:
            sizes = f"{needed / 1e9:.0f} GB are needed and {free / 1e9:.0f} GB are free"
            yield Line(f"{SEVEN.name} pair", SKIPPED, why=sizes)
        elif left() < 60:
            yield Line(f"{SEVEN.name} pair", SKIPPED, why=f"would run over: {left():.0f} s left")
        else:
            yield from _read(SEVEN, device, dtype)

    return Section("a pair in turn", 10, lines)


def _read(shape: Shape, device: str, dtype: str) -> Iterator[Line]:
    """Both models' hidden states are what is kept; the second's head gives both their logits."""
    collect()
    before = torch.cuda.memory_allocated() if device == "cuda" else 0
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    ids = torch.arange(TOKENS)[None] % shape.words
    logits, alive, weights = [], [], 0
    for seed in (0, 1):
        model = _random(shape, seed, device, dtype)
        alive.append(weakref.ref(model))
        weights = sum(one.numel() * one.element_size() for one in model.parameters())
        with torch.inference_mode():
            halves = Halves(model)
            hidden = halves.hidden(ids.to(device))[0]
            logits.append(halves.logits(hidden).to("cpu", torch.bfloat16, copy=True))
        del model, halves, hidden
        gc.collect()
        collect()
    what = f"{shape.name} pair, {dtype}"
    gone = all(reference() is None for reference in alive)
    yield Line(
        f"{what}, each model gone before the next",
        OK if gone else DIFFERS,
        f"{sum(reference() is not None for reference in alive)} left",
        f"weights {weights / 1e9:.2f} GB each",
    )
    with torch.inference_mode():
        p, q = (one.to(device) for one in logits)
        kl = float(_reduced(p, q, ids[0].to(device), 10).kl.mean())
    yield Line(
        f"{what}, compared",
        OK if kl > 0 else DIFFERS,
        f"KL {kl:.3g} nats",
        "more than 0: two models",
    )
    if device == "cuda":
        over = (torch.cuda.max_memory_allocated() - before) / weights - 1
        if shape == SEVEN:
            yield within(f"{what}, peak over one model's weights", over, _MOST, "of them")


def _random(shape: Shape, seed: int, device: str, dtype: str) -> Any:
    config = LlamaConfig(
        vocab_size=shape.words,
        hidden_size=shape.hidden,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
    )
    torch.manual_seed(seed)
    usual = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        with torch.device(device):
            model = LlamaForCausalLM(config)
    finally:
        torch.set_default_dtype(usual)
    return model.eval().requires_grad_(False)
