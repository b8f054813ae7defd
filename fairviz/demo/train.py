"""Trains the bundled model or its student: `python -m fairviz.demo.train [--student]`."""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

from fairviz.demo import architecture, tokenizer
from fairviz.demo.batches import IGNORED, batches

if TYPE_CHECKING:
    import torch
    from transformers import BloomForCausalLM, PreTrainedTokenizerFast

MODELS = Path(__file__).parents[2] / "cache" / "models"
TOKENS_PER_STEP = 2048
PEAK_RATE = 3e-3
WARM_UP, CHECKPOINT_SECONDS = 200, 240.0


def learning_rate(progress: float, step: int) -> float:
    """Warm-up over the first steps, then a cosine to nearly zero; `progress` is in [0, 1]."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
    return PEAK_RATE * min(1.0, (step + 1) / WARM_UP) * (0.005 + 0.995 * cosine)


def text_loss(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean surprisal of the text in nats per token; logits (B, T, V), targets (B, T)."""
    from torch.nn.functional import cross_entropy

    vocabulary = logits.shape[-1]
    return cross_entropy(
        logits[:, :-1].reshape(-1, vocabulary).float(),
        targets[:, 1:].reshape(-1),
        ignore_index=IGNORED,
    )


def teacher_loss(logits: torch.Tensor, taught: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean KL(teacher || student) in nats over the tokens that have a target."""
    from torch.nn.functional import kl_div, log_softmax

    counted = targets[:, 1:] != IGNORED
    student = log_softmax(logits[:, :-1][counted].float(), dim=-1)
    teacher = log_softmax(taught[:, :-1][counted].float(), dim=-1)
    return kl_div(student, teacher, reduction="batchmean", log_target=True)


def save(model: BloomForCausalLM, words: PreTrainedTokenizerFast, folder: Path) -> None:
    """Weights in float16 and tokenizer, written where the loader finds them."""
    import copy

    half = copy.deepcopy(model).cpu().half()
    half.save_pretrained(folder)
    words.save_pretrained(folder)


def train(
    output: Path,
    *,
    minutes: float,
    steps: int | None,
    device: str,
    seed: int,
    teacher_folder: Path | None = None,
) -> None:
    """Trains for `minutes`, or for `steps` where given, and saves to `output`.

    With a teacher the smaller size is trained on the teacher's distributions and tokenizer.
    Progress is printed, and a checkpoint is kept beside the output every few minutes.
    """
    import torch
    from torch import nn
    from transformers import BloomForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(seed)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    teacher: BloomForCausalLM | None = None
    if teacher_folder is None:
        words, size = tokenizer.build(seed), architecture.DEMO
    else:
        words, size = PreTrainedTokenizerFast.from_pretrained(teacher_folder), architecture.STUDENT
        teacher = BloomForCausalLM.from_pretrained(teacher_folder, dtype=torch.float32).to(device)  # type: ignore[arg-type]
    model = architecture.build(size, len(words), words.eos_token_id).to(device)  # type: ignore[arg-type]
    for each in filter(None, (model, teacher)):
        for block in each.transformer.h:  # same function as BLOOM's own, in one kernel
            block.mlp.gelu_impl = nn.GELU(approximate="tanh")
    matrices = [p for p in model.parameters() if p.ndim == 2]
    vectors = [p for p in model.parameters() if p.ndim == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}],
        betas=(0.9, 0.98),
    )
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters on {device}", flush=True)
    start = saved = time.monotonic()
    seen = 0
    for step, (ids, targets) in enumerate(batches(words, seed, TOKENS_PER_STEP)):
        elapsed = time.monotonic() - start
        progress = step / steps if steps else elapsed / (60 * minutes)
        if progress >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(progress, step)
        ids, targets = ids.to(device), targets.to(device)
        with torch.autocast(device, torch.bfloat16):
            logits = model(ids, use_cache=False).logits
        if teacher is None:
            loss = text_loss(logits, targets)
        else:
            with torch.no_grad(), torch.autocast(device, torch.bfloat16):
                taught = teacher(ids, use_cache=False).logits
            loss = teacher_loss(logits, taught, targets)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        seen += ids.numel()
        if step % 100 == 0:
            left = elapsed * (1 - progress) / progress if progress else 0.0
            print(
                f"step {step} loss {loss.item():.4f} {seen / max(elapsed, 1e-9):,.0f} tokens/s "
                f"{progress:.0%}, {left / 60:.1f} min left",
                flush=True,
            )
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            save(model, words, output.with_name(f"{output.name}-checkpoint"))
            saved = time.monotonic()
    save(model, words, output)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--student", action="store_true", help="distil demo into demo-student")
    parser.add_argument("--output", type=Path, help="folder to write (default: the bundled one)")
    parser.add_argument("--teacher", type=Path, default=MODELS / "demo")
    parser.add_argument("--minutes", type=float, default=21.0, help="time to train")
    parser.add_argument("--steps", type=int, help="train this many steps instead")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    train(
        options.output or MODELS / ("demo-student" if options.student else "demo"),
        minutes=options.minutes,
        steps=options.steps,
        device=options.device,
        seed=options.seed,
        teacher_folder=options.teacher if options.student else None,
    )


if __name__ == "__main__":
    main()
