"""Which parts bring the KL and which the bias of real forms, and whether a planted part is found.

Run as `python -m bench.attribution` for the planted check on the bundled model (a minute on two
cores); `--models FOLDER ... --forms FORM ... --pairs FILE` takes real pairs apart, each part
restored in turn.

- Planted: as many times as `--seeds`, every linear layer gets noise of 0.2 % of its own size, and
  one of them `--times` as much. That one must bring back more KL than any other.
"""

from __future__ import annotations

import argparse
import copy
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from fairviz.compression.layers import matrices
from fairviz.core.specs import ModelSpec
from fairviz.inference.mixed import Mixed, screen, units
from fairviz.inference.scoring import score
from fairviz.metrics.traces import Floats
from fairviz.models.loading import LoadedModel
from fairviz.models.pair import Pair, load_pair
from fairviz.probes.minimal_pairs import MINIMAL_PAIRS
from fairviz.probes.record import Items
from fairviz.prompts.bank import text_of_tales
from fairviz.stats import spearman
from fairviz.stats.attribution import shares, token_labels

_ROOM = 4_000_000_000


def read(pair: Pair, model: LoadedModel, ids: list[int]) -> Floats:
    """KL of every token from the baseline."""
    bos, width = pair.baseline.vocabulary.bos_id, pair.vocabulary_size
    readers = pair.baseline.reader, model.reader
    ((_place, found),) = score(*readers, [ids], width=width, bos_id=bos, k=1)
    return found.kl


def items(pair: Pair, model: LoadedModel, asked: Items) -> tuple[Floats, Floats]:
    """Margin of every pair under the baseline and under a model."""
    found = MINIMAL_PAIRS.measure(replace(pair, compressed=model), asked, lambda step: None).items
    return found["baseline"].to_numpy(), found["compressed"].to_numpy()


def planted(asked: argparse.Namespace) -> None:
    """Noise in every layer, and more in one."""
    pair = load_pair(ModelSpec("demo"), ModelSpec("demo"), device="cpu")
    ids = pair.baseline.vocabulary.encode(text_of_tales())[:200]
    found = foreseen = 0
    for seed in range(asked.seeds):
        random = torch.Generator().manual_seed(seed)
        model = copy.deepcopy(pair.baseline.model)
        layers = list(matrices(model).values())
        hit = int(torch.randint(len(layers), (), generator=random))
        for place, layer in enumerate(layers):
            size = 0.002 * float(layer.weight.std()) * (asked.times if place == hit else 1)
            layer.weight.data += size * torch.randn(layer.weight.shape, generator=random)
        other = replace(pair, compressed=replace(pair.baseline, model=model, readings=None))
        parts = units(other, "linear")
        mixed = Mixed(other.compressed, other.baseline, _ROOM)
        with mixed.having(()) as whole:
            read(other, whole, ids)
        left = []
        for part in parts:
            with mixed.having([part]) as whole:
                left.append(read(other, whole, ids).mean())
        found += int(np.argmin(left)) == hit
        slopes = screen(other, parts, [ids], lambda _text, p, q: (q.exp() - p.exp()) / len(p))
        foreseen += min(slopes, key=slopes.__getitem__) == parts[hit].name
    print(
        f"planted: one of {len(parts)} linear layers with {asked.times:g} times the noise of the "
        f"others is first in {found} of {asked.seeds} by restoring, in {foreseen} by the gradient"
    )


def real(model: str, form: str, asked: argparse.Namespace) -> None:
    """Each part of a real form restored in turn."""
    began = time.monotonic()
    spec = ModelSpec.parse(form if Path(form).exists() else f"{model}+{form}")
    pair = load_pair(ModelSpec.parse(model), spec, device="cpu")
    text = asked.text.read_text(encoding="utf-8") if asked.text else text_of_tales()
    ids = pair.baseline.vocabulary.encode(text)[: asked.tokens]
    pairs = MINIMAL_PAIRS.items([(asked.pairs.read_bytes(), asked.pairs.name)], {})
    rows = pairs.rows
    if asked.group:
        rows = rows[rows["group"] == asked.group]
    pairs = replace(pairs, rows=rows[: asked.most].reset_index(drop=True))
    parts = units(pair, asked.parts)
    mixed = Mixed(pair.compressed, pair.baseline, _ROOM)
    with mixed.having(()) as whole:
        kl = read(pair, whole, ids)
        before, after = items(pair, whole, pairs)
    left, margins = [], []
    for part in parts:
        with mixed.having([part]) as whole:
            left.append(read(pair, whole, ids))
            margins.append(items(pair, whole, pairs)[1])
    of_kl = shares(kl, kl - np.array(left), token_labels(kl))
    change, back = after - before, after - np.array(margins)
    of_bias = shares(change, back)
    sizes = [float(np.abs(change).mean() - np.abs(change - one).mean()) for one in back]
    print(
        f"\n{model}+{form}: {len(kl)} tokens, KL {kl.mean():.3g}; {len(change)} pairs, net change "
        f"{change.mean():+.3f} nats, mean absolute {np.abs(change).mean():.3f}; {len(parts)} parts "
        f"rank by KL as by the absolute change with {spearman(of_kl.value, sizes).rho:.2f}, as by "
        f"the net with {spearman(of_kl.value, of_bias.value).rho:.2f}; the rest is "
        f"{of_kl.remainder[0]:.0%} of KL, {of_bias.remainder[0]:.0%} of bias; "
        f"{time.monotonic() - began:.0f} s\n\n| part | KL | bias |\n|---|---|---|"
    )
    first = {*np.argsort(-of_kl.value)[:4], *np.argsort(-np.abs(of_bias.value))[:4]}
    for place in sorted(first):
        cells = [
            f"{one.value[place]:.0%} [{one.low[place]:.0%}; {one.high[place]:.0%}]"
            for one in (of_kl, of_bias)
        ]
        print(f"| {parts[place].name} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """The planted check, or real pairs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--times", type=float, default=5.0)
    parser.add_argument("--models", nargs="+", default=[])
    parser.add_argument("--forms", nargs="+", default=["rtn:4"])
    parser.add_argument("--parts", default="part")
    parser.add_argument("--text", type=Path)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--group", default="")
    parser.add_argument("--most", type=int, default=30)
    asked = parser.parse_args()
    for model in asked.models:
        for form in asked.forms:
            real(model, form, asked)
    if not asked.models:
        planted(asked)


if __name__ == "__main__":
    main()
