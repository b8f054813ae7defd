"""The trade-off picture: what each compressed form of a baseline weighs and what it does to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from fairviz.figures.tradeoff import FAMILIES, tradeoff
from fairviz.figures.tradeoff_axes import HARMS, SIZES, drawable
from fairviz.specs import ModelSpec
from fairviz.ui import chart
from fairviz.ui.methods import known, work
from fairviz.ui.plain import plain
from fairviz.ui.tables.bound import segment

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.tradeoff import Point

# On a phone the names would cover the signs; there a touch tells them.
_NARROW = (
    "<style>@media (max-width: 640px) "
    "{.st-key-tradeoff .annotation[data-index] {display: none}}</style>"
)
_COLOURS = {
    "quantization": "blue-green",
    "pruning": "ochre",
    "structured pruning": "magenta",
    "distillation": "green",
}


def draw(baseline: ModelSpec) -> None:
    """The picture with its two choices, the rows behind it, and the way to fill it."""
    from fairviz.tradeoff import measured

    st.subheader("How much compression?", anchor=False)
    points = measured(baseline)
    forms = [one for one in points if one.name != str(baseline)]
    if not forms:
        _empty(baseline)
        return
    with st.container(horizontal=True, gap="medium"):
        size = segment("Size", "size", list(SIZES), SIZES.__getitem__, "disk")
        harm = segment("What it does", "harm", list(HARMS), lambda name: HARMS[name].short, "kl")
    shown = [one for one in forms if drawable(one, size, harm)]
    if not shown:
        st.info(
            f"{HARMS[harm].short} of these was not measured. Choose another of “What it does”.",
            icon=":material/straighten:",
        )
    else:
        st.html(_NARROW)
        whole = known.whole(baseline, points, size)
        chart.draw(
            tradeoff(shown, str(baseline), size=size, harm=harm, whole=whole),
            key="tradeoff",
            alt=f"{len(shown)} compressed forms of {baseline}: {SIZES[size]} across, "
            f"{HARMS[harm].title} up.",
        )
        st.caption(_words(shown, len(forms) - len(shown), harm))
    _rows(baseline, forms)


def _words(shown: list[Point], hidden: int, harm: str) -> str:
    present = [name for name in FAMILIES if any(one.family == name for one in shown)]
    families = ", ".join(f"{_COLOURS[name]} is {name}" for name in present)
    tokens = f"{shown[0].tokens:,} tokens of held-out text. " if shown[0].tokens else ""
    left = f"{hidden} without a value here are in the rows below. " if hidden else ""
    return (
        f"{HARMS[harm].meaning} {tokens}Lower left is better; the dotted grey line joins the forms "
        f"that no other beats in both. {left}{families[:1].upper()}{families[1:]}; the sign tells "
        "the method. Zeros that pruning makes take as much room as any weight where the file or "
        "the memory stores them. int8, nf4 and fp4 are made while a model is loaded: on disk they "
        "are counted as in memory."
    )


def _empty(baseline: ModelSpec) -> None:
    """What to press and what to type."""
    from fairviz.compression.registry import METHODS

    quick = [one for one in METHODS.values() if one.name != "none" and not one.made]
    with st.container(border=True, key="tradeoff_empty"):
        st.markdown(
            f"Nothing of {plain(str(baseline))} is measured yet. Make a compressed form further "
            "below, or begin with those that need no making. On the command line, "
            "this makes and measures the whole grid of the studies, and goes on where it was "
            "interrupted:"
        )
        st.code(f"python -m fairviz compress {baseline} --sweep", language=None, wrap_lines=True)
        tasks = [
            work.Task(ModelSpec.parse(f"{baseline}+{form}"), make=False, measure=True)
            for method in quick
            for form in known.forms(method)
        ]
        st.button(
            "Measure " + ", ".join(str(task.spec.compression) for task in tasks),
            key="measure_quick",
            icon=":material/straighten:",
            disabled=work.busy() or not tasks,
            on_click=work.start,
            args=(tasks, st.session_state.get("device") or "auto"),
        )


def _rows(baseline: ModelSpec, forms: list[Point]) -> None:
    with st.expander(f"The numbers behind it ({len(forms)} rows)"):
        st.dataframe(
            _table(forms),
            key="tradeoff_rows",
            hide_index=True,
            placeholder="–",
            column_config={
                name: st.column_config.NumberColumn(format="%.4g")
                for name in (
                    *("On disk (MB)", "In memory (MB)", "Mean KL (nats)", "KL, low", "KL, high"),
                    *("Perplexity", "Times the baseline's", "Bias shift"),
                )
            },
            alt=f"{len(forms)} compressed forms of {baseline} with sizes and measures.",
        )
    st.download_button(
        "CSV: one row per form",
        lambda: _csv(forms),
        "fairviz-tradeoff.csv",
        "text/csv",
        key="tradeoff_csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _table(forms: list[Point]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "Compressed form": one.name,
            "Method": one.method,
            "Family": one.family,
            "On disk (MB)": one.bytes_on_disk / 1e6,
            "In memory (MB)": one.bytes_in_memory / 1e6,
            "Mean KL (nats)": one.kl,
            "KL, low": one.kl_low,
            "KL, high": one.kl_high,
            "Perplexity": one.perplexity,
            "Times the baseline's": one.perplexity_ratio,
            "Bias shift": one.bias_shift,
            "Tokens": one.tokens,
        }
        for one in forms
    )


def _csv(forms: list[Point]) -> bytes:
    """The measured rows under their own names; empty cells were not measured."""
    from dataclasses import asdict

    import pandas as pd

    return pd.DataFrame([asdict(one) for one in forms]).to_csv(index=False).encode()
