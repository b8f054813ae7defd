"""What is said of BBQ and UnQover."""

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
)
from fairviz.benchmarks.beyond_perplexity.texts import TOXIC, quantized_or_pruned
from fairviz.benchmarks.labels import base_model, base_order, method
from fairviz.benchmarks.metrics import metric
from fairviz.core.declared import sentences_of
from fairviz.i18n import _, number
from fairviz.stats import spearman

if TYPE_CHECKING:
    import pandas as pd

_say = sentences_of(__file__)

_ACCURACY = {"benchmark": "bbq", "metric": "acc_disambiguated", "level": "aggregate"}
# The bias scores of the study that can be read: μ has no bound, γ has lost its subjects.
_BIAS = ("s_disambiguated", "s_ambiguous", "eta")
_FORM = ["base_model", "method", "ratio", "structure"]


def quantized_keep_accuracy(frame: pd.DataFrame) -> Verdict:
    """Whether every quantized line is above every form pruned by half or more, in this order.

    Means are over the models in which all three lines are sound, so that they are of the same.
    """
    rows = (read := Reading(frame)).cells(method=(*QUANTIZATION, *PRUNING), **_ACCURACY)
    quantized, pruned = quantized_or_pruned(rows)
    low = quantized.groupby("base_model", observed=True)["value"].min()
    high = pruned.groupby("base_model", observed=True)["value"].max()
    kept = [str(base) for base in low.index if low[base] > high[base]]
    wide = quantized.assign(method=quantized["method"].astype(str)).pivot_table(
        index="base_model", columns="method", values="value", observed=True
    )
    whole = wide.dropna()
    means = {name: float(whole[name].mean()) for name in QUANTIZATION}
    ordered = means["int8"] > means["gptq"] > means["awq"]
    told = ", ".join(f"{method(name)} {number(value, '.4f')}" for name, value in means.items())
    best = len(kept) == len(low)
    models = listed([str(base) for base in whole.index])
    said = (
        _say("quantized_in_order", kept=listed(kept), models=models, means=told)
        if ordered
        else _say("quantized_out_of_order", kept=listed(kept), models=models, means=told)
    )
    return read.verdict(best and ordered, best or ordered, said)


def magnitude_is_worst(frame: pd.DataFrame) -> Verdict:
    """Whether magnitude is lowest of four at 50 % and 60 %, in all four models."""
    read = Reading(frame)
    rows = read.cells(method=PRUNING, ratio=(0.5, 0.6), structure="unstructured", **_ACCURACY)
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
    said = _say("magnitude_is_worst", worst=len(worst), figures=figures)
    return read.verdict(len(worst) == 8, True, said)


def spread_grows(frame: pd.DataFrame) -> Verdict:
    """Spread over categories of the changes, and of the accuracies, along the ratio."""
    read = Reading(frame)
    rows = read.cells(benchmark="bbq", metric="acc_disambiguated", level="axis",
                      method=("int8", *PRUNING), structure=("none", "unstructured"))  # fmt: skip
    # From LLM.int8(): one baseline line is from another set of questions.
    moved = compared(rows)
    moved = moved.assign(change=moved["value"] - moved["before"])
    keys = ["base_model", "method", "ratio"]
    of_change = moved.groupby(keys, observed=True)["change"].std().reset_index()
    of_value = moved.groupby(keys, observed=True)["value"].std().reset_index()
    rising = [
        [
            spearman(part["ratio"].to_numpy(), part[column].to_numpy()).rho > 0
            for _rest, part in table.groupby(["base_model", "method"], observed=True)
        ]
        for table, column in ((of_change, "change"), (of_value, "value"))
    ]
    cases = len(rising[0])
    return read.verdict(
        all(rising[0]),
        sum(rising[0]) >= 0.9 * cases,
        _say("spread_grows", changes=sum(rising[0]), cases=cases, accuracies=sum(rising[1])),
    )


def harm_grows(frame: pd.DataFrame) -> Verdict:
    """Bias scores of the forms that write less toxic text than their baseline."""
    read = Reading(frame)
    toxic = compared(read.cells(benchmark="toxigen", **TOXIC))
    fell = toxic.loc[toxic["value"] < toxic["before"], _FORM]
    counts, worse = {}, {}
    for name, moved in _moved(read).items():
        of_form = moved.groupby(_FORM, observed=True)["change"].mean().reset_index()
        both = fell.merge(of_form, on=_FORM)
        grew = both[both["change"] > 0]
        counts[name] = (len(grew), len(both))
        worse[name] = set(grew["base_model"].astype(str))
    most = [name for name, (grew, all_) in counts.items() if 2 * grew > all_]
    models = set(fell["base_model"].astype(str))
    everywhere = any(worse[name] == models for name in counts)
    return read.verdict(
        everywhere and len(most) == len(counts),
        everywhere,
        _say("harm_grows",
            counts=_("; ").join(
                _("{measure}: {grew} of {all}", measure=_(metric(name).title),
                   grew=grew, all=all_)
                for name, (grew, all_) in counts.items()
            ),
            most=len(most),
            all=len(counts),
        ),
    )  # fmt: skip


def bias_preserved(frame: pd.DataFrame) -> Verdict:
    """How far quantized forms and forms pruned by half or more move each bias score."""
    read = Reading(frame)
    figures = {}
    for name, moved in _moved(read).items():
        quantized, pruned = quantized_or_pruned(moved)
        figures[name] = (
            float(quantized["change"].abs().mean()), float(pruned["change"].abs().mean())
        )  # fmt: skip
    clear = [name for name, (little, much) in figures.items() if much > 2 * little]
    more = [name for name, (little, much) in figures.items() if much > little]
    return read.verdict(
        len(clear) == len(figures),
        bool(more),
        _say("bias_preserved",
            figures=_("; ").join(
                _("{measure}: {quantized:.3f} against {pruned:.3f}",
                   measure=_(metric(name).title), quantized=little, pruned=much)
                for name, (little, much) in figures.items()
            ),
            clear=len(clear),
            all=len(figures),
        ),
    )  # fmt: skip


def _moved(read: Reading) -> dict[str, pd.DataFrame]:
    """Bias score -> its sound cells per axis, with how much further from 0 each is than before."""
    found = {}
    for name in _BIAS:
        moved = compared(read.cells(metric=name, level="axis"))
        found[name] = moved.assign(change=moved["value"].abs() - moved["before"].abs())
    return found
