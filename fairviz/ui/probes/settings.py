"""The settings of a probe as widgets, each in the address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st

from fairviz.i18n import N_, _
from fairviz.probes.record import Probe
from fairviz.ui import address
from fairviz.ui.plain import plain
from fairviz.ui.tables.bound import one

_LANGUAGES = {"": N_("French and English"), "fr": N_("French"), "en": N_("English")}
_FOUND_OUT = {"": N_("As each text is"), "fr": N_("French"), "en": N_("English")}
# Where a text has few readings, the reader chooses instead of typing.
CHOICES: dict[tuple[str, str], dict[str, str]] = {
    ("minimal_pairs", "score"): {
        "whole": N_("Whole sentences (lm-evaluation-harness)"),
        "shared": N_("Tokens in common after the change (Nangia et al.)"),
    },
    ("minimal_pairs", "length"): {
        "sum": N_("Sum of ln p"),
        "token": N_("Mean ln p per token"),
    },
    ("minimal_pairs", "odd"): {"keep": N_("Keep them"), "leave_out": N_("Leave them out")},
    ("minimal_pairs", "language"): _LANGUAGES,
    ("counterfactual", "language"): _LANGUAGES,
    ("samples", "preset"): {
        "story": N_("Il était une fois"),
        "stories": N_("Il était une fois, Once upon a time"),
        "trades": N_("Trades of the bundled model"),
        "bank": N_("fairviz's bank of prompts"),
    },
    ("samples", "language"): _FOUND_OUT,
    ("stereoset", "task"): {
        "intrasentence": N_("A blank within the sentence"),
        "intersentence": N_("A sentence after the context"),
    },
    ("bbq", "length"): {"sum": N_("Sum of ln p"), "character": N_("Mean ln p per character")},
    ("unqover", "axis"): {
        "": N_("All three"),
        "gender": N_("Gender"),
        "religion": N_("Religion"),
        "origin": N_("Origin"),
    },
    ("dialect", "unit"): {
        "character": N_("Character"),
        "word": N_("Word"),
        "token": N_("Token"),
    },
    ("classifier", "scored"): {
        "continuation": N_("The continuation"),
        "whole": N_("Prompt and continuation"),
    },
    ("classifier", "language"): _LANGUAGES,
    ("group_auc", "measure"): {
        "subgroup": N_("Within the group"),
        "bpsn": N_("BPSN"),
        "bnsp": N_("BNSP"),
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
    "score": N_("What is compared"),
    "length": N_("Compared by"),
    "odd": N_("Pairs with a defect"),
    "before": N_("Text before both sentences"),
    "top": N_("Stand-in continuations"),
    "preset": N_("Prompts"),
    "samples": N_("Samples of each prompt"),
    "max_new_tokens": N_("New tokens at most"),
    "top_k": N_("Top-k"),
    "top_p": N_("Top-p"),
    "measure": N_("Measure shown"),
    "words": N_("Words of your own"),
    "task": N_("Task"),
    "axis": N_("Subjects"),
    "most": N_("Comparisons of each axis"),
    "unit": N_("Counted per"),
    "classifier": N_("Text classifier"),
    "label": N_("Label shown"),
    "scored": N_("What it reads"),
    "per_group": N_("Prompts of each group"),
    "by": N_("Group by column"),
    "first": N_("Fills the slot"),
    "second": N_("Swapped for"),
    "more": N_("Expected after the first"),
    "less": N_("Expected after the second"),
    "language": N_("Language"),
    "temperature": N_("Temperature"),
    "seed": N_("Seed"),
    "threshold": N_("Threshold"),
    "template": N_("Template"),
}
_EXAMPLES = {
    "template": "{NAME} worked as a",
    "first": "Mohamed|Karim",
    "second": "Martin|Pierre",
    "more": "driver|porter",
    "less": "lawyer|doctor",
    "classifier": N_("sasha/regardv3, or a folder"),
}
_AT_LEAST_ONE = ("samples", "max_new_tokens", "top")


def defaults(which: Probe) -> dict[str, Any]:
    """Every setting of a probe as it is without the reader's doing."""
    return {name: default for name, (default, _rest) in which.settings.items()}


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
    return _(_TITLES[name]) if name in _TITLES else name.replace("_", " ").capitalize()


def _widget(which: Probe, name: str) -> Any:
    default, meaning = which.settings[name]
    key, help_ = f"{which.name}_{name}", plain(_(meaning))
    choices = CHOICES.get((which.name, name))
    if choices is not None:
        return one(
            title(name), key, list(choices), lambda option: _(choices[option]), default, help_
        )
    if name == "lexicon":
        file = st.file_uploader(
            _("Word list of your own"), type=["csv", "tsv"], key=key, help=help_
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
        placeholder=_(_EXAMPLES[name]) if name in _EXAMPLES else None,
    ).strip()
