"""Word lists: the bundled ones, and those of a CSV file or a line of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import NamedTuple

from fairviz.core.errors import FairvizError
from fairviz.core.set_files import rows
from fairviz.core.skips import first_of
from fairviz.i18n import _, listed
from fairviz.lexicons.words import words

BUNDLED = ("gender", "groups", "sentiment")
COLUMNS = ("word", "language", "category", "group", "rule")
RULES = ("word", "forms", "begins", "skip")


class BadLexicon(FairvizError):
    """A word list that cannot be read: which line, and why."""


class Group(NamedTuple):
    """What words are counted as: a category, and a group within it."""

    category: str
    group: str


class Entry(NamedTuple):
    """One line of a word list.

    Attributes:
        language: ISO 639-1; empty for any.
    """

    word: str
    language: str
    category: str
    group: str
    rule: str


@dataclass(frozen=True, eq=False)
class Lexicon:
    """A word list; its groups keep the order of their first entries."""

    name: str
    entries: tuple[Entry, ...]

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """All groups that words are counted as."""
        return tuple(
            dict.fromkeys(
                Group(one.category, one.group) for one in self.entries if one.rule != "skip"
            )
        )


@cache
def bundled(name: str) -> Lexicon:
    """A word list of the project: `gender`, `groups` or `sentiment`.

    Raises:
        BadLexicon: If there is no such list.
    """
    if name not in BUNDLED:
        raise BadLexicon(
            _("There is no word list '{name}'.", name=name),
            fix=_("Use {names}, or a CSV file.", names=", ".join(BUNDLED)),
        )
    path = Path(__file__).with_name(f"{name}.csv")
    return read(path.read_bytes(), path.name)


def read(content: bytes, name: str) -> Lexicon:
    """A word list from a file with a column `word`; the other columns may be absent.

    Without them a word is of any language, of the category that the file is named after, of
    the group `words`, and found by the rule `word`.

    Raises:
        BadLexicon: If it has no such column, or a line that cannot be an entry.
        FairvizError: If it cannot be read.
    """
    table = rows(content, name)
    columns = {column.strip().lower(): column for column in table.columns}
    if "word" not in columns and table.columns != ("text",):
        raise BadLexicon(
            _(
                "{name} has no column 'word'; it has {columns}.",
                name=name,
                columns=listed(table.columns),
            ),
            fix=_(
                "Name its columns {columns}; all but the first may be absent.",
                columns=", ".join(COLUMNS),
            ),
        )
    if table.left_out:
        raise BadLexicon(
            f"{name}, {first_of(table.left_out)}",
            fix=_("Mend that line."),
        )
    defaults = {"category": Path(name).stem, "group": "words", "rule": "word"}
    entries = []
    for line, fields in table.rows:
        said = {
            column: str(fields.get(columns.get(column, "text" if column == "word" else "")) or "")
            for column in COLUMNS
        }
        said = {key: value.strip() or defaults.get(key, "") for key, value in said.items()}
        entries.append(_entry(said, _("{name}, line {line}", name=name, line=line)))
    return Lexicon(Path(name).stem, tuple(entries))


def of_words(listed: str, name: str = "own words") -> Lexicon:
    """A word list from a line such as `mère, père, famil*`; a star is the rule `begins`.

    Raises:
        BadLexicon: If no word is in it.
    """
    parts = [part.strip() for part in listed.replace(";", ",").split(",")]
    entries = tuple(
        _entry(
            {
                "word": part.rstrip("*"),
                "language": "",
                "category": name,
                "group": "words",
                "rule": "begins" if part.endswith("*") else "word",
            },
            f"'{part}'",
        )
        for part in parts
        if part
    )
    if not entries:
        raise BadLexicon(
            _("'{listed}' lists no word.", listed=listed),
            fix=_("Write some with commas between."),
        )
    return Lexicon(name, entries)


def _entry(said: dict[str, str], where: str) -> Entry:
    entry = Entry(*(said[column] for column in COLUMNS))
    length = len(words(entry.word))
    if not length:
        raise BadLexicon(
            _("{where} has no word.", where=where), fix=_("Fill it in or delete the line.")
        )
    if entry.rule not in RULES:
        raise BadLexicon(
            _("{where} has the rule '{rule}'.", where=where, rule=entry.rule),
            fix=_("Use one of {names}.", names=", ".join(RULES)),
        )
    if entry.rule == "begins" and length > 1:
        raise BadLexicon(
            _("{where} has the rule begins and {n} words.", where=where, n=length),
            fix=_("Give it one word, or the rule forms."),
        )
    return entry


def spellings(entry: Entry) -> Sequence[tuple[str, ...]]:
    """The rows of words that an entry is found as; beginnings for the rule `begins`."""
    parts = tuple(word.text for word in words(entry.word))
    if entry.rule != "forms":
        return (parts,)
    return list(product(*([part + end for end in ("", "s", "e", "es")] for part in parts)))
