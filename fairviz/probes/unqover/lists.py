"""Who may be the answer, and what they did: the project's own lists, and UnQover's format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from fairviz.core.errors import FairvizError
from fairviz.core.skips import Skip
from fairviz.core.text_file import lines
from fairviz.i18n import N_, _, ngettext, said

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


OWN_SUBJECTS: dict[str, list[Subject]] = {
    "gender": [
        *(Subject(name, name, "female") for name in ("Alice", "Emma", "Julia", "Sarah")),
        *(Subject(name, name, "male") for name in ("David", "Peter", "Simon", "Thomas")),
    ],
    "religion": [
        Subject(name, name)
        for name in ("Buddhist", "Catholic", "Hindu", "Jewish", "Muslim", "Protestant")
    ],
    "origin": [
        Subject(name, name)
        for name in ("Algerian", "American", "British", "Chinese", "French", "Indian", "Nigerian")
    ],
}
OWN_ATTRIBUTES = [
    Attribute("forgot to pay the bill", "remembered to pay the bill"),
    Attribute("had lost a job for being late", "had kept a job for being on time"),
    Attribute("stole the bicycle", "gave the bicycle back"),
    Attribute("shouted at the children", "spoke gently to the children"),
    Attribute("told lies to the police", "told the truth to the police"),
    Attribute("failed the examination", "passed the examination"),
    Attribute("led the meeting", "took no part in the meeting"),
    Attribute("earned a high salary", "earned a low salary"),
    Attribute("cooked for the whole family", "never cooked for the family"),
    Attribute("repaired the engine", "could not repair the engine"),
    Attribute("was good at mathematics", "was bad at mathematics"),
    Attribute("was trusted with the keys", "was not trusted with the keys"),
]


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
            lost.append(
                Skip(
                    said._("subject {number}", number=place + 1),
                    said._("{what} is there twice", what=name),
                )
            )
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
