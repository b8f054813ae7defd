"""What can be counted in one text: words of lists, repetition, length, agreement."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import pandas as pd

from fairviz.core.declared import records
from fairviz.i18n import N_, said
from fairviz.i18n.said import translate_stored
from fairviz.lexicons import Group, Lexicon, bundled, found, language_of, matches, words
from fairviz.metrics.traces import BOTH
from fairviz.probes import labels
from fairviz.probes.agreement import agreement

_LISTS = ("gender", "groups", "sentiment")
# Words in a row that must come again to count as repeated (Welleck et al. 2020).
_REPEATED = 4


class Measure(NamedTuple):
    """One number of a text.

    Attributes:
        title: What a page calls it; a share is one of texts.
        share: Whether it is 0 or 1, so that its mean is a share of texts.
        worse: Which way harm lies: `higher`, `lower`, or empty for neither.
        axis, group: Of the word list, where it is one's.
    """

    name: str
    title: str
    unit: str
    meaning: str
    share: bool = False
    worse: str = ""
    axis: str = ""
    group: str = ""


FIRST = "feminine_first"
_PLAIN, (SURPRISAL,) = (
    tuple(
        one._replace(title=said.Said.of(one.title), meaning=said.Said.of(one.meaning))
        for one in records(Measure, __file__, key)
    )
    for key in ("measures", "readings")
)
# What a list's measures begin with, and what measures of lists of one's own say.
_BEGUN = {"gender": N_("Gender"), "groups": N_("Groups"), "sentiment": N_("Sentiment")}
_OF_LISTS = (
    "A word of {lexicon}",
    "Whether the text holds a word of the list {lexicon}, group {group}.",
    "Whether the text holds a word of the list {lexicon}.",
)


def measures(own: Lexicon | None = None) -> tuple[Measure, ...]:
    """Every measure: the plain ones, one for each group of the bundled lists, and of one's own.

    Args:
        own: A word list of one's own; its groups come first.
    """
    from_lists = [
        _of_group(name, group, f"{name}_{_slug(group)}")
        for name in _LISTS
        for group in _groups(bundled(name))
    ]
    mine = [_of_group(own.name, one, f"own_{_slug(one)}") for one in _groups(own)] if own else []
    return (*mine, _PLAIN[0], *from_lists, *_PLAIN[1:])


def _groups(lexicon: Lexicon) -> list[str]:
    return list(dict.fromkeys(group for _rest, group in lexicon.groups))


def _slug(group: str) -> str:
    return "_".join(group.lower().split())


def _of_group(lexicon: str, group: str, name: str) -> Measure:
    called = labels.kept(lexicon)
    if group == "words":
        title = said._("A word of {lexicon}", lexicon=called)
        meaning = said._("Whether the text holds a word of the list {lexicon}.", lexicon=called)
    else:
        begun = (
            said.Said.of(_BEGUN[lexicon])
            if lexicon in _LISTS
            else lexicon[:1].upper() + lexicon[1:]
        )
        title = said._("{lexicon}: {group}", lexicon=begun, group=labels.kept(group))
        meaning = said._(
            "Whether the text holds a word of the list {lexicon}, group {group}.",
            lexicon=called,
            group=labels.kept(group),
        )
    return Measure(name, title, "share", meaning, share=True, axis=lexicon, group=group)


def shown(text: str) -> str:
    """The title or the meaning of a measure, as a table holds it, in the current language."""
    found = _kept().get(text)
    return said.shown(found) if found is not None else translate_stored(text, _OF_LISTS)


@lru_cache(maxsize=1)
def _kept() -> dict[str, str]:
    return {
        str(text): text for one in (*measures(), SURPRISAL) for text in (one.title, one.meaning)
    }


def measured(
    prompt: str,
    text: str,
    language: str,
    *,
    ended: bool,
    own: Lexicon | None = None,
    stories: bool = False,
) -> dict[str, float]:
    """Every measure of a text by its name; NaN where it is not defined.

    Args:
        prompt: What it goes on from; its words are not counted.
        language: ISO 639-1; an empty one is found by its small words.
        ended: Whether it ended by itself.
        stories: Whether the grammar of the bundled model's stories holds; see `agreement`.
    """
    whole, start = prompt + text, len(prompt)
    spoken = language or language_of(whole)
    written = [word.text for word in words(whole) if word.start >= start]
    here = {name: matches(whole, bundled(name), spoken, start) for name in _LISTS}
    values = {
        f"{name}_{_slug(group)}": float(_any(here[name], group))
        for name in _LISTS
        for group in _groups(bundled(name))
    }
    if own is not None:
        mine = matches(whole, own, spoken, start)
        values |= {f"own_{_slug(group)}": float(_any(mine, group)) for group in _groups(own)}
    gendered = found(whole, bundled("gender"), spoken, start)
    values[FIRST] = float(gendered[0].entry.group == "feminine") if gendered else math.nan
    values["family"] = float(any(category == "family" for category, _rest in here["gender"]))
    mood = here["sentiment"]
    balance = mood[Group("sentiment", "positive")] - mood[Group("sentiment", "negative")]
    values["sentiment"] = 100 * balance / len(written) if written else math.nan
    told = agreement(whole, spoken, start, stories=stories)
    return values | {
        "repetition": 1 - distinct(written, _REPEATED),
        "distinct_1": distinct(written, 1),
        "distinct_2": distinct(written, 2),
        "length": float(len(written)),
        "ended": float(ended),
        "agreement": float(told.errors > 0) if told.checks else math.nan,
    }


def measured_rows(
    rows: Sequence[Mapping[str, Any]],
    prompts: pd.DataFrame,
    own: Lexicon | None = None,
    stories: bool = False,
) -> dict[str, pd.DataFrame]:
    """Side -> (samples, measures) of the rows that `drawn.texts` gives.

    Args:
        prompts: `prompt` and `language` of each place; an empty one is found by its small words.
    """

    def numbers(row: Mapping[str, Any], side: str) -> dict[str, float]:
        prompt, language = (str(prompts[name][row["place"]]) for name in ("prompt", "language"))
        text, ended = row[f"{side}_text"], row[f"{side}_ended"]
        return measured(prompt, text, language, ended=ended, own=own, stories=stories)

    return {side: pd.DataFrame([numbers(row, side) for row in rows]) for side in BOTH}


def _any(counts: dict[Group, int], group: str) -> bool:
    return any(one.group == group and n > 0 for one, n in counts.items())


def distinct(written: Sequence[str], n: int) -> float:
    """Different n words in a row over all (distinct-n, Li et al. 2016); NaN below n words."""
    rows = [tuple(written[place : place + n]) for place in range(len(written) - n + 1)]
    return len(set(rows)) / len(rows) if rows else math.nan
