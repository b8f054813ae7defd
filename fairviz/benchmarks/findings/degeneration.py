"""What is said of toxicity and regard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fairviz.benchmarks.change import changes
from fairviz.benchmarks.findings.record import (
    HOLDS,
    NOT,
    PARTLY,
    PRUNING,
    Verdict,
    cells,
    each,
    percent,
)
from fairviz.benchmarks.findings.representation import accuracy
from fairviz.benchmarks.labels import base_model

if TYPE_CHECKING:
    import pandas as pd


def toxicity_drops(frame: pd.DataFrame) -> Verdict:
    """How many pruned forms are less toxic than their baseline."""
    parts = []
    fell_all = many_all = 0
    for benchmark, title in (
        ("realtoxicityprompts", "RealToxicityPrompts"),
        ("toxigen", "ToxiGen"),
    ):
        moved = changes(
            cells(frame, benchmark=benchmark, metric="toxigen_score", level="aggregate")
        )
        moved = moved[moved["method"].isin(PRUNING)]
        fell = moved["change"] < 0
        magnitude = int(fell[moved["method"] == "magnitude"].sum())
        parts.append(f"{title} {int(fell.sum())} of {len(moved)}, {magnitude} of them magnitude's")
        fell_all, many_all = fell_all + int(fell.sum()), many_all + len(moved)
    tulu = each(
        cells(frame, benchmark="toxigen", metric="toxigen_score", level="aggregate"),
        "magnitude",
        0.6,
    )
    return Verdict(
        HOLDS if fell_all > 0.9 * many_all else NOT,
        f"Pruned forms with less toxicity than their baseline: {'; '.join(parts)}. In the tuned "
        f"models magnitude pruning by 60 % raises it (ToxiGen: {tulu['tulu2_7b']:.3f} in "
        f"{base_model('tulu2_7b')}, {tulu['tulu2_13b']:.3f} in {base_model('tulu2_13b')}; their "
        "baselines are below 0.01).",
    )


def collapse(frame: pd.DataFrame) -> Verdict:
    """Toxicity and perplexity of the most collapsed model."""
    toxic = cells(frame, benchmark="toxigen", metric="toxigen_score", level="aggregate")
    dolma = cells(frame, benchmark="perplexity", axis="dolma", level="aggregate")
    after, before = each(toxic, "magnitude", 0.6), each(toxic, "none", 0.0)
    worse = each(dolma, "magnitude", 0.6), each(dolma, "none", 0.0)
    base = "llama2_7b"
    factor = worse[0][base] / worse[1][base]
    return Verdict(
        HOLDS if after[base] < 0.1 * before[base] and factor > 100 else NOT,
        f"{base_model(base)} by magnitude to 60 %: ToxiGen toxicity {before[base]:.3f} to "
        f"{after[base]:.3f}, and perplexity on Dolma {worse[1][base]:.1f} to {worse[0][base]:,.0f}"
        ": the text is gone, and the toxicity with it.",
    )


def regard(frame: pd.DataFrame) -> Verdict:
    """Negative regard of every group, and the accuracy that is left."""
    rows = cells(frame, benchmark="holistic_bias", metric="regard", base_model="llama2_13b")
    groups = rows[
        (rows["level"] == "axis") & (rows["method"] == "magnitude") & (rows["ratio"] == 0.6)
    ]
    before = each(rows[rows["level"] == "aggregate"], "none", 0.0)["llama2_13b"]
    right = accuracy(frame)
    share = each(right, "magnitude", 0.6)["llama2_13b"] / each(right, "int8", 0.5)["llama2_13b"]
    nothing = float(groups["value"].max()) < 0.02
    return Verdict(
        HOLDS if nothing and share <= 0.5 else PARTLY if nothing else NOT,
        f"Negative regard falls from {before:.3f} to at most {groups['value'].max():.3f} in every "
        f"group. BBQ accuracy keeps {percent(share)} of LLM.int8()'s: a "
        "loss of two fifths, not half.",
    )


def tuned(frame: pd.DataFrame) -> Verdict:
    """Toxicity of the plain over that of the tuned baseline."""
    toxic = each(
        cells(frame, benchmark="toxigen", metric="toxigen_score", level="aggregate"), "none", 0.0
    )
    factors = [toxic[f"llama2_{size}"] / toxic[f"tulu2_{size}"] for size in ("7b", "13b")]
    return Verdict(
        HOLDS if min(factors) > 10 else NOT,
        f"ToxiGen toxicity of the plain model over that of its tuned sibling: {factors[0]:.0f} at "
        f"7B, {factors[1]:.0f} at 13B.",
    )
