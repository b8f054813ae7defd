"""Whether a device makes and runs every compression method, and gives the CPU's numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from bench.gpu import plain
from bench.gpu.lines import DIFFERS, OK, SKIPPED, Line, Section, within
from bench.gpu.numbers import SAME
from bench.gpu.pairs import Checkpoint
from fairviz.compression.registry import METHODS, method_of
from fairviz.core.errors import BadSpec, MissingPackage
from fairviz.core.specs import ModelSpec
from fairviz.models.loading import load
from fairviz.models.making import make
from fairviz.models.memory import collect
from fairviz.models.tokenizer import read_tokenizer

# Groups of 32 fit every width here.
_GROUPED = ("gptq", "awq", "rtn")
# These round what a layer reads: where a rounding tips, a device moves them by a share of what
# compression does, no more.
_ROUNDS_ACTIVATIONS = ("int8", "smoothquant")
_SHARE = 0.2
# A form made on the device, in its own number type, is another one than that made on the CPU.
_MADE_ALIKE = 2.0


def forms() -> list[str]:
    """The usual form of every method but `none`."""
    usual = {name: (method.forms or (name,))[0] for name, method in METHODS.items()}
    return [
        f"{form}:32" if name in _GROUPED else form for name, form in usual.items() if name != "none"
    ]


def methods(checkpoint: Checkpoint, device: str, folder: Path, seconds: float) -> Section:
    """Each method's usual form: made on the device, then read there and on the CPU."""

    def lines(left: Callable[[], float]) -> Iterator[Line]:
        baseline = _log_p(ModelSpec(str(checkpoint.folder)), checkpoint, "cpu")
        longest = 0.0
        for form in forms():
            what = f"{form}, {checkpoint.name}"
            if left() < 1.5 * longest:
                yield Line(what, SKIPPED, why=f"would run over: {left():.0f} s left")
                continue
            began = time.monotonic()
            yield from _form(form, what, checkpoint, device, folder, baseline)
            longest = max(longest, time.monotonic() - began)

    return Section(f"methods, {checkpoint.name}", seconds, lines)


def _form(
    form: str,
    what: str,
    checkpoint: Checkpoint,
    device: str,
    folder: Path,
    baseline: torch.Tensor,
) -> Iterator[Line]:
    spec = ModelSpec.parse(f"{checkpoint.folder}+{form}")
    try:
        method = method_of(spec.compression, device)
        compressed = _made(spec, checkpoint, device, folder) if method.made else spec
    except (MissingPackage, BadSpec) as refusal:
        yield Line(what, SKIPPED, why=str(refusal))
        return
    on_device = _log_p(compressed, checkpoint, device)
    # On a CPU it is read again, which holds that reading is the same each time.
    on_cpu = _log_p(compressed, checkpoint, "cpu")
    moved = _js(on_device, on_cpu)
    done = _js(baseline, on_cpu)
    if not done > 0:
        yield Line(what, DIFFERS, f"{done:.2g} nats", "compression changed nothing")
    elif method.name in _ROUNDS_ACTIVATIONS:
        note = f"mean JS of device and CPU over that of baseline and form, {done:.2g} nats"
        yield within(what, moved / done, _SHARE, "of its effect", note)
    else:
        apart = float((on_device - on_cpu).abs().nan_to_num(nan=1e9).max())
        yield within(what, apart, SAME, "nats", "any log-probability against the CPU's")
    if method.made and device != "cpu" and checkpoint.name == "tiny":
        there = _log_p(_made(spec, checkpoint, "cpu", folder), checkpoint, "cpu")
        ratio = done / _js(baseline, there)
        alike = 1 / _MADE_ALIKE <= ratio <= _MADE_ALIKE
        yield Line(
            f"{what}, made here over made on the CPU",
            OK if alike else DIFFERS,
            f"{ratio:.2f} of its effect",
            f"{1 / _MADE_ALIKE:g} to {_MADE_ALIKE:g} times the mean JS of baseline and form",
        )


def _made(spec: ModelSpec, checkpoint: Checkpoint, device: str, folder: Path) -> ModelSpec:
    out = folder / f"{checkpoint.name}-{str(spec.compression).replace(':', '-')}-{device}"
    make(spec, device=device, calibration=checkpoint.calibration, out=out)
    collect()
    return ModelSpec(str(out))


def _log_p(spec: ModelSpec, checkpoint: Checkpoint, device: str) -> torch.Tensor:
    """(T, V) log-probabilities of a form along the text, in float64 on the CPU."""
    folder = Path(spec.source)
    tokenizer = read_tokenizer(replace(spec, compression=type(spec.compression)()), folder)
    loaded = load(spec, folder, tokenizer, device=device, dtype="float32")
    model: Any = loaded.model
    with torch.inference_mode():
        logits = model(torch.tensor([checkpoint.ids], device=device), use_cache=False).logits[0]
    found = logits.cpu().double().log_softmax(-1)
    del loaded, model
    collect()
    return found


def _js(p: torch.Tensor, q: torch.Tensor) -> float:
    targets = torch.zeros(len(p), dtype=torch.long)
    return float(plain.of_logits(p, q, targets).values["js"].mean())
