"""Minimal pairs out of files: two columns of one's own, CrowS-Pairs, and the formats of others.

What is odd in the published files is survived and counted: an empty sentence, two equal
sentences, a first column without a name, an id that is there twice. Such pairs stay, because
the published figures count them; `minimal_pairs` says what they weigh.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from fairviz.core import skips
from fairviz.core.errors import FairvizError
from fairviz.core.json_file import is_object
from fairviz.core.set_files import rows
from fairviz.core.skips import Skip
from fairviz.core.specs import digest
from fairviz.i18n import N_, _, said
from fairviz.probes import pair_formats
from fairviz.probes.fields import columns
from fairviz.probes.pair_formats import EMPTY, Found, PairRow
from fairviz.probes.record import Items
from fairviz.probes.stereoset.reading import contexts

EQUAL = N_("two equal sentences")
# Which columns are taken for which field, the likeliest first.
_KNOWN = {
    "more": ("more", "sent_more", "stereotype", "stereotyped", "first", "sentence_more"),
    "less": ("less", "sent_less", "antistereotype", "anti-stereotype", "second", "sentence_less"),
    "id": ("id", "name", "key", "column 1"),
    "group": ("group", "bias_type", "axis", "category", "groupe"),
    "language": ("language", "lang", "langue"),
    "direction": ("stereo_antistereo", "direction"),
}
# What CrowS-Pairs on the Hub writes for its words.
_DIRECTIONS = {"0": "stereo", "1": "antistereo"}


class NoPairs(FairvizError):
    """A file that holds no pairs of sentences."""


class File(NamedTuple):
    """A file's bytes and its name."""

    content: bytes
    name: str


def read(content: bytes, name: str, second: tuple[bytes, str] | None = None) -> Items:
    """The pairs of a file.

    Args:
        content: Of the file: CrowS-Pairs in any language, StereoSet's JSON or the Hub's rows of
            it, WinoBias's lines, WinoGender's sentences or templates, or any table of two
            sentences a row.
        name: Its name.
        second: For WinoBias the file of the other direction, which it needs; else the same
            pairs in another language, so that ids that the two group otherwise are counted.

    Returns:
        Items with `id`, `group`, `language`, `more` and `less` (the two sentences), `direction`
        and `subject` (empty where the file has none), `side` (what `more` is) and `wart`.

    Raises:
        NoPairs: If it holds none, or a file that it needs is not there.
        FairvizError: If it cannot be read.
    """
    other = None if second is None else File(*second)
    if pair_formats.is_winobias(content):
        found = pair_formats.winobias(content, name, other and other.content)
    elif pair_formats.is_winogender(content):
        found = pair_formats.winogender(content, name)
    elif (sets := contexts(content, name)) is not None:
        found = pair_formats.stereoset(sets)
    else:
        found = _table(content, name)
        if other is not None:
            found = _aligned(found, _table(*other), other.name)
    if not found.rows:
        raise NoPairs(
            _("{name} holds no pair of sentences.", name=name) + skips.example(found.left_out),
            fix=_("Give two columns of them."),
        )
    return items(name, found)


def items(source: str, found: Found) -> Items:
    """Pairs as a probe takes them, with what is odd about each of them said and counted."""
    import pandas as pd

    table = pd.DataFrame([row._asdict() for row in found.rows])
    table["id"], twice = _each_once(table["id"])
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


def _each_once(ids: Iterable[str]) -> tuple[list[str], int]:
    seen: set[str] = set()
    twice, out = 0, []
    for place, one in enumerate(ids, 1):
        twice += one in seen
        out.append(f"{one} ({place})" if one in seen else one)
        seen.add(out[-1])
    return out, twice


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
        label = {field: _label(cells.get(field)) for field in ("id", "group", "language")}
        direction = _label(cells.get("direction"))
        kept.append(
            PairRow(
                label["id"] or f"line {line}",
                label["group"],
                label["language"],
                more,
                less,
                _DIRECTIONS.get(direction, direction),
            )
        )
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
