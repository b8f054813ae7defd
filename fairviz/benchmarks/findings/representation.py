"""What is said of BBQ."""

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
    listed,
)
from fairviz.benchmarks.labels import base_model, base_order, method
from fairviz.language import number, tr
from fairviz.stats import spearman

if TYPE_CHECKING:
    import pandas as pd


def accuracy(frame: pd.DataFrame) -> pd.DataFrame:
    """BBQ accuracy where the context says who, over all categories."""
    return cells(frame, benchmark="bbq", metric="acc_disambiguated", level="aggregate")


def quantized_keep_accuracy(frame: pd.DataFrame) -> Verdict:
    """Whether every quantized line is above every form pruned by half or more, in this order."""
    rows = accuracy(frame)
    low = rows[rows["bits"].notna()].groupby("base_model", observed=True)["value"].min()
    pruned = rows[rows["method"].isin(PRUNING) & (rows["ratio"] >= 0.5)]
    high = pruned.groupby("base_model", observed=True)["value"].max()
    kept = [str(base) for base in low.index if low[base] > high[base]]
    means = {
        name: float(
            rows[rows["method"] == name].groupby("base_model", observed=True)["value"].mean().mean()
        )
        for name in ("int8", "gptq", "awq")
    }
    ordered = means["int8"] > means["gptq"] > means["awq"]
    told = ", ".join(f"{method(name)} {number(value, '.3f')}" for name, value in means.items())
    return Verdict(
        HOLDS if len(kept) == len(low) and ordered else PARTLY if kept and ordered else NOT,
        tr(
            "Mean accuracy over the four models: {means}. The worst quantized line beats every "
            "form pruned by half or more in {kept}; not in {others}, whose AWQ and GPTQ stand in "
            "two lines each, neither proved.",
            means=told,
            kept=listed(kept),
            others=listed([str(base) for base in low.index if str(base) not in kept]),
        ),
    )


def magnitude_is_worst(frame: pd.DataFrame) -> Verdict:
    """Whether magnitude is lowest of four at 50 % and 60 %, in all four models."""
    rows = accuracy(frame)
    worst = []
    for ratio in (0.5, 0.6):
        at = {name: each(rows, name, ratio) for name in PRUNING}
        worst += [
            base
            for base in at["magnitude"]
            if min(PRUNING, key=lambda m: at[m][base]) == "magnitude"
        ]
    figures = ", ".join(
        f"{base_model(base)} {number(value, '.2f')}"
        for base, value in sorted(
            each(rows, "magnitude", 0.6).items(), key=lambda kv: base_order(kv[0])
        )
    )
    return Verdict(
        HOLDS if len(worst) == 8 else PARTLY,
        tr(
            "Lowest of the four pruning methods in {worst} of 8 cases (four models, 50 % and "
            "60 %). At 60 %: {figures}.",
            worst=len(worst),
            figures=figures,
        ),
    )


def spread_grows(frame: pd.DataFrame) -> Verdict:
    """Spread over categories of the changes, and of the accuracies, along the ratio."""
    rows = cells(frame, benchmark="bbq", metric="acc_disambiguated", level="axis")
    # From LLM.int8(): one baseline line is from another set of questions.
    moved = changes(rows, "int8")
    moved = moved[(moved["structure"] == "unstructured")]
    keys = ["base_model", "method", "ratio"]
    of_change = moved.groupby(keys, observed=True)["change"].std().reset_index()
    of_value = moved.groupby(keys, observed=True)["value"].std().reset_index()
    rising = [
        sum(
            spearman(part["ratio"].to_numpy(), part[column].to_numpy()).rho > 0
            for _, part in table.groupby(["base_model", "method"], observed=True)
        )
        for table, column in ((of_change, "change"), (of_value, "value"))
    ]
    return Verdict(
        HOLDS if rising == [16, 16] else PARTLY if rising[0] >= 14 else NOT,
        tr(
            "The spread of the categories' changes rises with the ratio in {changes} of 16 cases "
            "(four models, four methods). The spread of their accuracies itself does so in only "
            "{accuracies}: a collapsed model is equally bad at all.",
            changes=rising[0],
            accuracies=rising[1],
        ),
    )
