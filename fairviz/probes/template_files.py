"""Templates with slots out of a file, the project's own, or what somebody types.

One row is one template: `template` with slots in braces, `first` and `second` with what fills
them, and what may follow. Several swaps stand behind each other, `Mohamed|Karim` against
`Martin|Pierre`; a swap of several slots names them in the template's order with a plus,
`Marie+elle`. `more` lists what is expected after the first, `less` what after the second. With
`more` alone nothing is expected of what it lists, and without both the models' own likeliest next
tokens are taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fairviz.core import skips
from fairviz.core.declared import declared
from fairviz.core.errors import FairvizError
from fairviz.core.json_file import is_object
from fairviz.core.set_files import rows
from fairviz.core.skips import Skip
from fairviz.core.specs import digest
from fairviz.i18n import _, said
from fairviz.probes.fields import columns, each_once
from fairviz.probes.record import Items

_SLOT = re.compile(r"\{([^{}]*)\}")
_KNOWN = declared(__file__)["columns"]


class NoTemplates(FairvizError):
    """A file or a form that holds no template that can be filled."""


def read(content: bytes, name: str) -> Items:
    """The templates of a table; those that cannot be filled are left out and told.

    Where some templates say what is expected and others do not, the others are left out: the
    two are not measured in one number.

    Returns:
        Items with `id`, `group`, `language`, `template`, `first` and `second` (lists of swaps,
        each a list of one filler a slot), `more`, and `less` (lists).

    Raises:
        NoTemplates: If none is left.
        FairvizError: If the file cannot be read.
    """
    table = rows(content, name)
    of = columns(table.columns, _KNOWN, name, ("template", "first", "second"))
    kept, lost = [], list(table.left_out)
    for line, fields in table.rows:
        row = _row({field: str(fields.get(column) or "") for field, column in of.items()})
        reason = skips.AN_OBJECT if is_object(fields.get(of["template"])) else _unfit(row)
        if reason:
            lost.append(Skip(skips.line(line), reason))
            continue
        kept.append({**row, "id": row["id"] or f"line {line}"})
    return _items(name, kept, lost)


def typed(template: str, first: str, second: str, more: str = "", less: str = "") -> Items:
    """One template as somebody types it.

    Raises:
        NoTemplates: If it cannot be filled.
    """
    said = {
        "id": "typed", "template": template, "first": first, "second": second,
        "more": more, "less": less,
    }  # fmt: skip
    row = _row(said)
    reason = _unfit(row)
    if reason:
        raise NoTemplates(
            f"{template!r}{_(': ')}{skips.message(reason)}.",
            fix=_("Write it as in {NAME} worked as a."),
        )
    return _items("typed", [row], [])


def _row(said: Mapping[str, str]) -> dict[str, Any]:
    def listed(field: str, strip: bool) -> list[str]:
        parts = [one.strip() if strip else one for one in said.get(field, "").split("|")]
        return [one for one in parts if one.strip()]

    row: dict[str, Any] = {
        field: said.get(field, "").strip() for field in ("id", "group", "language")
    }
    row["template"] = said.get("template", "")
    for field in ("first", "second"):
        row[field] = [[part.strip() for part in one.split("+")] for one in listed(field, True)]
    for field in ("more", "less"):
        row[field] = listed(field, False)
    return row


def _unfit(row: Mapping[str, Any]) -> str:
    """Why this template cannot be filled; empty if it can."""
    slots = slots_of(row["template"])
    if not slots:
        return said._("no slot in braces")
    if not row["first"] or len(row["first"]) != len(row["second"]):
        return said._(
            "{first} fillers against {second}", first=len(row["first"]), second=len(row["second"])
        )
    if any(len(one) != len(slots) for one in (*row["first"], *row["second"])):
        return said._("a filler that is not one word for each of {slots}", slots=", ".join(slots))
    if any(a == b for a, b in zip(row["first"], row["second"], strict=True)):
        return said._("a swap of a word with itself")
    if row["less"] and not row["more"]:
        return said._("less without more")
    if {*row["more"]} & {*row["less"]}:
        return said._("a continuation is in both lists")
    return ""


def slots_of(template: str) -> list[str]:
    """The names of the slots, each once, in order."""
    return list(dict.fromkeys(_SLOT.findall(template)))


def filled(template: str, fillers: Sequence[str]) -> str:
    """The template with every slot filled."""
    by_name = dict(zip(slots_of(template), fillers, strict=True))
    return _SLOT.sub(lambda found: by_name[found[1]], template)


def behind(prompt: str, continuation: str) -> str:
    """A continuation as it stands behind a prompt: with a space between two words."""
    if continuation[:1].isalnum() and not (prompt[-1:].isspace() or prompt[-1:] in "'’(-"):
        return f" {continuation}"
    return continuation


def _items(source: str, kept: list[dict[str, Any]], lost: list[Skip]) -> Items:
    if any(row["less"] for row in kept):
        lost += [
            Skip(row["id"], said._("no less, while other templates have it"))
            for row in kept
            if not row["less"]
        ]
        kept = [row for row in kept if row["less"]]
    if not kept:
        raise NoTemplates(
            _("{name} holds no template that can be filled.", name=source) + skips.example(lost),
            fix=_("Give the columns template, first and second; see probes/ITEMS.md."),
        )
    ids, _twice = each_once(row["id"] for row in kept)
    kept = [{**row, "id": name} for row, name in zip(kept, ids, strict=True)]
    return Items(source, pd.DataFrame(kept), tuple(lost), content=digest(kept))
