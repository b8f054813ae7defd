"""BBQ's files: which answer is `unknown`, and which one fits the stereotype."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from fairviz.core import skips
from fairviz.core.json_file import spelled
from fairviz.core.set_files import rows
from fairviz.core.skips import Skip
from fairviz.i18n import N_, _, listed, said
from fairviz.probes.fields import ColumnsMissing, columns
from fairviz.probes.record import Items
from fairviz.probes.results import Row

_TEXTS = ("context", "question", "ans0", "ans1", "ans2")
_NEEDED = (*_TEXTS, "label", "answer_info")
CONDITIONS = ("ambig", "disambig")
_ALIASES = {
    "man": "m", "men": "m", "boy": "m", "male": "m", "woman": "f", "women": "f", "girl": "f",
    "girls": "f", "female": "f", "low ses": "lowses", "high ses": "highses",
}  # fmt: skip


def read(content: bytes, name: str, *, second: tuple[bytes, str] | None = None) -> Items:
    """Items of a file of BBQ.

    Args:
        content: Of one of its files, or of several behind each other.
        second: The authors' `additional_metadata.csv` and its name. Without it the stereotyped
            answer is derived from each item's own metadata where that says which one it is.

    Raises:
        ColumnsMissing: If the file is not of BBQ's format.
        FairvizError: If it cannot be read.
    """
    found = rows(content, name)
    absent = [field for field in _NEEDED if field not in found.columns]
    if absent:
        raise ColumnsMissing(
            _(
                "{name} has the fields {fields}; BBQ's {absent} is not there.",
                name=name,
                fields=listed(found.columns),
                absent=absent[0],
            ),
            fix=_("Give a file of BBQ's data folder, such as Age.jsonl."),
        )
    targets = _targets(*second) if second is not None else {}
    lost, kept = list(found.left_out), []
    warts: Counter[str] = Counter()
    for line, fields in found.rows:
        try:
            kept.append(_row(_objects(fields), targets, warts))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            lost.append(
                Skip(skips.line(line), said._("not an item of BBQ ({why})", why=str(error)))
            )
    if not kept:
        raise ColumnsMissing(
            _(
                "Not one row of {name} is an item of BBQ ({reason}).",
                name=name,
                reason=skips.message(lost[0].reason),
            ),
            fix=_("Give a file of BBQ's data folder, such as Age.jsonl."),
        )
    return Items.of_file(name, kept, lost, warts, content + (second[0] if second else b""))


def _objects(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with the two objects of an item as such, where a table has them as text."""
    objects = ("answer_info", "additional_metadata")
    return {**fields, **{name: spelled(fields[name]) for name in objects if name in fields}}


def _row(fields: Mapping[str, Any], targets: Mapping[tuple[str, str], int], warts: Any) -> Row:
    if not all(isinstance(fields[name], str) for name in _TEXTS):
        raise ValueError("a text that is no text")
    options = [fields[f"ans{place}"].strip() for place in range(3)]
    if any("{" in option or "}" in option for option in options):
        warts[N_("braces left in an answer")] += 1
        options = [re.sub("[{}]", "", option) for option in options]
    if any(not option for option in options):
        raise ValueError("an empty answer")
    info = [tuple(map(str, fields["answer_info"][f"ans{place}"])) for place in range(3)]
    unknown = [place for place, (_rest, tag) in enumerate(info) if tag.strip().lower() == "unknown"]
    if len(unknown) != 1:
        raise ValueError(f"{len(unknown)} answers are unknown, one should be")
    label = int(fields["label"])
    condition, polarity = str(fields["context_condition"]), str(fields["question_polarity"])
    if label not in range(3) or condition not in CONDITIONS or polarity not in ("neg", "nonneg"):
        raise ValueError(f"label {label}, {condition}, {polarity}")
    category = str(fields["category"]).strip()
    metadata = fields.get("additional_metadata") or {}
    people = [place for place in range(3) if place != unknown[0]]
    known = targets.get((category, str(fields["example_id"])), metadata.get("target_loc"))
    if known is not None:
        # The authors' target is turned round already where the question is not negative.
        biased, how = int(known), "the authors' target"
    else:
        group = _stereotyped([info[place] for place in people], metadata)
        biased, how = -1, "not known"
        if group is not None:
            biased, how = people[group if polarity == "neg" else 1 - group], "the item's own groups"
    if biased not in people:
        biased = -1
        warts[N_("no one answer is the stereotyped group's: left out of the bias scores")] += 1
    return {
        "id": f"{category} {fields['example_id']}",
        "group": category,
        "template": f"{category} {fields.get('question_index', fields['example_id'])}",
        "context": fields["context"].strip(),
        "question": fields["question"].strip(),
        "options": options,
        "label": label,
        "condition": condition,
        "polarity": polarity,
        "unknown": unknown[0],
        "biased": biased,
        "derived": how,
    }


def _targets(content: bytes, name: str) -> dict[tuple[str, str], int]:
    """(category, example_id) -> answer that fits the stereotype, of the authors' file."""
    found = rows(content, name)
    fields = {one: (one,) for one in ("category", "example_id", "target_loc")}
    columns(found.columns, fields, name, list(fields))
    targets: dict[tuple[str, str], int] = {}
    for _rest, row in found.rows:
        place = str(row["target_loc"] or "").strip().removesuffix(".0")
        if place in ("0", "1", "2"):
            targets[str(row["category"]).strip(), str(row["example_id"]).strip()] = int(place)
    return targets


def _stereotyped(people: list[tuple[str, ...]], metadata: Mapping[str, Any]) -> int | None:
    """Which of the two people is of a stereotyped group; None where that is none or both."""
    groups = metadata.get("stereotyped_groups") or []
    named = {_tag(one) for one in ([groups] if isinstance(groups, str) else groups)}
    # The tag says it; some categories (nationality) only say it in the answer's own words.
    for place in (-1, 0):
        match = [number for number, person in enumerate(people) if _tag(person[place]) in named]
        if len(match) == 1:
            return match[0]
        if match:
            return None
    return None


def _tag(text: str) -> str:
    tag = re.sub("[{}]", "", text).strip().lower()
    tag = _ALIASES.get(tag, tag)
    if tag.startswith("trans"):
        return "trans"
    return re.sub("^[mf]-", "", tag)
