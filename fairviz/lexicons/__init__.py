"""Word lists in French and English, and how often a text holds words of each group.

A word is found as a whole, whatever its case; œ is oe, and accents count. A hyphen or spaces
stand between words, so that `est-elle` holds `elle` and `North-African` is `North African`. What
French elides is a word of its own (`qu'elle` is `qu` and `elle`); English endings behind an
apostrophe are dropped (`she's` is `she`); any other apostrophe is part of its word
(`aujourd'hui`). Of several words in a row the longest entry of a category counts, so that
`grand-mère` is not also `mère`. Nothing is understood: a negated word counts, and a French
pronoun counts whether it means a woman or a door.

The rule of an entry: `word` is this very word; `forms` also takes the endings -s, -e and -es
on each of its words; `begins` is every word that begins so; `skip` is passed over, so that
`il y a` is no `il`.
"""

from fairviz.lexicons.lexicon import (
    BUNDLED,
    BadLexicon,
    Entry,
    Group,
    Lexicon,
    bundled,
    of_words,
    read,
)
from fairviz.lexicons.matching import Match, found, matches
from fairviz.lexicons.words import Word, language_of, words

__all__ = [
    "BUNDLED",
    "BadLexicon",
    "Entry",
    "Group",
    "Lexicon",
    "Match",
    "Word",
    "bundled",
    "found",
    "language_of",
    "matches",
    "of_words",
    "read",
    "words",
]
