"""Null models against planted truth: what is null is told as null, and a planted form is found.

Run as `python -m bench.null_models` (a minute on two cores); `--models FOLDER ...` and `--forms`
measure real pairs instead, on a text each.

- As many noises as `--seeds` pose as a form, each against 20 others: the share of them of which
  more is said than that they are null must be 5 % but for chance.
- A form whose error is larger in the embeddings of tokens that one group's prompts alone have. That
  group must be found, and no other.
"""

from __future__ import annotations

import argparse
import copy
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch

from fairviz.core.specs import ModelSpec
from fairviz.inference.null_model import disturbed, sizes
from fairviz.inference.null_readings import Null, beside, texts
from fairviz.inference.scoring import score
from fairviz.metrics.traces import Floats
from fairviz.models.loading import LoadedModel
from fairviz.models.pair import Pair, load_pair
from fairviz.prompts.bank import bank
from fairviz.stats.association import spearman
from fairviz.stats.null_models import by_group, excess


def read(baseline: LoadedModel, other: LoadedModel, ids: list[list[int]], width: int) -> Any:
    """KL and the baseline's entropy of every token, and how many tokens each text has."""
    bos = baseline.vocabulary.bos_id
    found = dict(score(baseline.reader, other.reader, ids, width=width, bos_id=bos, k=1))
    every = [found[one] for one in range(len(ids))]
    return (
        np.concatenate([one.kl for one in every]),
        np.concatenate([one.baseline.entropy for one in every]),
        [len(one.kl) for one in every],
    )


def planted(pair: Pair, own: list[list[int]], rest: list[list[int]]) -> LoadedModel:
    """The baseline with noise of nf4's size, and more where tokens stand that only `own` has."""
    model: Any = copy.deepcopy(pair.baseline.model)
    modules, random = dict(model.named_modules()), torch.Generator().manual_seed(7)

    def noise(like: torch.Tensor, size: float) -> torch.Tensor:
        return size * torch.randn(like.shape, generator=random)

    words = sorted({one for text in own for one in text} - {one for text in rest for one in text})
    with torch.no_grad():
        for name, size in sizes(pair).of.items():
            modules[name].weight.add_(noise(modules[name].weight, size))
        table = model.get_input_embeddings()
        # The head, where it is the same matrix, stays: it serves every prompt.
        table.weight = torch.nn.Parameter(table.weight.clone(), requires_grad=False)
        size = 0.4 * float(table.weight.std())
        table.weight[words] += noise(table.weight[words], size)
    return replace(pair.baseline, model=model, readings=None)


def main() -> None:
    """Both checks, or real pairs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--null", type=int, default=20)
    parser.add_argument("--models", nargs="+", default=[])
    parser.add_argument("--forms", nargs="+", default=["int8", "nf4"])
    parser.add_argument("--text", type=Path)
    parser.add_argument("--tokens", type=int, default=512)
    asked = parser.parse_args()
    if asked.models:
        for model in asked.models:
            for form in asked.forms:
                _real(model, form, asked)
        return
    pair = load_pair(ModelSpec("demo"), ModelSpec.parse("demo+nf4"), device="cpu")
    prompts = bank()
    ids = [pair.baseline.vocabulary.encode(one.text) for one in prompts]
    _false_alarms(pair, prompts, ids, asked)
    _planted(pair, prompts, ids, asked)


def _false_alarms(
    pair: Pair, prompts: Any, ids: list[list[int]], asked: argparse.Namespace
) -> None:
    noise, width = sizes(pair), pair.vocabulary_size
    many = range(asked.seeds + asked.null)
    others = (disturbed(pair.baseline, noise, 1, one) for one in many)
    drawn = [read(pair.baseline, one, ids, width) for one in others]
    kl, entropy = np.array([one[0] for one in drawn]), drawn[0][1]
    null = kl[asked.seeds :]
    found = [excess(kl[one], null, entropy) for one in range(asked.seeds)]
    for name in ("p_bins", "p_slope"):
        false = sum(getattr(one, name) <= 0.05 for one in found)
        print(f"{name}: {false} of {asked.seeds} noises told from the other noises at 5 %")
    of: Floats = np.repeat(np.array([one.group for one in prompts], dtype=object), drawn[0][2])
    told = [by_group(kl[one], null, of) for one in range(asked.seeds)]
    false = sum(min(one.p_value for one in groups.values()) <= 0.05 for groups in told)
    print(f"by_group: {false} of {asked.seeds} noises have a group told from the other noises'")


def _planted(pair: Pair, prompts: Any, ids: list[list[int]], asked: argparse.Namespace) -> None:
    groups = [one.group for one in prompts]
    names = [one for one in dict.fromkeys(groups) if one and groups.count(one) >= 5]
    hit = names[0]
    own, rest = ([text for text, one in zip(ids, groups, strict=True) if (one == hit) is same]
                 for same in (True, False))  # fmt: skip
    form = planted(pair, own, rest)
    planted_pair = replace(pair, compressed=form)
    # Its name is the baseline's, so nothing is kept under it.
    null = Null.of(beside(planted_pair, texts(ids), range(asked.null), keep=False))
    kl, _entropy, lengths = read(pair.baseline, form, ids, pair.vocabulary_size)
    of: Floats = np.repeat(np.array(groups, dtype=object), lengths)
    told = by_group(kl, null.equal_kl, of)
    own_kl = kl[of == hit].mean()
    print(f"planted in {hit!r}: mean KL {kl.mean():.3g} nats, of that group {own_kl:.3g}")
    for name, one in told.items():
        mark = "found" if one.p_value < 0.05 else ""
        print(f"  {name or '(none)'}: excess {one.value:+.2f}, p {one.p_value:.2g} {mark}")


def _real(model: str, form: str, asked: argparse.Namespace) -> None:
    """One row of the table in docs/measures.md; a form is a method, a folder, or NAME=FOLDER."""
    began = monotonic()
    name, _equals, folder = form.rpartition("=")
    spec = ModelSpec.parse(folder if Path(folder).exists() else f"{model}+{form}")
    pair = load_pair(ModelSpec.parse(model), spec, device="cpu")
    ids = pair.baseline.vocabulary.encode(asked.text.read_text(encoding="utf-8"))[: asked.tokens]
    null = Null.of(beside(pair, texts([ids]), range(asked.null)))
    kl, entropy, _lengths = read(pair.baseline, pair.compressed, [ids], pair.vocabulary_size)
    found = excess(kl, null.equal_kl, entropy)
    rho = [spearman(entropy, one).rho for one in (kl, *null.equal_kl)]
    even = [spearman(entropy, one).rho for one in null.uniformity]
    size = "-"
    if len(null.equal_weights):
        each = null.equal_weights.mean(axis=1)
        size = f"{kl.mean() / each.mean():.2f} ({kl.mean() / each.max():.2f} to "
        size += f"{kl.mean() / each.min():.2f})"
    print(
        f"| {Path(model).name} | `{name or form}` | {len(kl)} | {kl.mean():.3g} | {size} | "
        f"{rho[0]:.2f} | {min(rho[1:]):.2f} to {max(rho[1:]):.2f} | {even[0]:.2f} | "
        f"{min(even[1:]):.2f} to {max(even[1:]):.2f} | {found.slope:+.3f} | {found.p_slope:.2g} | "
        f"{found.p_bins:.2g} | {monotonic() - began:.0f} s |",
        flush=True,
    )


if __name__ == "__main__":
    main()
