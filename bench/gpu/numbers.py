"""Whether a device gives the numbers of the CPU's float32: reduction, scoring, decoding."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import torch

from bench.gpu import plain
from bench.gpu.lines import DIFFERS, OK, SKIPPED, Line, Section, within
from bench.gpu.pairs import Checkpoint, with_noise
from fairviz.core.specs import Decoding
from fairviz.inference import paired_decoding, scoring
from fairviz.inference.gumbel import gumbel
from fairviz.metrics import fused
from fairviz.models.handles import Reader, Writer

# In nats: float32 sums in another order, through all layers; half precision's own rounding.
SAME, HALF = 1e-3, 0.1
# Of a distance between the two models, with so many nats added to it.
SHARE, FLOOR = 5e-3, 1e-4
# The same where both begin with the same logits.
REDUCED, REDUCED_SHARE, REDUCED_FLOOR = 2e-6, 2e-4, 1e-7
PROMPT, NEW = 16, 24


def reduction(device: str) -> Section:
    """Both forms of the fused reduction against float64, on logits alone."""

    def lines(_left: Callable[[], float]) -> Iterator[Line]:
        for name, form, most in _forms(device):
            if isinstance(form, str):
                yield Line(name, SKIPPED, why=form)
                continue
            worst: dict[str, tuple[float, str]] = {}
            cases = _logits(most)
            for title, (p, q, targets) in cases.items():
                with torch.inference_mode():
                    found = form(*(one.to(device) for one in (p, q, targets)))
                expected = plain.of_logits(p, q, targets)
                for kind, (apart, field) in plain.farthest(found, expected, REDUCED_FLOOR).items():
                    here = (apart, f"{field}, {title}")
                    worst[kind] = max(worst.get(kind, here), here)
            yield from _held(name, worst, REDUCED, REDUCED_SHARE)
            small, _, targets = cases["320 words, near"]
            with torch.inference_mode():
                own = form(small.to(device), small.to(device), targets.to(device))
            none = float((own.kl.abs() + own.kl_reverse.abs() + own.js.abs()).max())
            yield within(f"{name}, a model against itself", none, 0.0, "nats")

    return Section("reduction", 40, lines)


def _forms(device: str) -> Iterator[tuple[str, Any, int]]:
    """Name, the function or why there is none, and the widest vocabulary it is asked."""
    yield "plain torch form", fused.reduce, 250_880
    try:
        import triton  # noqa: F401
    except ImportError:
        yield "CUDA form", "triton is not installed", 0
        return
    from fairviz.metrics import fused_cuda

    if device == "cuda":
        able = fused_cuda.available(torch.zeros(1, device=device))
        missing = "its kernels need a C compiler and a GPU of compute capability 7.0"
        yield "CUDA form", fused_cuda.reduce_cuda if able else missing, 250_880
    else:
        interpreted = hasattr(fused_cuda._survey_block, "rewrite")
        why = "no GPU, and triton was imported without its interpreter"
        yield (
            "CUDA form, in triton's interpreter",
            fused_cuda.reduce_cuda if interpreted else why,
            320,
        )


def _logits(most: int) -> dict[str, tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Title -> logits of both models and targets, for vocabularies of up to `most` words."""
    out = {}
    for width in (320, 50_257, 250_880):
        for title, apart in (("near", 1e-3), ("apart", 0.3), ("far", 4.0)):
            if width > most:
                continue
            generator = torch.Generator().manual_seed(width)
            p = torch.randn(8, width, generator=generator) * 3
            q = p + torch.randn(8, width, generator=generator) * apart
            targets = torch.randint(0, width, (8,), generator=generator)
            out[f"{width:,} words, {title}"] = (p, q, targets)
    return out


def reading(checkpoint: Checkpoint, device: str, half: str, seconds: float) -> Section:
    """A text scored on the device, in float32 and in the device's own type."""

    def lines(_left: Callable[[], float]) -> Iterator[Line]:
        pair = with_noise(checkpoint.folder)
        expected = plain.of_text(pair, checkpoint.ids)
        for dtype in dict.fromkeys(("float32", half)):
            (_, found), *_rest = scoring.score(
                *(Reader(_on(model, device, dtype), None) for model in pair),
                [checkpoint.ids],
                width=pair[0].config.vocab_size,
            )
            what = f"score, {checkpoint.name}, {dtype}"
            if dtype == "float32":
                yield from _held(what, plain.farthest(found, expected, FLOOR), SAME, SHARE)
                wrong = plain.misranked(found, expected, SAME)
                yield within(f"{what}, ranks", wrong, 0, "wrong")
                continue
            for side in ("baseline", "compressed"):
                own = torch.as_tensor(getattr(found, side).log_prob)
                moved = float((own - expected.values[f"{side} log_prob"]).abs().mean())
                yield within(f"{what}, {side}, mean of a log-probability", moved, HALF, "nats")

    return Section(f"scoring, {checkpoint.name}", seconds, lines)


def writing(checkpoint: Checkpoint, device: str, seconds: float) -> Section:
    """Texts written by a pair on the device, each token held against the CPU's own choice."""

    def lines(_left: Callable[[], float]) -> Iterator[Line]:
        pair = with_noise(checkpoint.folder)
        writers = [Writer(_on(model, device, "float32"), frozenset()) for model in pair]
        width = pair[0].config.vocab_size
        for title, decoding in (
            ("greedy", Decoding(max_new_tokens=NEW)),
            ("drawn", Decoding(max_new_tokens=NEW, temperature=1.0, seed=5)),
        ):
            steps = list(
                paired_decoding.write_in_pair(*writers, checkpoint.ids[:PROMPT], decoding, width)
            )
            yield from _texts(checkpoint, pair, steps, decoding, f"{title}, {checkpoint.name}")

    return Section(f"decoding, {checkpoint.name}", seconds, lines)


def _texts(
    checkpoint: Checkpoint,
    pair: tuple[Any, Any],
    steps: list[paired_decoding.Step],
    decoding: Decoding,
    what: str,
) -> Iterator[Line]:
    """Both texts of a decoding, read by the CPU: its choices, and the measures at each of them."""
    short, different = 0.0, 0
    worst: dict[str, tuple[float, str]] = {}
    for who, side in enumerate(("on_baseline", "on_compressed")):
        read = [getattr(step, side) for step in steps]
        written = [one.token_id for one in read]
        whole = plain.of_text(pair, [*checkpoint.ids[:PROMPT], *written])
        logits = tuple(one[-len(written) :] for one in whole.logits)
        expected = plain.of_logits(*logits, torch.tensor(written))
        for name in plain.OF_TEXTS:
            del expected.values[name]
        for place, token_id in enumerate(written):
            scores = logits[who][place].log_softmax(-1)
            if not decoding.greedy:
                scores = scores + gumbel(decoding.seed, place, len(scores))
            short = max(short, float(scores.max() - scores[token_id]))
            different += int(scores.argmax() != token_id)
        for kind, here in plain.farthest(_columns(read), expected, FLOOR).items():
            worst[kind] = max(worst.get(kind, here), here)
    note = f"{different} of {2 * len(steps)} tokens are others than the CPU's, as near as this"
    yield within(f"{what}, the CPU's best token over the one written", short, SAME, "nats", note)
    yield from _held(what, worst, SAME, SHARE)
    full = len(steps) == decoding.max_new_tokens
    yield Line(f"{what}, length", OK if full else DIFFERS, f"{len(steps)} tokens", f"{NEW} tokens")


def _columns(read: list[Any]) -> SimpleNamespace:
    """Readings of single tokens, each measure as one column."""
    sides = {
        side: SimpleNamespace(
            **{
                name: torch.tensor([getattr(getattr(one, side), name) for one in read])
                for name in ("log_prob", "entropy", "margin")
            }
        )
        for side in ("baseline", "compressed")
    }
    distances = {
        name: torch.tensor([getattr(one, name) for one in read], dtype=torch.float64)
        for name in ("kl", "kl_reverse", "js")
    }
    return SimpleNamespace(**sides, **distances)


def _held(
    what: str, worst: dict[str, tuple[float, str]], nats: float, share: float
) -> Iterator[Line]:
    """The largest differences that `plain.farthest` found, against their limits."""
    (own, field), (distance, name) = worst["own"], worst["distances"]
    yield within(f"{what}, both models' measures", own, nats, "nats", field)
    yield within(f"{what}, distances", distance, share, "of the distance", name)


def _on(model: Any, device: str, dtype: str) -> Any:
    return copy.deepcopy(model).to(device=device, dtype=getattr(torch, dtype))
