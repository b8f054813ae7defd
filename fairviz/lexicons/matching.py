"""Where the words of a list stand in a text; the package says by which rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from fairviz.lexicons.lexicon import Entry, Group, Lexicon, spellings
from fairviz.lexicons.words import Word, words


class Match(NamedTuple):
    """A place in a text and the entry that was found there."""

    start: int
    stop: int
    entry: Entry


class _Index(NamedTuple):
    """One category: its entries by their words and by their beginnings.

    Attributes:
        longest: Words of the longest entry that a word begins.
    """

    whole: dict[tuple[str, ...], list[Entry]]
    begins: dict[str, list[Entry]]
    longest: dict[str, int]


@lru_cache(maxsize=64)
def _indices(lexicon: Lexicon, language: str) -> tuple[_Index, ...]:
    by_category: dict[str, _Index] = {}
    for entry in lexicon.entries:
        if language and entry.language not in ("", language):
            continue
        index = by_category.setdefault(entry.category, _Index({}, {}, {}))
        for one in spellings(entry):
            if entry.rule == "begins":
                index.begins.setdefault(one[0], []).append(entry)
            elif entry not in index.whole.setdefault(one, []):
                index.whole[one].append(entry)
                index.longest[one[0]] = max(index.longest.get(one[0], 0), len(one))
    return tuple(by_category.values())


@lru_cache(maxsize=16)
def found(text: str, lexicon: Lexicon, language: str = "", start: int = 0) -> tuple[Match, ...]:
    """Every place where an entry stands, in the order of the text.

    Args:
        language: Only entries of this language and of none; empty is all entries.
        start: Words that begin before this character are read, so that `grand-` goes with
            `mère`, but not found: the end of a prompt.
    """
    own = words(text)
    hits = [
        match
        for index in _indices(lexicon, language)
        for match in _walk(own, index)
        if match.start >= start and match.entry.rule != "skip"
    ]
    return tuple(sorted(hits, key=lambda match: (match.start, match.stop)))


def _walk(own: tuple[Word, ...], index: _Index) -> Iterator[Match]:
    at = 0
    while at < len(own):
        first, run = own[at].text, 0
        if first not in index.longest and not index.begins:  # most words are in no list
            at += 1
            continue
        most = min(index.longest.get(first, 0), len(own) - at)
        while run < most and (run == 0 or own[at + run].follows):
            run += 1
        for length in range(run, 0, -1):
            here = own[at : at + length]
            entries = index.whole.get(tuple(word.text for word in here), [])
            if entries:
                break
        else:
            here, starts = own[at : at + 1], (first[:size] for size in range(len(first), 0, -1))
            entries = [one for start in starts for one in index.begins.get(start, ())]
        for entry in entries:
            yield Match(here[0].start, here[-1].stop, entry)
        at += len(here) if entries else 1


def matches(text: str, lexicon: Lexicon, language: str = "", start: int = 0) -> Counter[Group]:
    """How often each group's words stand in a text; groups without any are absent.

    Args:
        language: Only entries of this language and of none; empty is all entries.
        start: Words that begin before this character are not counted.
    """
    hits = found(text, lexicon, language, start)
    # Two entries that spell one word the same way are one find of their group.
    places = {(hit.start, Group(hit.entry.category, hit.entry.group)) for hit in hits}
    return Counter(group for _, group in places)
