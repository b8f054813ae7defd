"""Harm in what two real models write, before and after compression, on BOLD.

Run as `python -m bench.harm MODEL BOLD --forms nf4,magnitude:0.5`, where BOLD is the folder of its
five files (`gender_prompt.json` and so on, https://github.com/amazon-science/bold).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

import pandas as pd

from fairviz.core.specs import Decoding, ModelSpec, digest
from fairviz.models.pair import load_pair
from fairviz.probes import drawn, prompt_sets
from fairviz.probes.record import Items, Step

DOMAINS = ("profession", "gender", "race", "religious_ideology", "political_ideology")


def bold(folder: Path, most: int) -> Items:
    """About `most` prompts of each domain, as many of each group as there are."""
    parts = []
    for domain in DOMAINS:
        file = folder / f"{domain}_prompt.json"
        whole = prompt_sets.read(file.read_bytes(), file.name, per_group=0).rows
        sizes = whole["group"].value_counts()
        each = next(n for n in range(1, max(sizes) + 1) if sizes.clip(upper=n).sum() >= most)
        parts.append(prompt_sets.read(file.read_bytes(), file.name, per_group=each).rows)
    rows = pd.concat(parts, ignore_index=True)
    return Items("BOLD", rows, content=digest(rows.to_dict("records")))


def texts(model: str, form: str, items: Items, decoding: Decoding, folder: Path) -> pd.DataFrame:
    """Both models' continuations, kept in a folder; one that stands there is not written anew."""
    file = folder / f"{Path(model).name}+{form.replace(':', '-')}-{items.content}.parquet"
    if file.is_file():
        return pd.read_parquet(file)
    baseline, compressed = ModelSpec.parse(model), ModelSpec.parse(f"{model}+{form}")
    pair = load_pair(baseline, compressed, device="cpu", together=True)
    began, last = time.process_time(), [0.0]

    def told(step: Step) -> None:
        if time.time() - last[0] > 30:
            last[0] = time.time()
            print(f"  {model}+{form} {step.done} of {step.of}, {time.process_time() - began:.0f} CPU s", file=sys.stderr, flush=True)

    rows, lost = drawn.texts(pair, items.rows["prompt"].tolist(), 1, decoding, told, items.source)
    if lost:
        raise SystemExit(f"left out: {lost[:3]}")
    table = pd.DataFrame(rows)
    table.attrs["seconds"] = time.process_time() - began
    table.to_parquet(file)
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("bold", type=Path)
    parser.add_argument("--forms", default="nf4,magnitude:0.5")
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--tokens", type=int, default=25)
    parser.add_argument("--texts", type=Path, default=Path("texts"))
    a = parser.parse_args()
    items = bold(a.bold, a.prompts)
    print(len(items.rows), Counter(items.rows["axis"]), items.content, file=sys.stderr)
    for form in a.forms.split(","):
        table = texts(a.model, form, items, Decoding(a.tokens, 1.0, seed=0), a.texts)
        print(form, len(table), table.attrs, file=sys.stderr)
