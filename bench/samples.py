"""64 coupled samples of two models against the two bare `generate` calls.

Run as `python -m bench.samples`. Two pairs: the random 150 M-parameter BLOOM of `bench.decode`
with the real 250,880-word vocabulary and its noisy copy, and the bundled demo with its noisy
copy. Every way writes 64 continuations of 60 tokens of one prompt, from the plain distribution;
the ways are interleaved and repeated in one process, and the ratios of the medians are what
counts. No text ends early.

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
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from bench.decode import PROMPT, VOCABULARY, models
from fairviz.core.specs import Decoding
from fairviz.inference.batch_generation import Ask, draw
from fairviz.models.catalog import BUNDLED
from fairviz.models.handles import Writer

SAMPLES, NEW = 64, 60


def bare(pair: tuple[Any, Any], prompt: list[int], width: int) -> None:
    for model in pair:
        ids = torch.tensor([prompt] * SAMPLES, device=model.device)
        model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=True,
            top_k=0,
            top_p=1.0,
            max_new_tokens=NEW,
            min_new_tokens=NEW,
            pad_token_id=0,
        )


def coupled(pair: tuple[Any, Any], prompt: list[int], width: int) -> None:
    writers = [Writer(model, frozenset()) for model in pair]
    asks = [Ask(tuple(prompt), seed) for seed in range(SAMPLES)]
    decoding = Decoding(max_new_tokens=NEW, temperature=1.0)
    done = sum(len(found) for found in draw(*writers, asks, decoding, width))
    if done != SAMPLES:
        raise SystemExit(f"{done} samples instead of {SAMPLES}")


WAYS: dict[str, Callable[[tuple[Any, Any], list[int], int], None]] = {
    "bare": bare,
    "coupled": coupled,
}


def demo(device: str) -> tuple[Any, Any]:
    """The bundled model and a copy with noise on its weights."""
    model = AutoModelForCausalLM.from_pretrained(BUNDLED["demo"], dtype=torch.float32).eval()
    model.generation_config.eos_token_id = None
    other = copy.deepcopy(model)
    with torch.no_grad():
        for weight in other.parameters():
            weight.add_(torch.randn_like(weight), alpha=0.01)
    return model.to(device), other.to(device)


def measured(pair: tuple[Any, Any], prompt: list[int], width: int, repeats: int) -> dict[str, Any]:
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(repeats):
        for way, run in WAYS.items():
            began = time.perf_counter()
            run(pair, prompt, width)
            if pair[0].device.type == "cuda":
                torch.cuda.synchronize()
            times[way].append(time.perf_counter() - began)
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
    arguments = parser.parse_args()
    found: dict[str, Any] = {
        "device": arguments.device,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
    }
    for name in arguments.pairs.split(","):
        if name == "tiny":
            pair = demo(arguments.device)
            width = pair[0].config.vocab_size
        else:
            pair, width = models(arguments.device, torch.float32), VOCABULARY
        prompt = [1 + 7 * place for place in range(PROMPT)]
        found[name] = measured(pair, prompt, width, arguments.repeats)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
