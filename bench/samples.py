"""64 coupled samples of two models against the two bare `generate` calls.

Run as `python -m bench.samples`. Two pairs: the random 150 M-parameter BLOOM of `bench.decode`
with the real 250,880-word vocabulary and its noisy copy, and the bundled demo with its noisy
copy; `--pairs FOLDER` takes a checkpoint of your own and its noisy copy. Every way writes 64
continuations of 60 tokens of one prompt (`--samples`, `--new`), from the plain distribution, 64
at once; the ways are interleaved and repeated in one process, and the ratios of the medians are
what counts, of CPU time on a CPU. No text ends early.

- bare: `generate(do_sample=True)` of each model alone, 64 rows a call, no filters.
- coupled: `samples.draw`, both models with common noise.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from transformers import AutoModelForCausalLM

from bench.decode import PROMPT, VOCABULARY, models
from fairviz.core.specs import Decoding
from fairviz.inference.batch_generation import Ask, draw
from fairviz.models.catalog import BUNDLED
from fairviz.models.handles import Writer

# Continuations of a model at once, in both ways.
ROWS = 64


class Size(NamedTuple):
    """How many continuations, and tokens of each."""

    samples: int
    new: int


def bare(pair: tuple[Any, Any], prompt: list[int], width: int, size: Size) -> None:
    for model in pair:
        for start in range(0, size.samples, ROWS):
            ids = torch.tensor([prompt] * min(ROWS, size.samples - start), device=model.device)
            model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                do_sample=True,
                top_k=0,
                top_p=1.0,
                max_new_tokens=size.new,
                min_new_tokens=size.new,
                pad_token_id=0,
            )


def coupled(pair: tuple[Any, Any], prompt: list[int], width: int, size: Size) -> None:
    writers = [Writer(model, frozenset()) for model in pair]
    asks = [Ask(tuple(prompt), seed) for seed in range(size.samples)]
    decoding = Decoding(max_new_tokens=size.new, temperature=1.0)
    done = sum(len(found) for found in draw(*writers, asks, decoding, width, ROWS))
    if done != size.samples:
        raise SystemExit(f"{done} samples instead of {size.samples}")


WAYS: dict[str, Callable[[tuple[Any, Any], list[int], int, Size], None]] = {
    "bare": bare,
    "coupled": coupled,
}


def noisy(source: str | Path, device: str) -> tuple[Any, Any]:
    """A model and a copy with noise on its weights."""
    model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32).eval()
    model.generation_config.eos_token_id = None
    other = copy.deepcopy(model)
    with torch.no_grad():
        for weight in other.parameters():
            weight.add_(torch.randn_like(weight), alpha=0.01)
    return model.to(device), other.to(device)


def measured(
    pair: tuple[Any, Any], prompt: list[int], width: int, size: Size, repeats: int
) -> dict[str, Any]:
    # Others may be at work on the same cores.
    clock = time.process_time if pair[0].device.type == "cpu" else time.perf_counter
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(repeats):
        for way, run in WAYS.items():
            began = clock()
            run(pair, prompt, width, size)
            if pair[0].device.type == "cuda":
                torch.cuda.synchronize()
            times[way].append(clock() - began)
    medians = {way: statistics.median(values) for way, values in times.items()}
    return {
        "parameters_millions": round(pair[0].num_parameters() / 1e6, 1),
        "vocabulary": width,
        "coupled / bare": round(medians["coupled"] / medians["bare"], 3),
    } | {f"{way}_seconds": [round(value, 2) for value in values] for way, values in times.items()}


def main() -> None:
    """Print one JSON object with the ratios of both pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--pairs", default="tiny,bloom", help="which pairs, by commas")
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--new", type=int, default=60)
    arguments = parser.parse_args()
    found: dict[str, Any] = {
        "device": arguments.device,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    for name in arguments.pairs.split(","):
        if name == "bloom":
            pair, width = models(arguments.device, torch.float32), VOCABULARY
        else:
            pair = noisy(BUNDLED["demo"] if name == "tiny" else name, arguments.device)
            width = pair[0].config.get_text_config().vocab_size
        prompt = [1 + 7 * place for place in range(PROMPT)]
        found[name] = measured(
            pair, prompt, width, Size(arguments.samples, arguments.new), arguments.repeats
        )
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
