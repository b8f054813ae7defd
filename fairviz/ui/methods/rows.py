"""The rows behind the trade-off picture, as a table and as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from fairviz.core import csv_file
from fairviz.core.specs import ModelSpec
from fairviz.figures.tradeoff_axes import shown_name
from fairviz.i18n import N_, _, ngettext
from fairviz.ui.numerals import numerals

if TYPE_CHECKING:
    import pandas as pd

    from fairviz.analyses.tradeoff.measure import Point


def draw(baseline: ModelSpec, forms: list[Point]) -> None:
    """The forms that are drawn and those that are not, with all that was measured of them."""
    with st.expander(
        ngettext("The numbers behind it ({n} row)", "The numbers behind it ({n} rows)", len(forms))
    ):
        st.dataframe(
            numerals(_table(forms), dict.fromkeys(_NUMBERS, ".4g")),
            key="tradeoff_rows",
            hide_index=True,
            placeholder="–",
            column_config=_columns(),
            alt=ngettext(
                "{n} compressed form of {baseline} with sizes and measures.",
                "{n} compressed forms of {baseline} with sizes and measures.",
                len(forms),
                baseline=baseline,
            ),
        )
    st.download_button(
        _("CSV: one row per form"),
        lambda: _csv(forms),
        "fairviz-tradeoff.csv",
        "text/csv",
        key="tradeoff_csv",
        on_click="ignore",
        icon=":material/download:",
    )


_WORDS = (N_("Compressed form"), N_("Method"), N_("Family"))
_NUMBERS = (
    N_("On disk (MB)"),
    N_("In memory (MB)"),
    N_("Mean KL (nats)"),
    N_("KL, low"),
    N_("KL, high"),
    N_("Perplexity"),
    N_("Times the baseline's"),
    N_("Bias shift"),
)
_TOKENS = N_("Tokens")
_TEXT = N_("Measured on")


def _columns() -> dict[str, Any]:
    words = {name: st.column_config.Column(_(name)) for name in (*_WORDS, _TOKENS, _TEXT)}
    return words | {name: st.column_config.NumberColumn(_(name)) for name in _NUMBERS}


def _table(forms: list[Point]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "Compressed form": shown_name(one.name),
            "Method": one.method,
            "Family": _(one.family),
            "On disk (MB)": one.bytes_on_disk / 1e6,
            "In memory (MB)": one.bytes_in_memory / 1e6,
            "Mean KL (nats)": one.kl,
            "KL, low": one.kl_low,
            "KL, high": one.kl_high,
            "Perplexity": one.perplexity,
            "Times the baseline's": one.perplexity_ratio,
            "Bias shift": one.bias_shift,
            _TOKENS: one.tokens,
            _TEXT: _(one.text),
        }
        for one in forms
    )


def _csv(forms: list[Point]) -> str:
    """The measured rows under their own names; empty cells were not measured."""
    from dataclasses import asdict

    import pandas as pd

    return csv_file.written(pd.DataFrame([asdict(one) for one in forms]))
