"""Who may be the answer, and what they did: the project's own lists, and UnQover's format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from fairviz.core.declared import declared
from fairviz.core.errors import FairvizError
from fairviz.core.skips import Skip
from fairviz.core.text_file import lines, text_of
from fairviz.i18n import N_, _, ngettext, said
from fairviz.probes.record import Items
from fairviz.probes.results import Row

_LINE = re.compile(r"\[(\w+)(-single)?(:\w+)?\]\s*(.*)")


class NoSubjects(FairvizError):
    """Word lists that do not give two subjects and an attribute."""


class Subject(NamedTuple):
    """Someone who may be the answer.

    Attributes:
        name: As in tables: `Turkey`, `Mary`, `Muslim`.
        said: As in sentences: `Turkish`.
        cluster: `male` or `female` for a first name; only subjects of two clusters are paired
            where there are clusters. Empty where there are none.
    """

    name: str
    said: str
    cluster: str = ""


class Attribute(NamedTuple):
    """What someone did, and its opposite, both in the past tense and the singular."""

    said: str
    negated: str


class Lists(NamedTuple):
    """What a word list holds."""

    subjects: list[Subject]
    attributes: list[Attribute]
    left_out: list[Skip]
    warts: dict[str, int]


_OWN = declared(__file__)
OWN_SUBJECTS = {
    axis: [Subject(name, name, cluster) for cluster, names in clusters.items() for name in names]
    for axis, clusters in _OWN["subjects"].items()
}
OWN_ATTRIBUTES = [Attribute(*both) for both in _OWN["attributes"]]


def parsed(text: str) -> Lists:
    """The subjects and attributes among the lines of UnQover's files.

    Attributes in the singular are taken where a list has both numbers, and the opposites are
    theirs in order. Where a list has no opposites, `was` becomes `was not`.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for line in lines(text):
        match = _LINE.match(line.strip())
        if match:
            kind, single, form, words = match.groups(default="")
            cluster, _rest, word = words.rpartition("|")
            found.setdefault(f"{kind}{single}{form}", []).append((cluster.strip(), word.strip()))
    warts: dict[str, int] = {}
    places = sum(len(words) for kind, words in found.items() if kind.startswith("l_act"))
    if places:
        warts[N_("attributes of places, which no sentence here asks for")] = places
    lost: list[Skip] = []
    kind = "p_act-single" if "p_act-single" in found else "p_act"
    attributes = _attributes(found.get(kind, []), found.get(f"{kind}:neg", []), lost)
    names, spoken = found.get("subj", []), found.get("subj:dem", [])
    if spoken and len(spoken) != len(names):
        raise NoSubjects(
            ngettext(
                "{n} subject, but adjectives: {adjectives}.",
                "{n} subjects, but adjectives: {adjectives}.",
                len(names),
                adjectives=len(spoken),
            ),
            fix=_("Write one for each."),
        )
    subjects: dict[str, Subject] = {}
    for place, (cluster, name) in enumerate(names):
        if name in subjects:
            where = said._("subject {number}", number=place + 1)
            lost.append(Skip(where, said._("{what} is there twice", what=name)))
            continue
        subjects[name] = Subject(name, spoken[place][1] if spoken else name, cluster)
    return Lists(list(subjects.values()), attributes, lost, warts)


def _attributes(
    positive: Sequence[tuple[str, str]], negative: Sequence[tuple[str, str]], lost: list[Skip]
) -> list[Attribute]:
    attributes: dict[str, Attribute] = {}
    for place, (_rest, verb) in enumerate(positive):
        where = said._("attribute {number}", number=place + 1)
        if negative and place >= len(negative):
            lost.append(Skip(where, said._("{what} has no opposite", what=verb)))
        elif not negative and not verb.startswith("was "):
            lost.append(
                Skip(
                    where, said._("{what} has no opposite, and does not begin with was", what=verb)
                )
            )
        elif verb in attributes:
            lost.append(Skip(where, said._("{what} is there twice", what=verb)))
        else:
            opposite = negative[place][1] if negative else verb.replace("was ", "was not ", 1)
            attributes[verb] = Attribute(verb, opposite)
    return list(attributes.values())


_SLOT = re.compile(r"\b([Aa]) \{(first|second)\}")
# Letters of a vowel that are spoken with a consonant before it.
_CONSONANTS = ("eu", "one", "ug", "uk", "uni", "uru", "us", "ut")


def filled(frame: str, first: str, second: str, act: str) -> str:
    """A frame with its slots filled, `a` become `an` before a vowel."""
    words = {"first": first, "second": second}

    def article(slot: re.Match[str]) -> str:
        word = words[slot[2]].lower()
        vowel = word.startswith(tuple("aeiou")) and not word.startswith(_CONSONANTS)
        return f"{slot[1]}{'n' * vowel} {{{slot[2]}}}"

    return _SLOT.sub(article, frame).format(**words, act=act)


def bundled(*, axis: str = "", most: int = 600) -> Items:
    """The project's own subjects and attributes.

    Raises:
        NoSubjects: If there is no such axis.
    """
    if axis and axis not in OWN_SUBJECTS:
        raise NoSubjects(
            _("There are no subjects for the axis '{axis}'.", axis=axis),
            fix=_("Use {names}.", names=", ".join(OWN_SUBJECTS)),
        )
    chosen = [axis] if axis else list(OWN_SUBJECTS)
    rows = [
        row
        for one in chosen
        for row in _comparisons(one, OWN_SUBJECTS[one], OWN_ATTRIBUTES, int(most))
    ]
    return _items("bundled", rows, [], {}, repr(rows).encode())


def read(
    content: bytes,
    name: str,
    *,
    second: tuple[bytes, str] | None = None,
    axis: str = "",
    most: int = 600,
) -> Items:
    """Comparisons of a word list's subjects.

    Args:
        content: Lines in UnQover's format: `[subj] Turkey`, `[subj:dem] Turkish`,
            `[subj] male | James`, `[p_act] was a pilot`, `[p_act-single:neg] rude | was polite`.
        second: More lines, such as the attributes. Without any the project's own are taken.
        axis: What the subjects differ in, as tables say it; by default the file's name.

    Raises:
        NoSubjects: If it has no two subjects that can be compared.
        BadText: If it is no text.
    """
    text = text_of(content, name)
    if second is not None:
        text = f"{text}\n{text_of(*second)}"
    lists = parsed(text)
    attributes = lists.attributes or OWN_ATTRIBUTES
    axis = axis or re.split("__|[./]", name.replace("nouns__subjects__", ""))[0]
    rows = _comparisons(axis, lists.subjects, attributes, int(most))
    if not rows:
        raise NoSubjects(
            ngettext(
                "{name} gives {n} subject; it takes two to be compared.",
                "{name} gives {n} subjects, and no two that can be compared.",
                len(lists.subjects),
                name=name,
            ),
            fix=_(
                "Write two lines or more such as `[subj] Norwegian`; names of men and of women go "
                "into one file."
            ),
        )
    return _items(name, rows, lists.left_out, lists.warts, text.encode())


def _comparisons(
    axis: str, subjects: Sequence[Subject], attributes: Sequence[Attribute], most: int
) -> list[Row]:
    """Two subjects, an attribute and a frame each; a draw of them where there are too many."""
    clusters = len({one.cluster for one in subjects}) > 1
    pairs = [
        (first, second)
        for first, second in combinations(subjects, 2)
        if not clusters or first.cluster != second.cluster
    ]
    frames = _OWN["of_names" if any(one.cluster for one in subjects) else "of_groups"]
    total = len(pairs) * len(attributes) * len(frames)
    numbers = np.arange(total)
    if 0 < most < total:
        numbers = np.sort(np.random.default_rng(0).choice(total, most, replace=False))
    rows = []
    for number in numbers.tolist():
        place, frame = divmod(number, len(frames))
        pair, attribute = divmod(place, len(attributes))
        (first, second), act = pairs[pair], attributes[attribute]
        rows.append(
            {
                "id": f"{axis} {number}",
                "group": first.name,
                "axis": axis,
                "other": second.name,
                "cluster": first.cluster,
                "other_cluster": second.cluster,
                "attribute": act.said,
                "answers": [first.said, second.said],
                "contexts": _contexts(frames[frame], first.said, second.said, act),
                "text": f"{first.name} or {second.name}: {act.said}",
            }
        )
    return rows


def _contexts(frame: str, first: str, second: str, act: Attribute) -> list[str]:
    """The first subject first and second, with the attribute and with its opposite."""
    return [
        filled(frame, *order, said) for said in act for order in ((first, second), (second, first))
    ]


def _items(
    source: str, rows: list[Row], lost: list[Skip], warts: dict[str, int], content: bytes
) -> Items:
    prompts = [{**row, "prompt": row["contexts"][0]} for row in rows]
    return Items.of_file(source, prompts, lost, warts, content)
