"""The settings of a probe as widgets, each in the address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from fairviz.i18n import later, tr
from fairviz.probes.record import Probe
from fairviz.ui import address
from fairviz.ui.plain import plain
from fairviz.ui.tables.bound import one

_LANGUAGES = {"": later("French and English"), "fr": later("French"), "en": later("English")}
_FOUND_OUT = {"": later("As each text is"), "fr": later("French"), "en": later("English")}
# Where a text has few readings, the reader chooses instead of typing.
CHOICES: dict[tuple[str, str], dict[str, str]] = {
    ("minimal_pairs", "score"): {
        "whole": later("Whole sentences (lm-evaluation-harness)"),
        "shared": later("Tokens in common after the change (Nangia et al.)"),
    },
    ("minimal_pairs", "length"): {
        "sum": later("Sum of ln p"),
        "token": later("Mean ln p per token"),
    },
    ("minimal_pairs", "odd"): {"keep": later("Keep them"), "leave_out": later("Leave them out")},
    ("minimal_pairs", "language"): _LANGUAGES,
    ("counterfactual", "language"): _LANGUAGES,
    ("samples", "preset"): {
        "story": later("Il était une fois"),
        "stories": later("Il était une fois, Once upon a time"),
        "trades": later("Trades of the bundled model"),
        "bank": later("fairviz's bank of prompts"),
    },
    ("samples", "language"): _FOUND_OUT,
    ("stereoset", "task"): {
        "intrasentence": later("A blank within the sentence"),
        "intersentence": later("A sentence after the context"),
    },
    ("bbq", "length"): {"sum": later("Sum of ln p"), "character": later("Mean ln p per character")},
    ("unqover", "axis"): {
        "": later("All three"),
        "gender": later("Gender"),
        "religion": later("Religion"),
        "origin": later("Origin"),
    },
    ("dialect", "unit"): {
        "character": later("Character"),
        "word": later("Word"),
        "token": later("Token"),
    },
    ("classifier", "scored"): {
        "continuation": later("The continuation"),
        "whole": later("Prompt and continuation"),
    },
    ("classifier", "language"): _LANGUAGES,
    ("group_auc", "measure"): {
        "subgroup": later("Within the group"),
        "bpsn": later("BPSN"),
        "bnsp": later("BNSP"),
    },
    ("stored", "language"): _FOUND_OUT,
}
# Read only when the project's own items are made.
OF_BUNDLED = {
    ("minimal_pairs", "language"), ("counterfactual", "language"), ("samples", "preset"),
    ("classifier", "language"),
}  # fmt: skip
# A template of one's own takes the place of the bundled ones.
OF_TEMPLATE = ("template", "first", "second", "more", "less")
# What says which items there are; it stands with the items, the others are folded away.
OF_ITEMS = ("preset", "task", "language", "axis", "per_group", "by", "most")
_TITLES = {
    "score": later("What is compared"),
    "length": later("Compared by"),
    "odd": later("Pairs with a defect"),
    "before": later("Text before both sentences"),
    "top": later("Stand-in continuations"),
    "preset": later("Prompts"),
    "samples": later("Samples of each prompt"),
    "max_new_tokens": later("New tokens at most"),
    "top_k": later("Top-k"),
    "top_p": later("Top-p"),
    "measure": later("Measure shown"),
    "words": later("Words of your own"),
    "task": later("Task"),
    "axis": later("Subjects"),
    "most": later("Comparisons of each axis"),
    "unit": later("Counted per"),
    "classifier": later("Text classifier"),
    "label": later("Label shown"),
    "scored": later("What it reads"),
    "per_group": later("Prompts of each group"),
    "by": later("Group by column"),
    "first": later("Fills the slot"),
    "second": later("Swapped for"),
    "more": later("Expected after the first"),
    "less": later("Expected after the second"),
    "language": later("Language"),
    "temperature": later("Temperature"),
    "seed": later("Seed"),
    "threshold": later("Threshold"),
    "template": later("Template"),
}
_EXAMPLES = {
    "template": "{NAME} worked as a",
    "first": "Mohamed|Karim",
    "second": "Martin|Pierre",
    "more": "driver|porter",
    "less": "lawyer|doctor",
    "classifier": later("sasha/regardv3, or a folder"),
}
_AT_LEAST_ONE = ("samples", "max_new_tokens", "top")


def defaults(which: Probe) -> dict[str, Any]:
    """Every setting of a probe as it is without the reader's doing."""
    return {name: default for name, (default, _) in which.settings.items()}


def draw(which: Probe, names: Iterable[str]) -> dict[str, Any]:
    """Widgets for these settings, three side by side, and what they say."""
    shown = [name for name in names if name in which.settings]
    said = {}
    for start in range(0, len(shown), 3):
        columns = st.columns(3, vertical_alignment="top")
        for name, column in zip(shown[start : start + 3], columns, strict=False):
            with column:
                said[name] = _widget(which, name)
    return said


def title(name: str) -> str:
    """What a page calls a setting."""
    return tr(_TITLES[name]) if name in _TITLES else name.replace("_", " ").capitalize()


def _widget(which: Probe, name: str) -> Any:
    default, meaning = which.settings[name]
    key, help_ = f"{which.name}_{name}", plain(tr(meaning))
    choices = CHOICES.get((which.name, name))
    if choices is not None:
        return one(
            title(name), key, list(choices), lambda option: tr(choices[option]), default, help_
        )
    if name == "lexicon":
        file = st.file_uploader(
            tr("Word list of your own"), type=["csv", "tsv"], key=key, help=help_
        )
        return default if file is None else (file.getvalue(), file.name)
    if isinstance(default, bool):
        return st.toggle(title(name), default, key=key, bind="query-params", help=help_)
    if isinstance(default, int | float):
        whole = isinstance(default, int)
        least = type(default)(name in _AT_LEAST_ONE)
        most = 1.0 if name in ("top_p", "threshold") else None
        return st.number_input(
            title(name),
            min_value=least,
            max_value=most,
            value=default,
            step=1 if whole else 0.05,
            key=key,
            bind=address.number_bound(key),
            help=help_,
        )
    return st.text_input(
        title(name),
        str(default),
        key=key,
        bind="query-params",
        help=help_,
        placeholder=tr(_EXAMPLES[name]) if name in _EXAMPLES else None,
    ).strip()
