"""A real model and a compressed form of it: start, decoding, scoring and memory, as ratios.

Run as `python -m bench.real FOLDER [METHOD]` with a checkpoint of your own, such as Gemma 3 270M.

- start: a fresh process of `fairviz compare` that writes one token (its cache empty, and again
  with what the first run kept of the files), over a fresh process that does what nobody can do
  without: the same imports, one tokenizer and two bare `from_pretrained`.
- memory: the peak of these processes over the bytes of both models' weights.
- decode: both models write in lock-step, with every measure, over two `generate` of as many
  tokens; greedy, and sampled with top-p. Medians of interleaved repeats in one process.
- score: every measure of every token of one text over two bare forwards.

Beside the ratio of wall times stands that of CPU times, which others on the machine do not
lengthen.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROMPT = "Il était une fois une petite fille qui"
TEXT = (PROMPT + " habitait au bord de la mer avec sa grand-mère. ") * 20
BARE = """
import sys, torch, transformers
from fairviz.compression.registry import method_of
from fairviz.core.specs import ModelSpec
from fairviz.models.loading import import_bitsandbytes
folder, form = sys.argv[1:]
import_bitsandbytes()
transformers.utils.logging.disable_progress_bar()
read = transformers.AutoModelForCausalLM.from_pretrained
tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
common = {"dtype": torch.float32, "device_map": {"": "cpu"}}
further = method_of(ModelSpec.parse(form).compression, "cpu").load_arguments("float32")
pair = read(folder, **common), read(folder, **common, **further)
"""


def process(command: list[str], cache: str) -> tuple[float, float]:
    """Wall seconds and peak resident MB of a command."""
    environment = {**os.environ, "FAIRVIZ_CACHE": cache, "HF_HUB_OFFLINE": "1"}
    began = time.perf_counter()
    child = subprocess.Popen([sys.executable, *command], env=environment, stdout=subprocess.DEVNULL)
    _rest, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{command[:3]} ended with {status}")
    return time.perf_counter() - began, usage.ru_maxrss * 1024 / 1e6


def start(folder: str, form: str, weights: float, repeats: int) -> dict[str, Any]:
    """Cold starts of both ways, interleaved."""
    found: dict[str, list[tuple[float, float]]] = {"bare": [], "compare": [], "again": []}
    for number in range(repeats):
        with tempfile.TemporaryDirectory() as cache:
            found["bare"].append(process(["-c", BARE, folder, form], cache))
            for way, prompt in (("compare", PROMPT), ("again", PROMPT + f" {number}")):
                asked = ["--baseline", folder, "--compressed", form, "--prompt", prompt]
                command = ["-m", "fairviz", "compare", *asked, "--max-new-tokens", "1"]
                found[way].append(process([*command, "--device", "cpu"], cache))
    seconds = {way: statistics.median(one[0] for one in runs) for way, runs in found.items()}
    peaks = {way: max(one[1] for one in runs) for way, runs in found.items()}
    return {
        "compare / bare": round(seconds["compare"] / seconds["bare"], 2),
        "again / bare": round(seconds["again"] / seconds["bare"], 2),
        "seconds": {way: [round(one[0], 2) for one in runs] for way, runs in found.items()},
        "peak / weights": {way: round(peak / weights, 2) for way, peak in peaks.items()},
    }


Times = dict[str, list[tuple[float, float]]]


def medians(ways: dict[str, Callable[[], object]], repeats: int) -> Times:
    """Wall and CPU seconds of each way, interleaved, after one round that warms up."""
    times: Times = {name: [] for name in ways}
    for number in range(repeats + 1):
        for name, way in ways.items():
            began = time.perf_counter(), time.process_time()
            way()
            if number:
                times[name].append((time.perf_counter() - began[0], time.process_time() - began[1]))
    return times


def over(times: Times, way: str, bare: str) -> dict[str, Any]:
    """The ratios of two ways' medians, with their seconds."""
    found: dict[str, Any] = {}
    for place, kind in enumerate(("wall", "CPU")):
        seconds = {name: [one[place] for one in times[name]] for name in (way, bare)}
        ratio = statistics.median(seconds[way]) / statistics.median(seconds[bare])
        found[f"{way} / {bare}, {kind}"] = round(ratio, 2)
        found[f"{kind} seconds"] = {
            name: [round(one, 2) for one in values] for name, values in seconds.items()
        }
    return found


def decode(pair: Any, new: int, repeats: int) -> dict[str, Any]:
    """Paired decoding against two bare calls of `generate`."""
    import torch

    from fairviz.core.specs import Decoding
    from fairviz.inference.paired_decoding import write_in_pair

    sides = (pair.baseline, pair.compressed)
    prompt = pair.baseline.vocabulary.encode(PROMPT)
    ids = torch.tensor([prompt])
    writers = [one.writer._replace(eos_ids=frozenset()) for one in sides]

    def bare(**how: Any) -> None:
        common = {"max_new_tokens": new, "min_new_tokens": new, "pad_token_id": 0}
        for one in sides:
            one.model.generate(ids, attention_mask=torch.ones_like(ids), **common, **how)

    def paired(**how: Any) -> None:
        decoding = Decoding(max_new_tokens=new, **how)
        list(write_in_pair(*writers, prompt, decoding, pair.vocabulary_size))

    times = medians(
        {
            "generate": lambda: bare(do_sample=False),
            "paired": paired,
            "generate, top-p": lambda: bare(do_sample=True, top_p=0.9, top_k=0),
            "paired, top-p": lambda: paired(temperature=1.0, top_p=0.9),
        },
        repeats,
    )
    return {
        "greedy": over(times, "paired", "generate"),
        "top-p": over(times, "paired, top-p", "generate, top-p"),
    }


def scoring(pair: Any, repeats: int) -> dict[str, Any]:
    """Teacher forcing with every measure against two bare forwards."""
    import torch

    from fairviz.inference.scoring import score

    sides = (pair.baseline, pair.compressed)
    ids = pair.baseline.vocabulary.encode(TEXT)
    readers = [one.reader for one in sides]

    def bare() -> None:
        with torch.inference_mode():
            for one in sides:
                one.model(input_ids=torch.tensor([ids]), use_cache=False)

    times = medians(
        {"score": lambda: list(score(*readers, [ids], width=pair.vocabulary_size)), "bare": bare},
        repeats,
    )
    return {"tokens": len(ids), **over(times, "score", "bare")}


def main() -> None:
    """Print one JSON object with the ratios; nothing without a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=os.environ.get("FAIRVIZ_REAL", ""))
    parser.add_argument("method", nargs="?", default="int8")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--new", type=int, default=48, help="tokens that each model writes")
    parser.add_argument("--parts", default="start,decode,score")
    arguments = parser.parse_args()
    if not arguments.folder:
        print("Name a folder, or set FAIRVIZ_REAL: bench.real measures a model of yours.")
        return
    import torch

    from fairviz.core.specs import ModelSpec
    from fairviz.models.pair import load_pair

    folder = str(Path(arguments.folder).resolve())
    form = f"{folder}+{arguments.method}"
    parts = arguments.parts.split(",")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["FAIRVIZ_CACHE"] = cache
        pair = load_pair(ModelSpec.parse(folder), ModelSpec.parse(form), device="cpu")
    weights = sum(one.identity.bytes_in_memory for one in (pair.baseline, pair.compressed)) / 1e6
    found: dict[str, Any] = {
        "model": Path(folder).name,
        "method": arguments.method,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "weights_mb": round(weights),
    }
    if "decode" in parts:
        found["decode"] = decode(pair, arguments.new, arguments.repeats)
    if "score" in parts:
        found["score"] = scoring(pair, arguments.repeats)
    del pair
    if "start" in parts:
        found["start"] = start(folder, form, weights, arguments.repeats)
    print(json.dumps(found, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
