"""The files of WinoBias (Zhao et al. 2018), WinoGender (Rudinger et al. 2018) and StereoSet
(Nadeem et al. 2021) as pairs of sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import pandas as pd

from fairviz.core import skips
from fairviz.core.csv_file import records
from fairviz.core.declared import declared
from fairviz.core.errors import FairvizError
from fairviz.core.json_file import is_object
from fairviz.core.set_files import rows
from fairviz.core.skips import Skip
from fairviz.core.specs import digest
from fairviz.core.text_file import beginning, lines, text_of
from fairviz.i18n import N_, _, said
from fairviz.probes.fields import columns, each_once
from fairviz.probes.record import Items
from fairviz.probes.stereoset import Contexts, contexts

EMPTY = N_("an empty sentence")
NOTHING_SHARED = N_("nothing in common after the first difference")
_WINOBIAS = re.compile(r"(\d+) (.*\[.*\].*)")
_PRONOUN = re.compile(r"\b(he|she|him|his|her|hers|himself|herself)\b", re.IGNORECASE)
_TEMPLATE = ("occupation(0)", "other-participant(1)", "answer", "sentence")
_MALE = {"he", "him", "his", "himself"}
_PRONOUNS = {
    "$NOM_PRONOUN": ("she", "he"),
    "$POSS_PRONOUN": ("her", "his"),
    "$ACC_PRONOUN": ("her", "him"),
}


class NeedsTheOther(FairvizError):
    """A file of WinoBias without the one that has the same sentences the other way round."""


class PairRow(NamedTuple):
    """One pair: `more` is what `side` says, `less` the other sentence."""

    id: str
    group: str
    language: str
    more: str
    less: str
    direction: str = ""
    subject: str = ""
    side: str = "the more stereotyping"


class Found(NamedTuple):
    """The pairs of a file, what was left out of it, and what is odd, with how often."""

    rows: list[PairRow]
    left_out: list[Skip]
    warts: Mapping[str, int]


def is_winobias(content: bytes) -> bool:
    """Whether the first line is numbered and has brackets."""
    return _WINOBIAS.match(beginning(content)) is not None


def winobias(content: bytes, name: str, other: bytes | None) -> Found:
    """The sentences of a pro-stereotyped file against those of the anti-stereotyped one.

    A name with `anti` in it says that the first file is the anti-stereotyped one. Grouped by
    whom the stereotype expects in the trade.

    Raises:
        NeedsTheOther: If there is no second file.
    """
    if other is None:
        raise NeedsTheOther(
            _("{name} has every sentence once; the pair of it is in another file.", name=name),
            fix=_(
                "Give the file of the other direction as the second one, such as "
                "anti_stereotyped_type1.txt.dev beside pro_stereotyped_type1.txt.dev."
            ),
        )
    here, there = (dict(_numbered(text_of(one, name))) for one in (content, other))
    if "anti" in name.lower():
        here, there = there, here
    rows, lost, loose = [], [], 0
    for number, pro in here.items():
        where = said._("sentence {number}", number=number)
        if number not in there:
            lost.append(Skip(where, said._("not in the other file")))
            continue
        more, less = (re.sub(r"[\[\]]", "", one) for one in (pro, there[number]))
        male = [word.lower() in _MALE for word in _PRONOUN.findall(more)]
        # The last pronoun in brackets is the one that the sentence turns on.
        marked = _PRONOUN.findall(" ".join(re.findall(r"\[(.*?)\]", pro)))
        if not marked:
            lost.append(Skip(where, said._("no pronoun in brackets")))
            continue
        loose += _PRONOUN.sub("_", more) != _PRONOUN.sub("_", less) or not male
        group = "trades of men" if marked[-1].lower() in _MALE else "trades of women"
        subject = re.findall(r"\[(.*?)\]", pro)[0].strip()
        rows.append(PairRow(number, group, "en", more, less, subject=subject))
    lost += [
        Skip(said._("sentence {number}", number=n), said._("not in the other file"))
        for n in there
        if n not in here
    ]
    warts = {N_("sentences that differ in more than their pronouns"): loose} if loose else {}
    return Found(rows, lost, warts)


def _numbered(text: str) -> Iterator[tuple[str, str]]:
    for line in lines(text):
        found = _WINOBIAS.match(line.strip())
        if found:
            yield found[1], re.sub(r" +", " ", found[2])


def is_winogender(content: bytes) -> bool:
    """Whether it is the file of sentences or the file of templates."""
    head = beginning(content).split("\n", 1)[0]
    return head.startswith("sentid\t") or "occupation(0)\t" in head


def winogender(content: bytes, name: str) -> Found:
    """The feminine sentence against the masculine one; those with `they` have no part here.

    Grouped by whom the pronoun stands for. The file does not say which trade is held to be
    whose, so `more` is the feminine sentence and not the more stereotyping one.
    """
    first, *listed = records(text_of(content, name).lstrip(), "\t")
    header = first.cells or []
    needed = ("sentid", "sentence") if "sentid" in header else _TEMPLATE
    columns(header, {one: (one,) for one in needed}, name, needed)
    sentences: dict[tuple[str, str, str], dict[str, str]] = {}
    neutral, lost = 0, []
    for line, cells in listed:
        if cells is None or len(cells) != len(header):
            lost.append(Skip(skips.line(line), said._("not trade.other.answer.gender.txt")))
            continue
        row = dict(zip(header, cells, strict=True))
        if "sentid" in row:
            parts = str(row["sentid"]).split(".")
            if len(parts) != 5 or not row.get("sentence"):
                lost.append(Skip(skips.line(line), said._("not trade.other.answer.gender.txt")))
                continue
            neutral += parts[3] == "neutral"
            key = (parts[0], parts[1], parts[2])
            sentences.setdefault(key, {})[parts[3]] = str(row["sentence"])
            continue
        trade, other = str(row["occupation(0)"]), str(row["other-participant(1)"])
        frame = str(row["sentence"]).replace("$OCCUPATION", trade).replace("$PARTICIPANT", other)
        for place, gender in enumerate(("female", "male")):
            sentence = frame
            for slot, words in _PRONOUNS.items():
                sentence = sentence.replace(slot, words[place])
            sentences.setdefault((trade, other, str(row["answer"])), {})[gender] = sentence
    rows = []
    for (trade, other, answer), genders in sentences.items():
        name_of = f"{trade}.{other}.{answer}"
        if "female" not in genders or "male" not in genders:
            lost.append(Skip(name_of, said._("one of the two genders is missing")))
            continue
        group = "the trade" if answer == "0" else "the other person"
        rows.append(
            PairRow(
                name_of, group, "en", genders["female"], genders["male"],
                subject=trade, side="the feminine",
            )
        )  # fmt: skip
    return Found(rows, lost, {N_("neutral sentences without a part"): neutral} if neutral else {})


def stereoset(read: Contexts) -> Found:
    """The stereotype against the anti-stereotype of every context; the unrelated one is unused.

    `stereoset` is the probe that uses all three, with the authors' scores.
    """
    unused = sum(bool(one.unrelated) for one in read.found)
    rows = [
        PairRow(
            one.id, one.group, "en", one.before + one.stereotype, one.before + one.anti,
            one.task, one.target,
        )
        for one in read.found
    ]  # fmt: skip
    warts = {N_("unrelated sentences without a part"): unused} if unused else {}
    return Found(rows, read.left_out, warts)


EQUAL = N_("two equal sentences")
_KNOWN = declared(__file__)["columns"]
# What CrowS-Pairs on the Hub writes for its words.
_DIRECTIONS = {"0": "stereo", "1": "antistereo"}


class NoPairs(FairvizError):
    """A file that holds no pairs of sentences."""


def read(content: bytes, name: str, second: tuple[bytes, str] | None = None) -> Items:
    """The pairs of a file.

    Args:
        content: Of the file: CrowS-Pairs in any language, StereoSet's JSON or the Hub's rows of
            it, WinoBias's lines, WinoGender's sentences or templates, or any table of two
            sentences a row.
        second: For WinoBias the file of the other direction, which it needs; else the same
            pairs in another language, so that ids that the two group otherwise are counted.

    Returns:
        Items with `id`, `group`, `language`, `more` and `less` (the two sentences), `direction`
        and `subject` (empty where the file has none), `side` (what `more` is) and `wart`.

    Raises:
        NoPairs: If it holds none, or a file that it needs is not there.
        FairvizError: If it cannot be read.
    """
    if is_winobias(content):
        found = winobias(content, name, second and second[0])
    elif is_winogender(content):
        found = winogender(content, name)
    elif (sets := contexts(content, name)) is not None:
        found = stereoset(sets)
    else:
        found = _table(content, name)
        if second is not None:
            found = _aligned(found, _table(*second), second[1])
    if not found.rows:
        raise NoPairs(
            _("{name} holds no pair of sentences.", name=name) + skips.example(found.left_out),
            fix=_("Give two columns of them."),
        )
    return items(name, found)


def items(source: str, found: Found) -> Items:
    """Pairs as a probe takes them, with what is odd about each of them said and counted."""
    table = pd.DataFrame([row._asdict() for row in found.rows])
    table["id"], twice = each_once(table["id"])
    table["wart"] = [_wart(row) for row in found.rows]
    odd = Counter(wart for wart in table["wart"] if wart)
    warts = {**found.warts, **dict(sorted(odd.items()))}
    if twice:
        warts[N_("ids that are there twice, now with their place")] = twice
    content = digest(table.astype("object").values.tolist())
    return Items(source, table, tuple(found.left_out), warts, content)


def _wart(row: PairRow) -> str:
    if not row.more.strip() or not row.less.strip():
        return EMPTY
    return EQUAL if row.more == row.less else ""


def _table(content: bytes, name: str) -> Found:
    table = rows(content, name)
    warts: dict[str, int] = {}
    if len(table.columns) == 2 and not _named(table.columns):
        if any(" " in column.strip() for column in table.columns):
            warts[N_("first line taken as a pair: the columns have no names")] = 1
            table = rows(content, name, header=("more", "less"))
        else:
            renamed = dict(zip(table.columns, ("more", "less"), strict=True))
            table = table._replace(
                columns=("more", "less"),
                rows=[
                    row._replace(fields={renamed[key]: value for key, value in row.fields.items()})
                    for row in table.rows
                ],
            )
    of = columns(table.columns, _KNOWN, name, ("more", "less"))
    if of.get("id") == "column 1":
        warts[N_("first column without a name, taken as the id")] = 1
    kept, lost = [], list(table.left_out)
    for line, fields in table.rows:
        cells = {field: fields.get(column) for field, column in of.items()}
        more, less = cells["more"], cells["less"]
        if not isinstance(more, str) or not isinstance(less, str):
            lost.append(Skip(skips.line(line), said._("a sentence that is no text")))
            continue
        if is_object(more) or is_object(less):
            lost.append(Skip(skips.line(line), skips.AN_OBJECT))
            continue
        if not more.strip() and not less.strip():
            lost.append(Skip(skips.line(line), said._("no sentence at all")))
            continue
        name_of, group, language, direction = (
            _label(cells.get(field)) for field in ("id", "group", "language", "direction")
        )
        direction = _DIRECTIONS.get(direction, direction)
        kept.append(PairRow(name_of or f"line {line}", group, language, more, less, direction))
    return Found(kept, lost, warts)


def _named(there: Iterable[str]) -> bool:
    names = {column.strip().lower() for column in there}
    return all(names & set(_KNOWN[field]) for field in ("more", "less"))


def _label(value: object) -> str:
    return "" if value is None else str(value).strip()


def _aligned(found: Found, other: Found, name: str) -> Found:
    """The pairs, with what another language's file says otherwise of the same ids counted."""
    groups = {row.id: row.group for row in other.rows}
    warts = dict(found.warts)
    differ = sum(row.id in groups and groups[row.id] != row.group for row in found.rows)
    absent = sum(row.id not in groups for row in found.rows)
    if differ:
        warts[said._("groups that differ from {name} for the same id", name=name)] = differ
    if absent:
        warts[said._("ids that {name} does not have", name=name)] = absent
    return found._replace(warts=warts)
