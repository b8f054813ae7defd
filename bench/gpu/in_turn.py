"""The memory of a pair of which one model at a time is on the device."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from bench.gpu.lines import DIFFERS, OK, SKIPPED, Line, Section, within
from fairviz.compression.layers import blocks
from fairviz.inference.scoring import score
from fairviz.models.devices import free_memory
from fairviz.models.handles import Reader
from fairviz.models.kept import Readings
from fairviz.models.memory import collect
from fairviz.models.turns import is_away, make_room, take_turns

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
    """As the product does it: the baseline's readings are kept, and its layers make room."""
    collect()
    before = torch.cuda.memory_allocated() if device == "cuda" else 0
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    models = []
    for seed in (1, 0):  # the baseline last, since it reads first
        make_room(None, device)
        model = _random(shape, seed, device, dtype)
        take_turns(model, partial(_random, shape, seed, device, dtype))
        models.append(model)
    compressed, baseline = (Reader(model, None) for model in models)
    del model, models
    weights = sum(one.nbytes for one in baseline.model.parameters())
    layer = weakref.ref(blocks(baseline.model)[1][0])
    kept = baseline._replace(readings=Readings())
    kept.readings.begin(free_memory("cpu") // 2)
    texts = [(torch.arange(TOKENS + 1) % shape.words).tolist()]
    for _rest in score(kept, kept, texts, width=shape.words):
        pass
    ((_rest, found),) = score(kept, compressed, texts, width=shape.words)
    what = f"{shape.name} pair, {dtype}"
    gone = layer() is None and is_away(baseline.model) and not is_away(compressed.model)
    yield Line(
        f"{what}, each model gone before the next",
        OK if gone and kept.readings.made == 1 else DIFFERS,
        f"{kept.readings.made} reading of the baseline",
        f"weights {weights / 1e9:.2f} GB each",
    )
    if device == "cuda" and shape == SEVEN:
        over = (torch.cuda.max_memory_allocated() - before) / weights - 1
        yield within(f"{what}, peak over one model's weights", over, _MOST, "of them")
    kl = float(found.kl.mean())
    usual, right = kl > 0, "more than 0: two models"
    if shape == TINY:
        two = (Reader(_random(shape, seed, device, dtype), None) for seed in (0, 1))
        ((_rest, together),) = score(*two, texts, width=shape.words)
        usual, right = (
            bool((found.kl == together.kl).all()),
            "those of the pair together, bit for bit",
        )
    yield Line(f"{what}, compared", OK if usual else DIFFERS, f"KL {kl:.3g} nats", right)


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
