"""Trains the bundled model or its student: `python -m fairviz.demo.train [--student]`.

Both are BLOOMs with widths that every 4-bit kernel accepts, over a byte-level BPE tokenizer that
learns from the grammar's own text.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from fairviz.core.home import SHIPPED
from fairviz.demo.grammar import documents

if TYPE_CHECKING:
    import torch
    from transformers import BloomForCausalLM, PreTrainedTokenizerFast

MODELS = SHIPPED / "models"
VOCABULARY, CONTEXT, END = 3072, 256, "</s>"
POOL, IGNORED = 4096, -100
# Documents of the corpus that the tokenizer's merges are learned from.
SAMPLE = 30_000
TOKENS_PER_STEP = 2048
PEAK_RATE = 3e-3
WARM_UP, CHECKPOINT_SECONDS = 200, 240.0


class Size(NamedTuple):
    """Width, depth and heads; the width is a multiple of 64."""

    hidden: int
    layers: int
    heads: int


DEMO = Size(hidden=128, layers=4, heads=4)
STUDENT = Size(hidden=128, layers=2, heads=4)


def network(size: Size, vocabulary: int, end: int) -> BloomForCausalLM:
    """A freshly initialised model; documents start at position 0 and end in token `end`."""
    from transformers import BloomConfig, BloomForCausalLM

    config = BloomConfig(
        vocab_size=vocabulary,
        hidden_size=size.hidden,
        n_layer=size.layers,
        n_head=size.heads,
        hidden_dropout=0.0,
        attention_dropout=0.0,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=end,
    )
    config.seq_length = CONTEXT
    return BloomForCausalLM(config)


def tokenizer(seed: int) -> PreTrainedTokenizerFast:
    """A fast tokenizer of at most `VOCABULARY` tokens; it adds no BOS and no EOS by itself."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    byte_level = Tokenizer(models.BPE())
    byte_level.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    byte_level.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    byte_level.train_from_iterator(islice(documents(seed), SAMPLE), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=byte_level,
        eos_token=END,
        pad_token=END,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )


def batches(
    words: PreTrainedTokenizerFast, seed: int, tokens: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Pairs (ids, targets) of shape (B, T), each of about `tokens` tokens, for ever.

    Rows end in EOS and are padded on the right; padding has target `IGNORED`. Targets are the ids
    themselves, not shifted.
    """
    import torch

    rng = random.Random(seed)
    stream = documents(seed)
    end = words.eos_token_id
    while True:
        rows = [[*ids, end] for ids in words(list(islice(stream, POOL)))["input_ids"]]
        rows.sort(key=len)
        groups: list[list[list[int]]] = [[]]
        for row in rows:
            if len(row) * (len(groups[-1]) + 1) > tokens:
                groups.append([])
            groups[-1].append(row)
        rng.shuffle(groups)
        for group in groups:
            width = max(map(len, group))
            ids = torch.full((len(group), width), end)
            targets = torch.full((len(group), width), IGNORED)
            for i, row in enumerate(group):
                ids[i, : len(row)] = targets[i, : len(row)] = torch.tensor(row)
            yield ids, targets


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
        words, size = tokenizer(seed), DEMO
    else:
        words, size = PreTrainedTokenizerFast.from_pretrained(teacher_folder), STUDENT
        teacher = BloomForCausalLM.from_pretrained(teacher_folder, dtype=torch.float32).to(device)  # type: ignore[arg-type]
    model = network(size, len(words), words.eos_token_id).to(device)  # type: ignore[arg-type]
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
