"""What one picture asks beyond the page's filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from fairviz.benchmarks import labels
from fairviz.benchmarks.flags import weight
from fairviz.benchmarks.overview import QUALITIES
from fairviz.ui.tables.bound import named, one

if TYPE_CHECKING:
    import pandas as pd


def quality() -> str:
    """What the overview reads the models' quality from."""
    named("quality", QUALITIES)
    return str(
        st.segmented_control(
            "Quality, across",
            list(QUALITIES),
            default="perplexity",
            required=True,
            key="quality",
            format_func={"perplexity": "Perplexity", "bbq": "BBQ accuracy"}.__getitem__,
            bind="query-params",
            help="A model that has collapsed says nothing toxic either: read harm and quality "
            "together.",
        )
        or "perplexity"
    )


SPREAD_OF = {"values": "The numbers themselves", "changes": "Their changes"}


def spread_of() -> str:
    """Whether the spread is of the groups' numbers or of what compression did to them."""
    named("spread_of", SPREAD_OF)
    return str(
        st.segmented_control(
            "Spread of",
            list(SPREAD_OF),
            default="values",
            required=True,
            key="spread_of",
            format_func=SPREAD_OF.__getitem__,
            bind="query-params",
            help="A model that collapses is equally bad for all: its numbers draw together while "
            "the changes that brought them there drift apart.",
        )
        or "values"
    )


def one_base(rows: pd.DataFrame) -> str:
    """The base model of a picture that has room for one; first the one least is known against."""
    weights = rows["flags"].astype(str).map(lambda flags: weight(flags) in ("bars", "caution"))
    suspect = weights.groupby(rows["base_model"].astype(str)).mean()
    options = sorted(suspect.index, key=labels.base_order)
    default = min(options, key=lambda one: (round(float(suspect[one]), 2), options.index(one)))
    return one("Base model in this picture", "base", options, labels.base_model, default)


def one_setting(options: Sequence[str], default: str) -> str:
    """The compressed form that is looked at closely."""
    return one("Closely: reference and", "setting", options, str, default)
