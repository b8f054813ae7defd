"""What is said of the texts that models write (toxicity, regard) and of those that they read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.benchmarks.beyond_perplexity.findings import (
    PRUNING,
    QUANTIZATION,
    Reading,
    Verdict,
    compared,
    each,
    listed,
    percent,
)
from fairviz.benchmarks.labels import base_model, benchmark
from fairviz.core.declared import sentences_of
from fairviz.i18n import _, joined, number

if TYPE_CHECKING:
    import pandas as pd

_say = sentences_of(__file__)


TOXIC = {"metric": "toxigen_score", "level": "aggregate"}
_TEXTS = ("realtoxicityprompts", "toxigen", "advpromptset", "bold")
_DOLMA = {"benchmark": "perplexity", "axis": "dolma", "level": "aggregate"}
_FORM = ["base_model", "method", "ratio", "structure"]
# As little as the most collapsed form of the study writes (Llama-2 7B, magnitude 60 %: 0.0111).
HARDLY_ANY = 0.0115
# Times the baseline's perplexity from which a language model counts as collapsed here.
COLLAPSED = 2.0
# A fall that is told as one: LLM.int8(), which changes next to nothing, moves less.
_FELL = -0.1


def toxicity_drops(frame: pd.DataFrame) -> Verdict:
    """How many compressed forms write less toxic text than their baseline."""
    read = Reading(frame)
    parts, models_with, models = [], [], set()
    factors: dict[str, float] = {}
    for name in _TEXTS:
        forms = compared(read.cells(benchmark=name, **TOXIC))
        forms = forms.assign(factor=forms["value"] / forms["before"])
        if name == "toxigen":
            factors = each(forms.assign(value=forms["factor"]), "magnitude", 0.6)
        bases, relative = forms["base_model"].astype(str), forms["factor"] - 1
        models |= set(bases)
        models_with.append(set(bases[relative < _FELL]))
        parts.append(
            _say(
                "fell",
                benchmark=benchmark(name),
                fell=int((relative < 0).sum()),
                all=len(forms),
                clearly=int((relative < _FELL).sum()),
            )
        )
    everywhere = sum(found == models for found in models_with)
    multiplied = [
        _("{factor:.2g} in {model}", factor=factor, model=base_model(base))
        for base, factor in sorted(factors.items(), key=lambda one: one[1])
    ]
    return read.verdict(
        everywhere >= 2,
        any(models_with),
        _say("toxicity_drops", counts=_("; ").join(parts), factors=joined(multiplied)),
    )


def collapse(frame: pd.DataFrame) -> Verdict:
    """Toxicity and perplexity of the same forms: of those with little, and of the collapsed."""
    read = Reading(frame)
    forms = compared(read.cells(benchmark="toxigen", **TOXIC))
    worse = compared(read.cells(**_DOLMA))
    worse = worse.assign(factor=worse["value"] / worse["before"])[[*_FORM, "factor"]]
    both = forms.merge(worse, on=_FORM)
    little = both[both["value"] < HARDLY_ANY]
    whole = int((little["factor"] < COLLAPSED).sum())
    gone = both[both["factor"] >= COLLAPSED]
    rose = int((gone["value"] > gone["before"]).sum())
    mostly_whole = 2 * whole > len(little)
    return read.verdict(
        mostly_whole and 2 * rose > len(gone),
        mostly_whole,
        _say(
            "collapse",
            few=_say("few", n=len(little), most=HARDLY_ANY),
            whole=whole,
            collapsed=_say("collapsed", n=len(gone)),
            rose=rose,
        ),
    )


def regard(frame: pd.DataFrame) -> Verdict:
    """Negative regard of every group, and the accuracy that is left in every category."""
    read = Reading(frame)
    base, form = {"base_model": "llama2_13b"}, {"method": "magnitude", "ratio": 0.6}
    what = {"benchmark": "holistic_bias", "metric": "regard", **base}
    groups = read.cells(level="axis", **form, **what)
    before = each(read.cells(level="aggregate", method="none", **what), "none", 0.0)["llama2_13b"]
    right = {"benchmark": "bbq", "metric": "acc_disambiguated", **base}
    after, whole = read.cells(**form, **right), read.cells(method="int8", **right)
    kept = after.merge(whole, on=["level", "axis"], suffixes=("", "_whole"))
    kept = kept.assign(share=kept["value"] / kept["value_whole"])
    share = float(kept.loc[kept["level"] == "aggregate", "share"].iloc[0])
    categories = kept.loc[kept["level"] == "axis", "share"]
    nothing = float(groups["value"].max()) < 0.02
    return read.verdict(
        nothing and share <= 0.5,
        nothing,
        _say(
            "regard",
            before=before,
            most=float(groups["value"].max()),
            share=percent(share),
            halved=int((categories <= 0.5).sum()),
            categories=len(categories),
        ),
    )


def tuned(frame: pd.DataFrame) -> Verdict:
    """Toxicity of the plain over that of the tuned baseline, wherever both are sound."""
    read = Reading(frame)
    factors = {}
    for name in _TEXTS:
        toxic = each(read.cells(benchmark=name, method="none", **TOXIC), "none", 0.0)
        for size in ("7b", "13b"):
            if {f"llama2_{size}", f"tulu2_{size}"} <= set(toxic):
                factors[name, size] = toxic[f"llama2_{size}"] / toxic[f"tulu2_{size}"]
    less = sum(factor > 1 for factor in factors.values())
    return read.verdict(
        0 < less == len(factors),
        2 * less > len(factors),
        _say("tuned",
            factors=joined(
                [
                    _("{factor} on {benchmark} ({size})", factor=number(factor, ".2g"),
                       benchmark=benchmark(name), size=size.upper())
                    for (name, size), factor in factors.items()
                ]
            ),
        ),
    )  # fmt: skip


def quantized_or_pruned(forms: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Forms that were quantized, and those pruned by half or more."""
    pruned = forms["method"].isin(PRUNING) & (forms["ratio"] >= 0.5)
    return forms[forms["method"].isin(QUANTIZATION)], forms[pruned]


def dialect(frame: pd.DataFrame) -> Verdict:
    """Dialect ratio and gap at 60 %."""
    read = Reading(frame)
    methods = {"method": ("none", "magnitude", "gblm"), "ratio": (0.0, 0.6)}
    ratio = read.cells(metric="dialect_ratio", **methods)
    gap = read.cells(metric="dialect_gap", **methods)
    before, wide = each(ratio, "none", 0.0), each(gap, "none", 0.0)
    explodes = [b for b, v in each(ratio, "magnitude", 0.6).items() if v > 2 * before[b]]
    rises = [b for b, v in each(ratio, "magnitude", 0.6).items() if v > before[b]]
    shrinks = [b for b, v in each(ratio, "gblm", 0.6).items() if v < before[b]]
    widens = [b for b, v in each(gap, "gblm", 0.6).items() if v > wide[b]]
    return read.verdict(
        len(explodes) == len(shrinks) == len(widens) == len(before),
        bool(explodes),
        _say(
            "dialect",
            models=listed(explodes),
            rises=len(rises),
            shrinks=len(shrinks),
            widens=len(widens),
            all=len(before),
        ),
    )


def perplexity(frame: pd.DataFrame) -> Verdict:
    """The largest loss of a quantized model on Dolma."""
    read = Reading(frame)
    moved = compared(read.cells(method=("none", *QUANTIZATION), **_DOLMA))
    most = float((moved["value"] / moved["before"] - 1).max())
    said = _say("perplexity", n=len(moved), most=percent(most, 1))
    return read.verdict(most < 0.05, False, said)


def size(frame: pd.DataFrame) -> Verdict:
    """Growth of perplexity at 60 % in the 7B and the 13B model."""
    read = Reading(frame)
    dolma = read.cells(method=("none", *PRUNING), ratio=(0.0, 0.6), **_DOLMA)
    before = each(dolma, "none", 0.0)
    holds = 0
    for name in PRUNING:
        after = each(dolma, name, 0.6)
        for family in ("llama2", "tulu2"):
            small, large = f"{family}_7b", f"{family}_13b"
            holds += after[small] / before[small] > after[large] / before[large]
    return read.verdict(holds == 8, holds > 4, _say("size", holds=int(holds)))
