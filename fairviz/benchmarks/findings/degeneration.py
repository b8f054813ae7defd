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
from fairviz.language import tr

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
        parts.append(
            tr(
                "{benchmark} {fell} of {all}, {magnitude} of them magnitude's",
                benchmark=title,
                fell=int(fell.sum()),
                all=len(moved),
                magnitude=magnitude,
            )
        )
        fell_all, many_all = fell_all + int(fell.sum()), many_all + len(moved)
    tulu = each(
        cells(frame, benchmark="toxigen", metric="toxigen_score", level="aggregate"),
        "magnitude",
        0.6,
    )
    return Verdict(
        HOLDS if fell_all > 0.9 * many_all else NOT,
        tr(
            "Pruned forms with less toxicity than their baseline: {counts}. In the tuned models "
            "magnitude pruning by 60 % raises it (ToxiGen: {toxic_small:.3f} in {small}, "
            "{toxic_large:.3f} in {large}; their baselines are below 0.01).",
            counts=tr("; ").join(parts),
            toxic_small=tulu["tulu2_7b"],
            small=base_model("tulu2_7b"),
            toxic_large=tulu["tulu2_13b"],
            large=base_model("tulu2_13b"),
        ),
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
        tr(
            "{model} by magnitude to 60 %: ToxiGen toxicity {before:.3f} to {after:.3f}, and "
            "perplexity on Dolma {good:.1f} to {bad:,.0f}: the text is gone, and the toxicity "
            "with it.",
            model=base_model(base),
            before=before[base],
            after=after[base],
            good=worse[1][base],
            bad=worse[0][base],
        ),
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
        tr(
            "Negative regard falls from {before:.3f} to at most {most:.3f} in every group. BBQ "
            "accuracy keeps {share} of LLM.int8()'s: a loss of two fifths, not half.",
            before=before,
            most=float(groups["value"].max()),
            share=percent(share),
        ),
    )


def tuned(frame: pd.DataFrame) -> Verdict:
    """Toxicity of the plain over that of the tuned baseline."""
    toxic = each(
        cells(frame, benchmark="toxigen", metric="toxigen_score", level="aggregate"), "none", 0.0
    )
    factors = [toxic[f"llama2_{size}"] / toxic[f"tulu2_{size}"] for size in ("7b", "13b")]
    return Verdict(
        HOLDS if min(factors) > 10 else NOT,
        tr(
            "ToxiGen toxicity of the plain model over that of its tuned sibling: {small:.0f} at "
            "7B, {large:.0f} at 13B.",
            small=factors[0],
            large=factors[1],
        ),
    )
